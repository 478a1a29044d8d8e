/** Which version of the program this is. */
import { readFileSync } from 'node:fs';

let read: string | undefined;

/** Of this program, such as `0.1.0`. */
export function version(): string {
  read ??= (JSON.parse(readFileSync(DESCRIPTION, 'utf8')) as { version: string }).version;
  return read;
}

/** As far above what was built as above the sources (build/app.ts). */
const DESCRIPTION = new URL('../../package.json', import.meta.url);
