/** A place in an index of what is somebody's, in order of time. */

/** Of the times that have fifteen digits. */
const LAST = 999_999_999_999_999;

/** `at`: milliseconds since the epoch. */
export function placeAt(whose: string, at: number): string {
  return `${whose} ${String(Math.min(at, LAST)).padStart(15, '0')}`;
}
