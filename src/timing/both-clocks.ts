/**
 * How long ago something was, by two clocks of which the one counts that has gone further: the time of day can be set
 * back, and the other one, which nobody sets, stands still while a machine sleeps.
 */

/** All in milliseconds. */
export interface Instant {
  /** Since the epoch. */
  wall: number;
  steady: number;
}

export function elapsed(since: Instant, at: Instant): number {
  return Math.max(Math.abs(at.wall - since.wall), at.steady - since.steady);
}
