/** The bench as it is run, in short runs. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { GroupRow } from '../../bench/groups.ts';
import type { GrowthRow } from '../../bench/growth-rows.ts';
import type { RateRow } from '../../bench/rates.ts';
import type { Row } from '../../bench/rows.ts';
import { bench } from './bench.ts';

interface Report {
  node: string;
  cpus: number;
  mongodb: string | null;
  rows: Row[];
  growth: GrowthRow[];
  groups: GroupRow[];
  rates: RateRow[];
}

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-test-'));
});
after(() => rm(folder, { recursive: true }));

const SHORT = ['--people', '16', '--rounds', '1', '--seconds', '0.05'];

/** The bench's own folder is made inside `folder`, so that what it leaves can be seen. */
async function run(...args: string[]) {
  const file = join(folder, 'results.json');
  const { code, stdout, stderr } = await bench([...args, '--json', file], { TMPDIR: folder });
  assert.equal(code, 0, stderr);
  assert.deepEqual(await readdir(folder), ['results.json'], 'it leaves nothing behind');
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  return { stdout, stderr, report };
}

describe('a run', () => {
  test('of one operation reports it, bare and the floor', async () => {
    const { stdout, stderr, report } = await run(
      '--engine',
      'none',
      '--only',
      'discovery',
      ...SHORT,
    );
    assert.match(stdout, /^discovery +bare +\d+/mu);
    assert.match(stdout, /^floor +\d+/mu);
    assert.match(stderr, /measuring discovery/u);
    const parts = ['node', 'cpus', 'mongodb', 'rows', 'growth', 'groups', 'rates'];
    assert.deepEqual(Object.keys(report), parts);
    assert.equal(report.node, process.version);
    assert.ok(report.cpus >= 1);
    assert.deepEqual(namesOf(report), ['discovery bare 1', 'floor floor 1']);
    for (const row of report.rows) checkRow(row);
  });

  test('has the product with one worker and with several side by side', async () => {
    const { stdout, report } = await run(
      '--workers',
      '1,2',
      '--only',
      'client-credentials',
      ...SHORT,
    );
    assert.match(stdout, /^client-credentials +sqlite ×2 +\d+/mu);
    assert.match(stdout, /^left out: mongodb, as MONGODB_URI is not set\.$/mu);
    const operation = 'client-credentials';
    assert.deepEqual(namesOf(report), [
      `${operation} sqlite 1`,
      `${operation} sqlite 2`,
      `${operation} bare 1`,
      'floor floor 1',
    ]);
    for (const row of report.rows) checkRow(row);
  });

  test('signs people in with password and code, and goes on without asking', async () => {
    const operations = ['silent-sso', 'refresh', 'password-totp'];
    const which = ['--engine', 'sqlite', '--workers', '2', '--only', operations.join(',')];
    const { stdout, stderr } = await run(...which, ...SHORT);
    for (const name of operations) {
      assert.match(stdout, new RegExp(`^${name} +sqlite ×2 +\\d+`, 'mu'));
      assert.match(stdout, new RegExp(`^${name} +bare +\\d+`, 'mu'));
    }
    assert.doesNotMatch(stderr, /warning/u);
  });

  test('of growth measures browsers that were loaded', async () => {
    const which = ['--engine', 'sqlite', '--only', 'silent-sso,refresh,introspection,userinfo'];
    const { stdout, stderr, report } = await run(...which, '--growth', '50,500', ...SHORT);
    assert.match(stderr, /loading sqlite \[#+\] {2}100 % {2}686 of 686/u);
    assert.match(stdout, /^silent-sso +sqlite +50 +500 /mu);
    assert.deepEqual(report.rows, []);
    assert.deepEqual(
      report.growth.map(({ operation, small, large }) => [operation, small.loaded, large.loaded]),
      ['silent-sso', 'refresh', 'introspection', 'userinfo'].map((name) => [name, 50, 500]),
    );
    for (const { ratio_cpu, ratio_time } of report.growth) {
      assert.ok(ratio_cpu > 0 && ratio_time > 0);
    }
  });

  test('of groups reads the first page of one with so many people', async () => {
    const { stdout, report } = await run('--engine', 'sqlite', '--groups', '120', ...SHORT);
    assert.match(stdout, /^group-members +sqlite +120 +\d+/mu);
    assert.deepEqual([report.rows, report.growth], [[], []]);
    const [row] = report.groups;
    assert.deepEqual([row?.engine, row?.people], ['sqlite', 120]);
    assert.ok(row && row.n > 0 && row.cpu_ms > 0 && row.p50_ms <= row.p99_ms);
  });

  test('at fixed rates tells how long the server took for each, and whoever asked it', async () => {
    const { stdout, report } = await run('--engine', 'sqlite', '--rate', '200,500', ...SHORT);
    assert.match(stdout, /^introspection +sqlite +500 +25 /mu);
    assert.deepEqual([report.rows, report.growth, report.groups], [[], [], []]);
    assert.deepEqual(
      report.rates.map(({ operation, engine, rate, n }) => [operation, engine, rate, n]),
      ['introspection', 'passcode'].flatMap((name) => [
        [name, 'sqlite', 200, 10],
        [name, 'sqlite', 500, 25],
      ]),
    );
    for (const row of report.rates) {
      assert.ok(row.cpu_ms > 0 && row.server_p50_ms > 0, JSON.stringify(row));
      assert.ok(row.server_p50_ms <= row.server_p99_ms && row.server_p50_ms <= row.p50_ms);
      assert.ok(row.p50_ms <= row.p99_ms);
    }
  });
});

function namesOf({ rows }: Report): string[] {
  return rows.map(({ operation, engine, workers }) => `${operation} ${engine} ${workers}`);
}

function checkRow(row: Row): void {
  const names = ['operation', 'engine', 'workers', 'n', 'ops_per_s', 'cpu_ms', 'p50_ms', 'p99_ms'];
  assert.deepEqual(Object.keys(row), [...names, 'ratio_floor', 'ratio_bare']);
  assert.ok(row.n > 0 && row.ops_per_s > 0 && row.cpu_ms > 0, JSON.stringify(row));
  assert.ok(row.p50_ms > 0 && row.p99_ms >= row.p50_ms, JSON.stringify(row));
  assert.ok(row.ratio_floor > 0);
  if (row.engine === 'bare') assert.equal(row.ratio_bare, 1);
  else assert.equal(row.ratio_bare === null, row.engine === 'floor');
}

describe('silent sign-ons while passwords are hashed', () => {
  test('are told beside those while nobody gives one', async () => {
    const args = ['--only', 'hashing', '--rounds', '1', '--seconds', '0.2', '--workers', '1'];
    const { code, stdout, stderr } = await bench(args, { TMPDIR: folder });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /40 silent sign-ons a second, 8 passwords at once/u);
    for (const column of ['ratio', 'hashes_per_s', 'idle p99 ms', 'hashing p99 ms'])
      assert.ok(stdout.includes(column), stdout);
    assert.match(stdout, /'sqlite' +│ +1 +│ +[\d.]+ +│ +[\d.]+/u);
  });
});

describe('arguments', () => {
  test('that are wrong are answered with the reason and the usage', async () => {
    const { code, stdout, stderr } = await bench(['--rounds', '1.5']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /--rounds must be a whole number from 1 to 100\. It is "1\.5"/u);
    assert.match(stderr, /Usage: npm run bench/u);
  });

  test('--help tells what there is', async () => {
    const { code, stdout } = await bench(['--help']);
    assert.equal(code, 0);
    assert.match(stdout, /--only OPERATION/u);
  });
});
