#!/usr/bin/env node
/** The command line of Latchkey: src/main.ts, on a Node that can run it. */
import { fileURLToPath } from 'node:url';
import { handOver, isNewEnough } from './node24.js';

const main = new URL('../src/main.ts', import.meta.url);

if (isNewEnough(process.versions.node)) {
  await import(main.href);
} else {
  handOver(import.meta.url, process.execArgv.concat(fileURLToPath(main), process.argv.slice(2)));
}
