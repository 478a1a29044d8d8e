/** For pages about one thing. */
import { Problem } from '../../problem.ts';
import type { Result } from '../../result.ts';

/** Somebody else's is as unknown as one that never was. */
export function found<T>(thing: T | undefined, back: string): T {
  if (thing === undefined) throw new Problem('not-found', { status: 404, back });
  return thing;
}

/** In another tab, or by somebody else, something has changed what this change was about. */
export function changedMeanwhile(back: string): Problem {
  return new Problem('changed-meanwhile', { status: 409, back });
}

/** The value; or the problem, on a page that leads back to that one. */
export function valueOr<T>(result: Result<T>, back: string): T {
  if (result.ok) return result.value;
  const { code, status, values, cause } = result.problem;
  throw new Problem(code, { status, values, cause, back });
}
