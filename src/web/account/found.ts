/** For pages about one thing. */
import { Problem } from '../../problem.ts';

/** Somebody else's is as unknown as one that never was. */
export function found<T>(thing: T | undefined, back: string): T {
  if (thing === undefined) throw new Problem('not-found', { status: 404, back });
  return thing;
}

/** In another tab, or by somebody else, something has changed what this change was about. */
export function changedMeanwhile(back: string): Problem {
  return new Problem('changed-meanwhile', { status: 409, back });
}
