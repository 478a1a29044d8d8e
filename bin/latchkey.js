#!/usr/bin/env node
/** The command line of Latchkey on a Node that can run it: the sources, and where there are none, what was built of them. */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { handOver, isNewEnough, threads } from './node24.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const sources = here('../src/main.ts');
const main = existsSync(sources) ? sources : here('../dist/app/lib/latchkey/main.js');

// Each start would compile the same again. In a folder that others can write to, as Node's own in /tmp is, they could
// put something else in the place of what is run here.
const compiled = here('../dist/compiled');

if (isNewEnough(process.versions.node)) {
  Object.assign(process.env, threads(), Object.assign({}, process.env));
  if (!module.getCompileCacheDir()) module.enableCompileCache(compiled);
  await import(pathToFileURL(main).href);
} else {
  const flags = ['--disable-sigusr1', '--max-semi-space-size=8'];
  const args = process.execArgv.concat(flags, main, process.argv.slice(2));
  handOver(import.meta.url, args, { NODE_COMPILE_CACHE: compiled, MALLOC_ARENA_MAX: '2' });
}
