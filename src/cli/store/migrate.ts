/** `latchkey migrate`: from one storage engine to the other, and back. */
import { isAbsolute, resolve } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { COLLECTIONS } from '../../server/collections.ts';
import {
  forgetMigration,
  migrate,
  type Compared,
  type Phase,
  type Side,
} from '../../migration/migrate.ts';
import { lockStore, openStore, storeFile } from '../../storage/open.ts';
import { NoStore, storeName, storeOptions, type StoreOptions } from '../../storage/options.ts';
import type { World } from '../../server/world.ts';
import { UsageError } from '../usage-error.ts';
import { table } from '../list.ts';
import { configOf, string, type Command, type Options, type Outcome } from '../command.ts';
import { grouped, progressBar } from '../../text/progress-bar.ts';
import { LOOK_EVERY } from '../../migration/left-store.ts';
import { createPatient, GIVE_UP_OPENING } from '../../migration/patient.ts';
import { setTimeout as pause } from 'node:timers/promises';

export const migrateCommand: Command = {
  usage: [
    '[--from STORE] --to STORE',
    '       latchkey migrate --forget [--from STORE]',
    '',
    'STORE is sqlite (store.path), mongodb (store.mongodb_url), sqlite:FILE, or mongodb://HOST/DATABASE.',
    '--from is the configured store unless told. --forget lets a store that was moved be used again.',
  ].join('\n'),
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    forget: { type: 'boolean' },
  },
  async run(world, { options }) {
    const config = configOf(world, options);
    const from = storeNamed(string(options, 'from') ?? config.store.engine, config, world);
    if (options['forget'] === true) return forget(world, from);
    const to = storeNamed(requiredTarget(options), config, world);
    if (storeName(from) === storeName(to))
      throw new UsageError('--from and --to are the same store.');
    return move(world, config, from, to);
  },
};

function requiredTarget(options: Options): string {
  const to = string(options, 'to');
  if (to === undefined) throw new UsageError('--to is missing: sqlite or mongodb.');
  return to;
}

function storeNamed(text: string, config: Config, { cwd }: World): StoreOptions {
  const { store } = config;
  if (text === 'sqlite' || text === 'mongodb') return storeOptions({ ...store, engine: text });
  refuseSecrets(text);
  const path = /^sqlite:(.+)$/u.exec(text)?.[1];
  if (path !== undefined) {
    const absolute = isAbsolute(path) ? path : resolve(cwd, path);
    return storeOptions({ ...store, engine: 'sqlite', path: absolute });
  }
  if (/^mongodb(?:\+srv)?:\/\//u.test(text)) {
    return storeOptions({ ...store, engine: 'mongodb', mongodb_url: text });
  }
  throw new UsageError(
    `"${text}" is no store: sqlite, mongodb, sqlite:FILE or mongodb://HOST/DATABASE.`,
  );
}

/** Before anything is said about it: messages repeat what they don't understand. */
function refuseSecrets(text: string): void {
  const mayHoldOne = /^(?!sqlite:).*:\/\/.*(?:@|\?.*(?:password|token))/iu;
  if (!mayHoldOne.test(text)) return;
  throw new UsageError(
    'An address with a password does not belong in the arguments, where every user of this machine can read it. ' +
      'Set LATCHKEY_STORE_MONGODB_URL_FILE, and say mongodb.',
  );
}

async function forget({ now }: World, options: StoreOptions): Promise<Outcome> {
  await using opened = new AsyncDisposableStack();
  lockSide(options, opened, true);
  const { store } = await openSide(options, now, opened, true);
  const name = storeName(options);
  const forgotten = await forgetMigration(store);
  return {
    text: forgotten ? `${name} can be used again.` : `${name} was not moved.`,
    json: { store: name, forgotten },
  };
}

