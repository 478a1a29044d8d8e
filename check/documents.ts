/**
 * What documents and messages tell people to type works where they are. `npx` does not: outside the
 * folder it asks the public registry for a name that is not ours. And the files that documents name are there.
 */
import { existsSync } from 'node:fs';
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
    return lines.flatMap((text, at) => {
      const messages = [...ofNpx(text), ...(path.endsWith('.md') ? ofFiles(root, text) : [])];
      return messages.map((message) => ({ path, line: at + 1, message }));
    });
  });
  return (await Promise.all(found)).flat();
}

function ofNpx(text: string): string[] {
  return /\bnpx\b/u.test(text) ? ['npx: write `npm run -s latchkey -- …`, or `latchkey …`'] : [];
}

/** In code spans; one with a placeholder (`<name>`, `…`) is no file. */
const FILE = /`((?:src|interactions|views|config|test|check|bench|demo|docs|bin)\/[\w./-]*)`/gu;

function ofFiles(root: string, text: string): string[] {
  const named = [...text.matchAll(FILE)].map(([, path = '']) => path);
  return named.filter((path) => !existsSync(join(root, path))).map((path) => `there is no ${path}`);
}
