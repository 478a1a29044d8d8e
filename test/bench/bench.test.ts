/** The bench as it is run, in a short run, and what it refuses. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Row } from '../../bench/rows.ts';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-test-'));
});
after(() => rm(folder, { recursive: true }));

/** The bench's own folder is made inside `folder`, so that what it leaves can be seen. */
async function bench(...args: string[]) {
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, [MAIN, ...args], { env });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number];
  return { code, stdout, stderr };
}

describe('a run', () => {
  test('of one operation reports it, bare and the floor', async () => {
    const file = join(folder, 'results.json');
    const run = ['--engine', 'none', '--only', 'discovery', '--rounds', '1', '--seconds', '0.2'];
    const { code, stdout, stderr } = await bench(...run, '--json', file);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^discovery +bare +\d+/mu);
    assert.match(stdout, /^floor +\d+/mu);
    assert.match(stderr, /measuring discovery/u);
    const report = JSON.parse(await readFile(file, 'utf8')) as {
      node: string;
      cpus: number;
      rows: Row[];
    };
    assert.deepEqual(Object.keys(report), ['node', 'cpus', 'rows']);
    assert.equal(report.node, process.version);
    assert.ok(report.cpus >= 1);
    assert.deepEqual(
      report.rows.map(({ operation, engine }) => [operation, engine]),
      [
        ['discovery', 'bare'],
        ['floor', 'floor'],
      ],
    );
    for (const row of report.rows) checkRow(row);
    assert.deepEqual(await readdir(folder), ['results.json']);
  });

  test('signs people in with password and code, and goes on without asking', async () => {
    const run = [
      '--only',
      'silent-sso,refresh,password-totp',
      '--rounds',
      '1',
      '--seconds',
      '0.05',
    ];
    const { code, stdout, stderr } = await bench('--engine', 'none', ...run);
    assert.equal(code, 0, stderr);
    for (const name of ['silent-sso', 'refresh', 'password-totp']) {
      assert.match(stdout, new RegExp(`^${name} +bare +\\d+`, 'mu'));
    }
  });
});

function checkRow(row: Row): void {
  const names = ['operation', 'engine', 'workers', 'n', 'ops_per_s', 'cpu_ms', 'p50_ms', 'p99_ms'];
  assert.deepEqual(Object.keys(row), [...names, 'ratio_floor', 'ratio_bare']);
  assert.equal(row.workers, 1);
  assert.ok(row.n > 0 && row.ops_per_s > 0 && row.cpu_ms > 0, JSON.stringify(row));
  assert.ok(row.p50_ms > 0 && row.p99_ms >= row.p50_ms, JSON.stringify(row));
  assert.ok(row.ratio_floor > 0);
  assert.equal(row.ratio_bare, row.engine === 'bare' ? 1 : null);
}

describe('arguments', () => {
  const refused: [string[], RegExp][] = [
    [['--fast'], /Unknown option '--fast'/u],
    [['--only', 'discovery,login'], /no operation "login"\. There are: silent-sso, /u],
    [['--engine', 'oracle'], /no engine "oracle"/u],
    [['--rounds', '1.5'], /--rounds must be a whole number from 1 to 100\. It is "1\.5"/u],
    [['--seconds', '0'], /--seconds must be a number from 0\.05 to 30/u],
    [['--rounds', '50', '--seconds', '10'], /about \d+ minutes; at most 10 are allowed/u],
    [['--json', '/nowhere/at/all.json'], /no folder \/nowhere\/at/u],
  ];
  for (const [args, message] of refused) {
    test(`${args.join(' ')} is refused`, async () => {
      const { code, stdout, stderr } = await bench(...args);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /Usage: npm run bench/u);
    });
  }

  test('--help tells what there is', async () => {
    const { code, stdout } = await bench('--help');
    assert.equal(code, 0);
    assert.match(stdout, /--only OPERATION/u);
  });
});
