/**
 * `node … test/runner/group.ts FILE…`: several test files in one process, one after the other. Each is a suite
 * of its own, so that its hooks are its own too. What they import is loaded once, and warm from then on.
 */
import { resolve } from 'node:path';
import { before, describe, it, suite, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

// In one process it is heeded: it would leave out all other tests, of whatever file, and nobody would be told.
for (const register of [describe, it, suite, test])
  register.only = () => {
    throw new Error(
      '`only` is for `node --test --test-only FILE`: here it would hide the other tests.',
    );
  };

for (const file of process.argv.slice(2)) {
  suite(file, async () => {
    // The reporter has its turn: should this file end the process, the file before it has been told of.
    before(() => setImmediate());
    await import(pathToFileURL(resolve(file)).href);
  });
}
