/** The day in UTC, `YYYY-MM-DD`, of milliseconds since the epoch; `-`: none. */
export function dayOf(at: number | null): string {
  return at === null ? '-' : new Date(at).toISOString().slice(0, 10);
}
