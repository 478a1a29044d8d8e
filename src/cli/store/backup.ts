/** `latchkey backup`, and what it shares with `latchkey restore`. */
import { resolve } from 'node:path';
import { makeBackup, type BackupParts, type Contents, type Stage } from '../../backup/backup.ts';
import { readVault } from '../../secrets/keyring.ts';
import { markerCollection, requireSettled } from '../../migration/marker.ts';
import { noteBackup, notedCollection, type BackupMade } from '../../records/installation/noted.ts';
import { COLLECTIONS } from '../../server/collections.ts';
import { verifyStore } from '../../server/damage/verify.ts';
import type { DamagedDocument, Store } from '../../storage/store.ts';
import { view as damagedView } from './verify.ts';
import { openStore, storeFile } from '../../storage/open.ts';
import { NoStore, storeOptions, type StoreOptions } from '../../storage/options.ts';
import type { Config } from '../../config/schema.ts';
import type { World } from '../../server/world.ts';
import { configOf, onlyPositional, type Command } from '../command.ts';

export const backup: Command = {
  usage: 'FILE [--force]',
  options: { force: { type: 'boolean' } },
  async run(world, args) {
    const target = resolve(world.cwd, onlyPositional(args, 'FILE'));
    const config = configOf(world, args.options);
    const options = storeOptions(config.store);
    if (!storeFile(options).isThere()) throw new NoStore(options);
    await requireServed(options, world);
    const parts = await backupParts(config, world);
    const made = await makeBackup(parts, target, { force: args.options['force'] === true });
    const { file, bytes, contents } = made;
    await noteMade(options, world, { bytes, documents: total(contents) });
    const damaged = made.damaged.map(damagedView);
    return {
      text: [
        `Backed up ${describe(contents)} to ${file} (${size(bytes)}), and read it back.`,
        'It opens with the encryption key only: keep a copy of that key somewhere else.',
        ...tellDamaged(damaged),
        '',
        ...counts(contents),
      ].join('\n'),
      json: { file, bytes, ...view(contents), damaged },
    };
  },
};

/** For the console. Of a backup that was made nothing is taken back where that cannot be written. */
async function noteMade(
  options: StoreOptions,
  { now, stderr }: World,
  made: Omit<BackupMade, 'at'>,
): Promise<void> {
  const write = async (): Promise<void> => {
    const store = await openStore(options, [notedCollection], { now, mayBeServed: true });
    try {
      await noteBackup(store, { ...made, at: now() });
    } finally {
      await store.close();
    }
  };
  await write().catch((error: unknown) =>
    stderr.write(`The console is not told of it: ${String(error)}\n`),
  );
}

function tellDamaged(damaged: ReturnType<typeof damagedView>[]): string[] {
  if (damaged.length === 0) return [];
  const rows = damaged.map(({ kind, id, reason }) => `  ${kind} ${id}: ${reason}`);
  return ['', `${damaged.length} of them are damaged, and in the backup as they are:`, ...rows];
}

/** One of a store that was moved would be of what nobody changes any more. */
async function requireServed(options: StoreOptions, { now }: World): Promise<void> {
  const store = await openStore(options, [markerCollection], { now, mayBeServed: true });
  try {
    await requireSettled(store);
  } finally {
    await store.close();
  }
}

const STAGES: Readonly<Record<Stage, string>> = {
  copying: 'Copying the store',
  encrypting: 'Encrypting the copy',
  'reading-back': 'Reading the backup back',
  decrypting: 'Decrypting the backup',
  checking: 'Going through all of it',
};

/** Milliseconds; what is done sooner tells nothing but to a terminal. */
const TELL_AFTER = 2_000;

function stagesTo({ stderr, now }: World): (stage: Stage) => void {
  const begun = now();
  return (stage) => {
    const seconds = (now() - begun) / 1000;
    if (stderr.isTTY || now() - begun >= TELL_AFTER)
      stderr.write(`${seconds.toFixed(1).padStart(6)} s  ${STAGES[stage]} …\n`);
  };
}

export async function backupParts(config: Config, world: World): Promise<BackupParts> {
  const { stop, now } = world;
  // First: on MongoDB it says what to use.
  const store = storeFile(storeOptions(config.store));
  const keys = { key: config.encryption.key, keyFile: config.encryption.key_file };
  const vault = await readVault(keys);
  const findDamaged = async (copy: Store): Promise<readonly DamagedDocument[]> =>
    (await verifyStore({ store: copy, vault, stop }, COLLECTIONS)).damaged;
  const found = { collections: COLLECTIONS, findDamaged };
  return { store, keys, vault, stop, now, ...found, onStage: stagesTo(world) };
}

export function view({ madeAt, schema, documents }: Contents) {
  const made = madeAt === undefined ? null : new Date(madeAt).toISOString();
  return { made_at: made, schema, documents };
}

/** `1,234 documents of 17 kinds`. */
export function describe({ documents }: Contents): string {
  const numbers = Object.values(documents).filter((count) => count > 0);
  return `${total({ documents }).toLocaleString('en')} documents of ${numbers.length} kinds`;
}

function total({ documents }: Pick<Contents, 'documents'>): number {
  return Object.values(documents).reduce((sum, count) => sum + count, 0);
}

function counts({ documents }: Contents): string[] {
  const rows = Object.entries(documents).filter(([, count]) => count > 0);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, count]) => `  ${name.padEnd(width)}  ${count.toLocaleString('en')}`);
}

function size(bytes: number): string {
  return bytes < 1_000_000
    ? `${(bytes / 1000).toFixed(1)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
