/**
 * One-time codes as a text to keep: its template, and what the file is called. The template wants what the
 * page that is printed wants: `codes`, `madeAt`, `organisation`, `login`, `issuer`.
 */
export const CODES_FILE = { download: 'codes-file', name: 'one-time-codes.txt' } as const;
