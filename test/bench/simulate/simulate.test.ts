/** A day of an organisation, lived through in seconds against a server that is killed in it. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { UnexpectedAnswer } from '../../../bench/browser.ts';
import type { Lived } from '../../../bench/simulate/live.ts';
import { fasterFor, peopleLike } from '../../../bench/simulate/live.ts';
import { parseSimulate } from '../../../bench/simulate/options.ts';
import { troubleOf } from '../../../bench/simulate/visitors.ts';
import { bench } from '../bench.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-simulate-test-'));
});
after(() => rm(folder, { recursive: true }));

describe('a simulated day', () => {
  test('has everybody answered in the end, over an outage', async () => {
    const file = join(folder, 'lived.json');
    const args = ['--simulate', '--people', '12', '--minutes', '0.15', '--json', file];
    const { code, stdout, stderr } = await bench(args, { TMPDIR: folder });
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readdir(folder), ['lived.json']);
    const lived = JSON.parse(await readFile(file, 'utf8')) as Lived;
    assert.deepEqual(lived.failures, []);
    const named = lived.stretches.map(({ name }) => name);
    const inOrder = [
      'early',
      'morning peak',
      'forenoon',
      'refresh storm',
      'afternoon',
      'outage',
      'return',
    ];
    assert.deepEqual(named.slice(0, 7), inOrder);
    const answered = Object.fromEntries(lived.kinds.map((row) => [row.kind, row.answered]));
    assert.deepEqual(
      [answered['sign-in'], answered['silent-sso'], answered['passcode']],
      [12, 72, 240],
    );
    assert.ok(lived.outage > 0);
    const away = lived.stretches.find(({ name }) => name === 'outage');
    assert.ok(away && away.asked > 0 && away.unreachable > 0, JSON.stringify(away));
    for (const { seconds, p50_ms, p99_ms, waiting, most_waiting: most } of lived.stretches)
      assert.ok(seconds > 0 && p50_ms <= p99_ms && waiting <= most);
    assert.match(stdout, /^morning peak +\d/mu);
    assert.match(stdout, /^sign-in +12 /mu);
    assert.match(stdout, /as many requests a second as of\n67,200 people/u);
  });

  test('is asked for with what makes sense, and says what does not', async () => {
    const parse = (...args: string[]) => parseSimulate(['--simulate', ...args], false);
    const parsed = parse('--people', '10', '--minutes', '1');
    assert.ok(parsed !== 'help');
    assert.deepEqual([parsed.people, parsed.minutes, parsed.engine], [10, 1, 'sqlite']);
    assert.equal(parse('--help'), 'help');
    assert.throws(() => parse('--people', '0'), /--people must be a whole number from 1/u);
    assert.throws(() => parse('--minutes', 'x'), /--minutes must be a number/u);
    assert.throws(() => parse('--engine', 'mongodb'), /set MONGODB_URI/u);
    assert.throws(() => parse('--engine', 'files'), /must be sqlite or mongodb/u);
    assert.throws(() => parse('--json', '/nowhere/at/all.json'), /there is no folder/u);
    const { code, stderr } = await bench(['--simulate', '--workers', '0']);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /--workers must be a whole number from 1 to 16[\s\S]*Usage: npm run bench -- --simulate/u,
    );
  });
});

test('so many times faster is so many more people', () => {
  assert.equal(fasterFor(14 * 60), 1);
  assert.equal(peopleLike(100, fasterFor(14)), 6_000);
});

test('what is asked again is what another try can help with', () => {
  const answered = (status: number) =>
    troubleOf(new UnexpectedAnswer('It', { status, location: undefined, body: '' }));
  assert.deepEqual([429, 503, 400, 500, 200].map(answered), [
    'refused',
    'refused',
    'failed',
    'failed',
    'failed',
  ]);
  const broken = (code: string) => troubleOf(Object.assign(new Error('x'), { code }));
  assert.deepEqual(['ECONNREFUSED', 'UND_ERR_SOCKET', 'ERR_OTHER'].map(broken), [
    'unreachable',
    'unreachable',
    'failed',
  ]);
  assert.equal(troubleOf(new Error('no code')), 'failed');
});
