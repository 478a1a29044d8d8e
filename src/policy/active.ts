/** Whether somebody can sign in at all, whatever is asked of them. Pure. */
import type { Person } from '../records/person.ts';

/** `now`: milliseconds since the epoch. */
export function isActive(
  { active, activeUntil }: Pick<Person, 'active' | 'activeUntil'>,
  now: number,
): boolean {
  return active && now < (activeUntil ?? Infinity);
}
