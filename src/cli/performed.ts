import { OPERATOR } from '../audit/actor.ts';
import type { Performed } from '../audit/performed.ts';
import type { Config } from '../config/schema.ts';
import { OPERATOR_ORIGIN } from '../net/request-origin.ts';

/** As every command acts. `now`: milliseconds since the epoch. */
export function operatorPerformed(
  { default_language: language }: Pick<Config, 'default_language'>,
  now: number,
): Performed {
  return { actor: OPERATOR, origin: OPERATOR_ORIGIN, language, fresh: true, now };
}
