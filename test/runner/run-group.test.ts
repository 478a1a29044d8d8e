/** What becomes of test files that share a process: each has its result, whatever the others do. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { costTable } from './cost.ts';
import { runGroup, type FileResult } from './run-group.ts';

const FILES = {
  good: `
    before(() => console.log('said by good'));
    describe('some', () => { test('one', () => {}); test('two', (t) => t.skip('not here')); });
    test('three', { todo: true }, () => assert.fail());`,
  bad: `
    test('one', () => {});
    test('two', () => assert.equal(1, 2, 'one is not two'));`,
  unloadable: `import './nowhere.ts';`,
  unprepared: `
    before(() => { createServer().listen(0); throw new Error('not prepared'); });
    test('one', () => {});`,
  untidy: `
    test('one', () => {});
    after(() => { throw new Error('left behind'); });`,
  hanging: `
    test('one', () => new Promise((resolve) => setTimeout(resolve, 1e6)));
    test('two', () => {});`,
  leaving: `
    test('one', () => {});
    test('two', () => new Promise(() => setTimeout(() => {
      console.log('said last');
      process.exit(0);
    }, 10)));`,
  beside: `
    describe('some', () => {
      test('one', () => new Promise(() => setTimeout(() => { throw new Error('beside one'); }, 10)));
      test('two', () => new Promise(() => void Promise.reject(new Error('beside two'))));
      test('three', () => new Promise((resolve) => setTimeout(resolve, 50)));
    });`,
  late: `
    test('one', () => void setTimeout(() => { throw new Error('too late'); }, 20));
    test('two', () => new Promise((resolve) => setTimeout(resolve, 50)));`,
  focused: `
    test.only('one', () => {});
    test('two', () => {});`,
  stuck: `test('one', () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));`,
  costly: `test('one', () => {
    execFileSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 300_000);']);
  });`,
  last: `test('one', () => new Promise((resolve) => setTimeout(resolve, 50)));`,
};
const IMPORTS = `
  import assert from 'node:assert/strict';
  import { execFileSync } from 'node:child_process';
  import { createServer } from 'node:net';
  import { after, before, describe, test } from 'node:test';`;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-runner-'));
  for (const [name, source] of Object.entries(FILES))
    await writeFile(join(folder, `${name}.mjs`), IMPORTS + source);
});
after(() => rm(folder, { recursive: true }));

type Name = keyof typeof FILES;
interface Told {
  /** By file. */
  results: Record<string, FileResult>;
  /** Tests that were told as they failed. */
  failed: string[];
}

async function run(names: readonly Name[], timeout = 60_000): Promise<Told> {
  const told: Told = { results: {}, failed: [] };
  const nameOf = (file: string): string => file.slice(folder.length + 1, -'.mjs'.length);
  await runGroup(
    names.map((name) => join(folder, `${name}.mjs`)),
    {
      env: process.env,
      timeout,
      failed: ({ file, name }) => told.failed.push(`${nameOf(file)}: ${name}`),
      done: (result) => (told.results[nameOf(result.file)] = result),
    },
  );
  assert.deepEqual(Object.keys(told.results), names);
  return told;
}

const counts = ({ passed, tests, failed, skipped }: FileResult) => [passed, tests, failed, skipped];

describe('a group of test files', () => {
  it('is one result a file, with its tests counted and its text', async () => {
    const { results, failed } = await run(['good', 'bad', 'last']);
    assert.deepEqual(Object.values(results).map(counts), [
      [true, 3, 0, 1],
      [false, 2, 1, 0],
      [true, 1, 0, 0],
    ]);
    assert.deepEqual(failed, ['bad: two']);
    assert.match(results['good']?.text ?? '', /▶ some[^]*✔ one[^]*said by good/u);
    assert.match(results['bad']?.text ?? '', /✖ two[^]*one is not two/u);
    assert.doesNotMatch(results['last']?.text ?? '', /said by|two/u);
  });

  it('goes on after a file that cannot be loaded, or whose hooks fail', async () => {
    const { results } = await run(['unloadable', 'unprepared', 'untidy', 'last']);
    assert.deepEqual(Object.values(results).map(counts), [
      [false, 0, 0, 0],
      [false, 1, 1, 0],
      [false, 1, 0, 0],
      [true, 1, 0, 0],
    ]);
    assert.match(results['unloadable']?.text ?? '', /nowhere\.ts/u);
    assert.match(results['unprepared']?.text ?? '', /not prepared/u);
    assert.match(results['untidy']?.text ?? '', /left behind/u);
  });

  it('goes on in another process where one has ended in the middle of a file', async () => {
    const { results } = await run(['last', 'leaving', 'good']);
    assert.deepEqual(
      Object.values(results).map(({ passed }) => passed),
      [true, false, true],
    );
    const { text = '', tests } = results['leaving'] ?? {};
    assert.match(text, /ended with code 0 [^]*last test that ended was “one”[^]*said last/u);
    assert.equal(tests, 1);
  });

  it('fails the test beside which something is thrown, or the file where that test is over', async () => {
    const { results, failed } = await run(['beside']);
    assert.deepEqual(failed, ['beside: some › one', 'beside: some › two']);
    assert.deepEqual(counts(results['beside'] as FileResult), [false, 3, 2, 0]);
    assert.match(results['beside']?.text ?? '', /beside one[^]*beside two/u);
    const { late } = (await run(['late'])).results;
    assert.equal(late?.passed, false);
  });

  it('tells what each file costs, with the programs that it has run', async () => {
    const { results } = await run(['costly', 'last']);
    const [costly, last] = [results['costly']?.cpu ?? 0, results['last']?.cpu ?? 0];
    // Elsewhere the system does not tell of children.
    if (process.platform === 'linux') assert.ok(costly >= 0.3, `${costly} s`);
    assert.ok(last > 0 && last < costly, `${last} s of ${costly} s`);
    const lines = costTable(Object.values(results)).split('\n');
    assert.match(lines[1] ?? '', /costly.*\(1 tests\)/u);
    assert.match(lines.at(-1) ?? '', /all of them/u);
  });

  it('refuses “only”, which would hide other tests', async () => {
    const { results } = await run(['focused', 'bad', 'last']);
    assert.deepEqual(
      Object.values(results).map(({ passed, tests }) => [passed, tests]),
      [
        [false, 0],
        [false, 2],
        [true, 1],
      ],
    );
    assert.match(results['focused']?.text ?? '', /would hide the other tests/u);
  });

  it('ends what hangs: a test, or the process that cannot even say so', async () => {
    const { results } = await run(['hanging', 'stuck'], 2_000);
    assert.deepEqual(
      Object.values(results).map(({ passed }) => passed),
      [false, false],
    );
    assert.match(results['hanging']?.text ?? '', /timed out after 2000ms/u);
    assert.match(results['stuck']?.text ?? '', /SIGKILL/u);
  });
});
