import { Problem } from '../../../problem.ts';
import { CLIENT_OPTIONS, type ClientOption } from '../client-options.ts';

/** Problem `client-value`: what was given for an option is none that it can have. `flag`: where it is another one. */
export function refusedValue(
  option: ClientOption,
  value: string,
  reason: string,
  flag = CLIENT_OPTIONS[option].flag,
): Problem {
  return new Problem('client-value', {
    values: { option: flag, value: value.length > 300 ? `${value.slice(0, 300)}…` : value, reason },
  });
}
