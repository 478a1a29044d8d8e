/** What fails beside others has one more try by itself, and is told all the same. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runFailedAgain, runFiles, type Outcome } from './run-files.ts';

const BAD = `test('one', () => assert.fail('always'));`;
const FILES = {
  good: `test('one', () => {});`,
  // Passes from its second try on.
  unsteady: `test('one', () => {
    const first = !existsSync(import.meta.filename + '.tried');
    writeFileSync(import.meta.filename + '.tried', '');
    assert.ok(!first, 'time ran out');
  });`,
  bad1: BAD,
  bad2: BAD,
  bad3: BAD,
  bad4: BAD,
};
const IMPORTS = `
  import assert from 'node:assert/strict';
  import { existsSync, writeFileSync } from 'node:fs';
  import { test } from 'node:test';`;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-runner-'));
  for (const [name, source] of Object.entries(FILES))
    await writeFile(join(folder, `${name}.mjs`), IMPORTS + source);
});
after(() => rm(folder, { recursive: true }));

async function outcomeOf(names: (keyof typeof FILES)[]): Promise<Outcome & { said: string }> {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const options = { engine: 'sqlite', atOnce: 1, timeout: 60_000, env: process.env, say };
  const files = names.map((name) => join(folder, `${name}.mjs`));
  const outcome = await runFailedAgain(await runFiles(files, options), options);
  return { ...outcome, said: said.join('\n') };
}

const nameOf = ({ file }: { file: string }): string => file.slice(folder.length + 1, -4);

describe('a test file that failed beside others', () => {
  it('passes as unsteady when it passes alone, and its first failure is kept', async () => {
    const outcome = await outcomeOf(['good', 'unsteady']);
    assert.equal(outcome.passed, true);
    assert.deepEqual(outcome.results.map(nameOf), ['good', 'unsteady']);
    assert.ok(outcome.results.every(({ passed }) => passed));
    assert.deepEqual(outcome.unsteady.map(nameOf), ['unsteady']);
    assert.match(outcome.unsteady[0]?.text ?? '', /time ran out/u);
    assert.match(outcome.said, /Once more, each by itself: .*unsteady/u);
  });

  it('fails when it fails alone too', async () => {
    const outcome = await outcomeOf(['good', 'bad1', 'bad2']);
    assert.equal(outcome.passed, false);
    assert.deepEqual(outcome.unsteady, []);
    assert.deepEqual(outcome.results.filter(({ passed }) => !passed).map(nameOf), ['bad1', 'bad2']);
  });

  it('has no second try where more failed than chance explains', async () => {
    const outcome = await outcomeOf(['bad1', 'bad2', 'bad3', 'bad4']);
    assert.equal(outcome.passed, false);
    assert.doesNotMatch(outcome.said, /Once more/u);
  });
});
