/** What an operation is about. */
import { Problem } from '../problem.ts';

/** Problem `not-found` (404): it is not there, or somebody else's, which is the same to whoever asks. */
export function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Problem('not-found', { status: 404 });
  return thing;
}
