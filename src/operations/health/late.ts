/** From when on something of the installation is to be looked at. All times are milliseconds, since the epoch. Pure. */

const OLD_BACKUP = 2 * 86_400_000;
const LONG_WAIT = 600_000;

/** `at`: of the last one. */
export const isBackupOld = (at: number, now: number): boolean => now - at > OLD_BACKUP;

/** `oldest`: when the mail that waits longest was ordered; absent: none waits. */
export const isMailLate = (oldest: number | null | undefined, now: number): boolean =>
  typeof oldest === 'number' && now - oldest > LONG_WAIT;
