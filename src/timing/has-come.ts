/**
 * Times that were written down to be waited for: a lease, the next try, the end of a window. None is further away than
 * `longest` when it is set, so one that is was set by a clock that was ahead, and has been put right since: it is not
 * waited for.
 */

/** All in milliseconds. */
export function hasCome(at: number, now: number, longest: number): boolean {
  return at <= now || at > now + longest;
}

/** Where those are in an index: ranges of a query, most of them in the first. */
export function rangesThatHaveCome(
  now: number,
  longest: number,
): readonly [{ below: number }, { from: number }] {
  return [{ below: now + 1 }, { from: now + longest + 1 }];
}
