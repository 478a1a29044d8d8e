/**
 * Every page in each language, wide and narrow, light and dark: pictures to look at, and axe on each.
 * `node bin/run.js test/support/preview-pages.ts [FOLDER] [PAGE …]`; `--keep`: into docs/screens/pages,
 * one picture of each page, in English, wide and light, narrow and dark. Exits with 1 when something is wrong with a page.
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVERY_WAY, lookAtPages, type Eyes } from './page-gallery.ts';
import { samplePages } from './sample-pages.ts';

const KEPT = fileURLToPath(new URL('../../docs/screens/pages/', import.meta.url));
const KEPT_WAYS: readonly Eyes[] = [
  { language: 'en', width: 1280, colorScheme: 'light' },
  { language: 'en', width: 390, colorScheme: 'dark' },
];

const [given, ...only] = process.argv.slice(2);
const keep = given === '--keep';
const folder = keep ? KEPT : (given ?? (await mkdtemp(join(tmpdir(), 'latchkey-pages-'))));
await mkdir(folder, { recursive: true });
const wanted = (await samplePages()).filter(
  ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
);
const first = [...new Map(wanted.toReversed().map((sample) => [sample.page, sample])).values()];
const problems = await lookAtPages(
  keep
    ? { samples: first, folder, ways: KEPT_WAYS, small: true }
    : { samples: wanted, folder, ways: EVERY_WAY },
);
process.stdout.write(`${[...problems, `Pictures: ${folder}`].join('\n')}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
