/** A client's secret that an administrator brings along, as another installation or a vault has made it. */
import { Problem } from '../../problem.ts';

/** Characters. */
export const SHORTEST_SECRET = 32;
export const LONGEST_SECRET = 256;

/** RFC 6749 §A.2, without spaces: they are lost where it is copied. Undefined: none. Problem `client-secret-format`. */
export function checkBroughtSecret(secret: string | undefined): void {
  const { length } = secret ?? '';
  if (
    secret === undefined ||
    (/^[\x21-\x7e]+$/u.test(secret) && length >= SHORTEST_SECRET && length <= LONGEST_SECRET)
  )
    return;
  throw new Problem('client-secret-format', {
    values: { least: SHORTEST_SECRET, most: LONGEST_SECRET },
  });
}
