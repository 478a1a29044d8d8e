/**
 * `npm test`: everything, on SQLite; where MONGODB_URI names a server, the contract of the storage port
 * and the stories on MongoDB as well. `--mongo` (`npm run test:mongo`): those alone. `npm test -- FILE…`:
 * of those, the files that are named. `--cost`: what each file costs is told too.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buildApp, mainOf, ROOT } from '../build/app.ts';
import { boundFiles, boundFolders } from './runner/bounded.ts';
import { costTable } from './runner/cost.ts';
import { runFailedAgain, runFiles, type Outcome, type RunOptions } from './runner/run-files.ts';
import { tell } from './runner/tell.ts';

const EVERYTHING = globSync('test/**/*.test.ts').toSorted();
/** What goes through the store, whichever it is, and what names this engine. The demonstration is on SQLite. */
const ON_MONGODB = globSync(
  [
    'test/{cli,cluster,conformance,devices,factors,flows,mail,migration,oidc,operations,outbox,records,throttling}/**/*.test.ts',
    'test/{bench,faults,storage}/mongo*.test.ts',
    'test/server/*.test.ts',
  ],
  { exclude: ['test/flows/demo.test.ts'] },
).toSorted();
/** Milliseconds that a test may hang. */
const TIMEOUT = 600_000;
/** Hundreds of processes are started, each with the same modules: compiled once, they start in half the time. */
const { NODE_COMPILE_CACHE = join(tmpdir(), 'latchkey-tests-compiled') } = process.env;
/** Bytes of it that are kept for the next runs: one takes some 75 MB. */
const MOST_COMPILED = 2 ** 29;
/** Bytes that must be free in memory for the stores of tests, each of which waits for its disk otherwise. */
const ROOM = 2 ** 31;

const { MONGODB_URI } = process.env;
const onlyMongo = process.argv.includes('--mongo');
if (onlyMongo && MONGODB_URI === undefined) {
  console.error(
    'MONGODB_URI is not set. It names a MongoDB server without a database: mongodb://127.0.0.1:27017/',
  );
  process.exit(2);
}
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const paths = named.map((name) => relative('.', name));
const engines = [
  ...(onlyMongo ? [] : [{ engine: 'sqlite', files: chosen(EVERYTHING) }]),
  ...(MONGODB_URI === undefined ? [] : [{ engine: 'mongodb', files: chosen(ON_MONGODB) }]),
].filter(({ files }) => files.length > 0);
const unknown = paths.filter((path) => !engines.some(({ files }) => files.includes(path)));
if (unknown.length > 0 || engines.length === 0) {
  console.error(`No test that could be run here: ${unknown.join(' ') || 'all of them'}`);
  process.exit(2);
}
const folder = mkdtempSync(join(roomyFolder(), 'latchkey-tests-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// Whatever ends this ends the tests and takes the folder away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(1));

/** What names of databases begin with that test files leave to one another. */
const databases = `test_${randomBytes(4).toString('hex')}`;

boundFiles(NODE_COMPILE_CACHE, MOST_COMPILED);
const main = await built();
// Side by side: most of the time of either is spent waiting.
const first = await Promise.all(engines.map((run) => runFiles(run.files, optionsOf(run.engine))));
const outcomes: Outcome[] = [];
for (const outcome of first)
  outcomes.push(await runFailedAgain(outcome, optionsOf(outcome.engine)));
if (MONGODB_URI !== undefined) await (await import('./support/mongo.ts')).dropDatabases(databases);
for (const outcome of outcomes) tell(outcome);
if (process.argv.includes('--cost'))
  for (const { results } of outcomes) console.log(`${costTable(results)}\n`);
for (const { engine, passed } of outcomes)
  console.log(`On ${engine}: ${passed ? 'passed' : 'FAILED'}.`);
if (MONGODB_URI === undefined)
  console.log('SKIPPED: nothing was tested on MongoDB, as MONGODB_URI is not set.');
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;

/** Those that are named, or all. */
function chosen(files: readonly string[]): string[] {
  return files.filter((file) => paths.length === 0 || paths.includes(file));
}

/** Programs that tests start are built: they are the ones that are shipped, and start in half the time. */
async function built(): Promise<string> {
  const fresh = join(ROOT, 'dist', `tests-${process.pid}`);
  await buildApp(fresh);
  // What was compiled of it is found again by the path: the same program has the same one.
  const names = createHash('sha256');
  for (const file of filesOf(fresh)) names.update(relative(fresh, file)).update(readFileSync(file));
  const outdir = join(ROOT, 'dist', `tests-${names.digest('hex').slice(0, 12)}`);
  if (existsSync(outdir)) rmSync(fresh, { recursive: true });
  else renameSync(fresh, outdir);
  boundFolders(join(ROOT, 'dist'), 'tests-', outdir, Date.now());
  return mainOf(outdir);
}

function filesOf(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
}

function optionsOf(engine: string): RunOptions {
  // Named in one of the runs alone, so that nothing is run twice.
  const { MONGODB_URI: uri, ...rest } = process.env;
  const ofEngine = engine === 'mongodb' && uri !== undefined ? { MONGODB_URI: uri } : {};
  return {
    engine,
    atOnce: Math.max(1, availableParallelism() + 1 - engines.length),
    timeout: TIMEOUT,
    env: {
      ...rest,
      ...ofEngine,
      NODE_COMPILE_CACHE,
      TEST_MAIN: main,
      TEST_DATABASES: databases,
      TEST_ENGINE: engine,
      TMPDIR: folder,
    },
    say: (line) => console.log(engines.length > 1 ? `${engine.padEnd(7)} ${line}` : line),
  };
}

/** In memory where there is enough of it, else the temporary folder, which TMPDIR names. */
function roomyFolder(): string {
  const inMemory = '/dev/shm';
  if (process.env['TMPDIR'] !== undefined) return tmpdir();
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize >= ROOM ? inMemory : tmpdir();
  } catch {
    return tmpdir();
  }
}