/** Throws when a server uses the store, or a migration, where that can be known. */
function lockSide(options: StoreOptions, opened: AsyncDisposableStack, mustExist: boolean): void {
  // Before the lock, which is a file beside it.
  if (mustExist && options.engine === 'sqlite' && !storeFile(options).isThere())
    throw new NoStore(options);
  try {
    const lock = lockStore(options);
    opened.defer(() => lock.release());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Nothing else may use ${storeName(options)}: stop its server, or wait for the migration that runs. (${reason})`,
      { cause },
    );
  }
}

async function move(
  world: World,
  config: Config,
  fromOptions: StoreOptions,
  toOptions: StoreOptions,
): Promise<Outcome> {
  const { now, stop } = world;
  await using opened = new AsyncDisposableStack();
  for (const options of [fromOptions, toOptions]) {
    lockSide(options, opened, options === fromOptions);
    if (options.engine === 'mongodb') world.stderr.write(`${mustBeStopped(options)}\n`);
  }
  const telling = { onProgress: teller(world), onRetry: tellRetry(world) };
  const { ask } = createPatient({ ...telling, stop });
  const open = (options: StoreOptions, mustExist: boolean): Promise<Side> =>
    ask(() => openSide(options, now, opened, mustExist), GIVE_UP_OPENING);
  const [from, to] = [await open(fromOptions, true), await open(toOptions, false)];
  const began = now();
  world.stderr.write(`Reading ${from.name} …\n`);
  const settled = fromOptions.engine === 'mongodb' ? () => untilNoticed(world) : async () => {};
  const sides = { from, to, kinds: COLLECTIONS };
  const compared = await migrate({ ...sides, ...telling, stop, now, settled }).catch(
    (error: unknown) => {
      if (!stop.aborted) throw error;
      throw new Error('Stopped. The same command goes on where this one was.', { cause: error });
    },
  );
  return outcome({ from, to }, compared, (now() - began) / 1000, whereKeyIs(config));
}

function mustBeStopped(options: StoreOptions): string {
  return `Nobody can tell whether a server uses ${storeName(options)}: all of them, on every machine, must be stopped.`;
}

function whereKeyIs({ encryption: { key, key_file: file } }: Config): string {
  return key === undefined ? `encryption.key_file, ${file}` : 'encryption.key';
}

async function openSide(
  options: StoreOptions,
  now: () => number,
  opened: AsyncDisposableStack,
  mustExist: boolean,
): Promise<Side> {
  let frozen: number | undefined;
  const parts = { now: () => frozen ?? now(), mustExist };
  const store = await openStore(options, COLLECTIONS, parts);
  opened.defer(() => store.close());
  return {
    store,
    name: storeName(options),
    freeze(at) {
      frozen = at;
    },
  };
}

/** Milliseconds between two lines that say why something is tried again. */
const TELL_EVERY = 5_000;

function tellRetry({ stderr, now }: World): (reason: string, portion: number) => void {
  let toldAt = -Infinity;
  return (reason, portion) => {
    if (now() - toldAt < TELL_EVERY) return;
    toldAt = now();
    stderr.write(`Trying again, ${grouped(portion)} documents at a time: ${reason}\n`);
  };
}

/** A server that still runs on the store notices the mark, and finishes what it has begun. */
async function untilNoticed({ stderr, stop }: World): Promise<void> {
  stderr.write('Waiting until every server that still uses it has noticed …\n');
  await pause(2 * LOOK_EVERY, undefined, { signal: stop });
}

/** A bar for each phase. */
function teller({ stderr, now }: World): (phase: Phase, done: number, total: number) => void {
  let phase: Phase | undefined;
  let bar = progressBar(stderr, '', 'documents', now);
  return (at, done, total) => {
    if (at !== phase) {
      bar.end();
      bar = progressBar(stderr, at, 'documents', now);
      phase = at;
    }
    bar.at(done, total);
    if (at === 'comparing' && done === total) bar.end();
  };
}

function outcome(
  sides: { from: Side; to: Side },
  compared: readonly Compared[],
  seconds: number,
  keyPlace: string,
): Outcome {
  const [from, to] = [sides.from.name, sides.to.name];
  const rows = compared
    .filter(({ to: { documents } }) => documents > 0)
    .map(({ kind, to: { documents, checksum } }) => ({
      kind,
      documents: documents.toLocaleString('en'),
      'SHA-256, of both sides': `${checksum.slice(0, 16)}…`,
    }));
  const documents = compared.reduce((sum, { to: one }) => sum + one.documents, 0);
  return {
    text: [
      table(rows, 'There was nothing to move.'),
      '',
      `Moved ${documents.toLocaleString('en')} documents from ${from} to ${to} in ${seconds.toFixed(1)} s; both sides are equal.`,
      `Now set store.engine, and start. The encryption key (${keyPlace}) stays the same: every machine needs it.`,
      `${from} is kept as it was, and refuses to be served.`,
    ].join('\n'),
    json: {
      from,
      to,
      documents,
      seconds,
      kinds: Object.fromEntries(compared.map(({ kind, to: one }) => [kind, { ...one }])),
    },
  };
}
