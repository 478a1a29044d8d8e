/**
 * `npm test`: everything, on SQLite; where MONGODB_URI names a server, the contract of the storage port
 * and the stories on MongoDB as well. `--mongo` (`npm run test:mongo`): those alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';

const EVERYTHING = globSync('test/**/*.test.ts');
/** What goes through the store, whichever it is, and what names this engine. The demonstration is on SQLite. */
const ON_MONGODB = globSync(
  [
    'test/{accounts,audit,cli,cluster,devices,factors,flows,mail,migration}/**/*.test.ts',
    'test/{bench,faults,storage}/mongo*.test.ts',
  ],
  { exclude: ['test/flows/demo.test.ts'] },
);
/** Milliseconds that a test may hang. */
const TIMEOUT = 300_000;

const { MONGODB_URI } = process.env;
const onlyMongo = process.argv.includes('--mongo');
if (onlyMongo && MONGODB_URI === undefined) {
  console.error(
    'MONGODB_URI is not set. It names a MongoDB server without a database: mongodb://127.0.0.1:27017/',
  );
  process.exit(2);
}
let failed = false;
if (!onlyMongo) failed = !(await passes(EVERYTHING, 'sqlite'));
if (MONGODB_URI !== undefined) failed = !(await passes(ON_MONGODB, 'mongodb')) || failed;
else console.log('\nSKIPPED: nothing was tested on MongoDB, as MONGODB_URI is not set.');
process.exitCode = failed ? 1 : 0;

async function passes(files: readonly string[], engine: string): Promise<boolean> {
  console.log(`\nOn ${engine}:\n`);
  // Named in the second run alone, so that nothing is run twice.
  const { MONGODB_URI: uri, ...rest } = process.env;
  const ofEngine = engine === 'mongodb' && uri !== undefined ? { MONGODB_URI: uri } : {};
  const run = spawn(
    process.execPath,
    ['--test', '--test-reporter=spec', `--test-timeout=${TIMEOUT}`, ...files],
    {
      stdio: 'inherit',
      env: { ...rest, ...ofEngine, TEST_ENGINE: engine },
    },
  );
  const [code] = (await once(run, 'exit')) as [number | null];
  return code === 0;
}
