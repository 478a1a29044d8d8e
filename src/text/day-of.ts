/** The day in UTC, `YYYY-MM-DD`, of milliseconds since the epoch; `-`: none. */
export function dayOf(at: number | null): string {
  return at === null ? '-' : new Date(at).toISOString().slice(0, 10);
}

/** The start of that day in UTC, milliseconds since the epoch; undefined: it is no `YYYY-MM-DD`, or no day that there is. */
export function startOfDay(typed: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/u.test(typed) ? Date.parse(`${typed}T00:00:00Z`) : NaN;
  return !Number.isNaN(at) && dayOf(at) === typed ? at : undefined;
}
