/** docs/limits.md (ASVS 6.1.1): limits, waits, lifetimes and what each failure costs, out of the rules in the code. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Failure } from './failure.ts';
import { fixed } from './limits/fixed.ts';
import { settings } from './limits/settings.ts';
import { tries } from './limits/tries.ts';

export const LIMITS_PAGE = 'docs/limits.md';
const MADE_BY = 'node bin/run.js check/limits-page.ts';

/** The text of the page, formatted as the repository wants it. `root`: its folder. */
export async function limitsPage(root: string): Promise<string> {
  const path = join(root, LIMITS_PAGE);
  const text = [
    '# Limits, waits and lifetimes',
    `This page is made from the rules in the code by \`${MADE_BY}\`; \`npm run check\` compares them.`,
    '## What a wrong password or code costs',
    tries(),
    fixed(),
    '## Settings',
    'Of [config/default.yaml](../config/default.yaml).',
    settings(),
  ].join('\n\n');
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

export async function checkLimits(root: string): Promise<Failure[]> {
  const written = await readFile(join(root, LIMITS_PAGE), 'utf8').catch(() => undefined);
  if (written === (await limitsPage(root))) return [];
  return [{ path: LIMITS_PAGE, message: `is not what the rules say; make it anew: ${MADE_BY}` }];
}
