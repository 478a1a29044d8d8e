/** Writes docs/limits.md anew from the rules in the code. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIMITS_PAGE, limitsPage } from './limits.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
await writeFile(join(root, LIMITS_PAGE), await limitsPage(root));
