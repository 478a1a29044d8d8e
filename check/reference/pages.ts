/** The pages of docs/ that are made from the code, and the check that they are current. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { Failure } from '../failure.ts';
import { auditEventsPage } from './audit-events.ts';
import { commandsPage } from './commands.ts';
import { configurationPage } from './configuration.ts';

const MAKE = 'node bin/run.js check/reference-pages.ts';

const PAGES: Readonly<Record<string, { from: string; make: () => string | Promise<string> }>> = {
  'docs/commands.md': { from: 'src/cli/commands.ts', make: commandsPage },
  'docs/configuration.md': { from: 'src/config/schema.ts', make: configurationPage },
  'docs/audit-events.md': { from: 'src/audit/event.ts', make: auditEventsPage },
};

async function pages(): Promise<[path: string, text: string][]> {
  const made = Object.entries(PAGES).map(
    async ([path, { from, make }]): Promise<[string, string]> => {
      const text = `<!-- Made from ${from}: ${MAKE} -->\n\n${await make()}`;
      return [path, await format(text, { parser: 'markdown', printWidth: 100 })];
    },
  );
  return Promise.all(made);
}

/** Writes all of them anew. `root`: the repository's folder. */
export async function writeReference(root: string): Promise<void> {
  for (const [path, text] of await pages()) await writeFile(join(root, path), text);
}

/** `root`: the repository's folder. */
export async function checkReference(root: string): Promise<Failure[]> {
  const failures = (await pages()).map(async ([path, text]) => {
    const found = await readFile(join(root, path), 'utf8').catch(() => undefined);
    return found === text
      ? []
      : [{ path, message: `is not what the code says; make it anew: ${MAKE}` }];
  });
  return (await Promise.all(failures)).flat();
}
