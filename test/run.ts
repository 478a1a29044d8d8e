/**
 * `npm test`: everything, on SQLite; where MONGODB_URI names a server, the contract of the storage port
 * and the stories on MongoDB as well. `--mongo` (`npm run test:mongo`): those alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const EVERYTHING = globSync('test/**/*.test.ts');
/** What goes through the store, whichever it is, and what names this engine. The demonstration is on SQLite. */
const ON_MONGODB = globSync(
  [
    'test/{accounts,audit,cli,cluster,conformance,devices,factors,flows,mail,migration,oidc}/**/*.test.ts',
    'test/{bench,faults,storage}/mongo*.test.ts',
    'test/server/*.test.ts',
  ],
  { exclude: ['test/flows/demo.test.ts'] },
);
/** Milliseconds that a test may hang. */
const TIMEOUT = 300_000;
/** A file whose `before` failed would otherwise wait for ever for the programs that it has started. */
const FORCE_EXIT = '--test-force-exit';
/** Hundreds of processes are started, each with the same modules: compiled once, they start in half the time. */
const { NODE_COMPILE_CACHE = join(tmpdir(), 'latchkey-tests-compiled') } = process.env;
/** Bytes that one run may say while the other one is shown. */
const MOST_OUTPUT = 64 * 1024 * 1024;

const { MONGODB_URI } = process.env;
const onlyMongo = process.argv.includes('--mongo');
if (onlyMongo && MONGODB_URI === undefined) {
  console.error(
    'MONGODB_URI is not set. It names a MongoDB server without a database: mongodb://127.0.0.1:27017/',
  );
  process.exit(2);
}
// Side by side: most of the time of either is spent waiting.
const runs = [
  ...(onlyMongo ? [] : [startRun(EVERYTHING, 'sqlite')]),
  ...(MONGODB_URI === undefined ? [] : [startRun(ON_MONGODB, 'mongodb')]),
];
const results: boolean[] = [];
for (const { engine, output, passed } of runs) {
  console.log(`\nOn ${engine}:\n`);
  await pipeline(output, process.stdout, { end: false });
  results.push(await passed);
}
for (const [at, { engine }] of runs.entries())
  console.log(`On ${engine}: ${results[at] ? 'passed' : 'FAILED'}.`);
if (MONGODB_URI === undefined)
  console.log('SKIPPED: nothing was tested on MongoDB, as MONGODB_URI is not set.');
process.exitCode = results.every(Boolean) ? 0 : 1;

interface Run {
  engine: string;
  /** Held until it is read. */
  output: PassThrough;
  passed: Promise<boolean>;
}

function startRun(files: readonly string[], engine: string): Run {
  // Named in one of the runs alone, so that nothing is run twice.
  const { MONGODB_URI: uri, ...rest } = process.env;
  const ofEngine = engine === 'mongodb' && uri !== undefined ? { MONGODB_URI: uri } : {};
  const run = spawn(
    process.execPath,
    ['--test', '--test-reporter=spec', `--test-timeout=${TIMEOUT}`, FORCE_EXIT, ...files],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...rest, ...ofEngine, NODE_COMPILE_CACHE, TEST_ENGINE: engine },
    },
  );
  const output = run.stdout.pipe(new PassThrough({ highWaterMark: MOST_OUTPUT }));
  const passed = once(run, 'exit').then(([code]) => code === 0);
  return { engine, output, passed };
}
