/** The real oauth2-proxy, where there is one: what OAUTH2_PROXY names, what was built here for the tests, or what is on PATH. */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The one that the tests were written with. */
export const OAUTH2_PROXY_VERSION = 'v7.15.6';

/** Outside of the checkout: it is built once for each machine (build-oauth2-proxy.ts). */
export const BUILT_FOLDER = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  `latchkey-tests/oauth2-proxy-${OAUTH2_PROXY_VERSION}`,
);
const NAME = 'oauth2-proxy';

/** Undefined: there is none. Throws where OAUTH2_PROXY names what is no program. */
export function oauth2Proxy(): string | undefined {
  const named = process.env['OAUTH2_PROXY'];
  if (named !== undefined) {
    if (isProgram(named)) return named;
    throw new Error(`OAUTH2_PROXY names ${named}, which is no program.`);
  }
  const folders = [BUILT_FOLDER, ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, NAME)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
