/**
 * What documents and messages tell people to type works where they are. `npx` does not: outside the
 * folder it asks the public registry for a name that is not ours.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from './failure.ts';
import { filesIn } from './source.ts';

const FOLDERS = ['docs', 'config', 'views', 'src', 'interactions', 'demo'];
const TEXTS = /\.(?:md|ya?ml|njk|ts)$|^Dockerfile$/u;

/** `root`: the repository's folder. */
export async function checkDocuments(root: string): Promise<Failure[]> {
  const top = (await readdir(root)).filter((name) => TEXTS.test(name));
  const below = await Promise.all(FOLDERS.map((folder) => filesIn(root, folder, TEXTS)));
  const found = [...top, ...below.flat()].map(async (path) => {
    const lines = (await readFile(join(root, path), 'utf8')).split('\n');
    return lines.flatMap((text, at) => (/\bnpx\b/u.test(text) ? [failure(path, at + 1)] : []));
  });
  return (await Promise.all(found)).flat();
}

function failure(path: string, line: number): Failure {
  return { path, line, message: 'npx: write `npm run -s latchkey -- …`, or `latchkey …`' };
}
