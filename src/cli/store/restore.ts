/** `latchkey restore`: a backup becomes the store. */
import { resolve } from 'node:path';
import { markRestored } from '../../operations/installation/mark-restored.ts';
import { revokedFields, type Revoked } from '../../operations/installation/revoke-everything.ts';
import { valueOf } from '../../result.ts';
import type { BackupParts, Contents } from '../../backup/backup.ts';
import { unpackBackup, type Unpacked } from '../../backup/restore.ts';
import type { Config } from '../../config/schema.ts';
import { COLLECTIONS } from '../../server/collections.ts';
import { closingHandler } from '../../server/outbox.ts';
import { lockStore, storeFile } from '../../storage/open.ts';
import { storeOptions } from '../../storage/options.ts';
import { backupParts, describe, view } from './backup.ts';
import type { World } from '../../server/world.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { UsageError } from '../usage-error.ts';
import { configOf, onlyPositional, type Command, type Options, type Outcome } from '../command.ts';
import { keysBack, knownKeys, tellKeysBack, type KeyBack } from './keys-back.ts';
import { AFTERWARDS, progress, sentence } from './revoke-all.ts';

export const restore: Command = {
  usage: 'FILE --revoke|--keep [--replace]',
  options: {
    revoke: { type: 'boolean' },
    keep: { type: 'boolean' },
    replace: { type: 'boolean' },
  },
  async run(world, args) {
    const file = resolve(world.cwd, onlyPositional(args, 'FILE'));
    const choice = choiceOf(args.options);
    const config = configOf(world, args.options);
    const parts = await backupParts(config, world);
    const lock = lockFor(config, parts);
    try {
      if (parts.store.isThere() && args.options['replace'] !== true)
        throw new Error(
          `There is a store at ${parts.store.path} already. --replace moves it aside, with all that is in it.`,
        );
      await using unpacked = await unpackBackup(parts, file);
      if (!choice) throw new UsageError(whatComesBack(unpacked.contents, world.now()));
      return await install(world, config, unpacked, choice);
    } finally {
      lock.release();
    }
  },
};

type Choice = 'revoke' | 'keep';

function choiceOf({ revoke, keep }: Options): Choice | undefined {
  if (revoke && keep) throw new UsageError('--revoke and --keep exclude each other.');
  if (revoke) return 'revoke';
  return keep ? 'keep' : undefined;
}

function lockFor(config: Config, { store }: BackupParts): ReturnType<typeof lockStore> {
  try {
    return lockStore(storeOptions(config.store));
  } catch (cause) {
    throw new Error(`A server is serving ${store.path}. Stop it before restoring.`, { cause });
  }
}

/** All of it happens before the store is in its place: broken off, nothing is restored. */
async function install(
  world: World,
  config: Config,
  { contents, install: putInPlace }: Unpacked,
  choice: Choice,
): Promise<Outcome> {
  let revoked: Revoked | undefined;
  let back: KeyBack[] | undefined = [];
  const chosen = storeOptions(config.store);
  const before = storeFile(chosen);
  const isThere = before.isThere();
  const known = before.isReadable() ? await knownKeys(chosen, world.now) : undefined;
  const aside = await putInPlace(COLLECTIONS, async ({ store }) => {
    if (isThere) back = known && (await keysBack(store, known, world.now()));
    const auditRetention = config.audit.retention;
    const { event: follow } = closingHandler(config, store);
    const { now } = world;
    const parts = { store, auditRetention, now, onProgress: progress(world), follow };
    const input = { choice, madeAt: contents.madeAt };
    const performed = operatorPerformed(config, world.now());
    revoked = valueOf(await markRestored(parts, performed, input));
  });
  const { path } = config.store;
  return {
    text: [
      `Restored ${describe(contents)}${made(contents, world.now())} to ${path}.`,
      ...(aside === undefined ? [] : [`The store that was there is now ${aside}.`]),
      revoked ? `Ended ${sentence(revoked)}.\n${AFTERWARDS}` : 'Nothing in it was ended.',
      `What was changed since has to be changed again: ${CHANGED}.`,
      ...tellKeysBack(back),
    ].join('\n'),
    json: {
      path,
      ...view(contents),
      moved_aside: aside ?? null,
      revoked: revoked ? revokedFields(revoked) : null,
      keys_back: back ?? null,
    },
  };
}

const CHANGED =
  'people disabled or removed, roles, passwords, factors reset, policy, clients and their secrets, keys retired';

function whatComesBack(contents: Contents, now: number): string {
  const count = (kind: string): string => (contents.documents[kind] ?? 0).toLocaleString('en');
  return `The backup is whole: ${describe(contents)}${made(contents, now)}. Nothing has been restored.

What was ended or used up since it was made comes back to life with it:
  - sessions, refresh tokens and trusted computers that were ended (it has ${count('session')}, ${count('refresh_token')} and ${count('trusted_computer')})
  - one-time codes, links, codes after a reset and codes by email that were used
  - mails that were sent: they would be sent again
  - what was changed, as it was before: ${CHANGED}

Say what is to become of it:
  --revoke  ends all of that but what was changed, which nobody can know; everybody (${count('person')}) signs in
            anew. The same as latchkey revoke-all.
  --keep    leaves it as it is: right when nothing has happened since, as in a move to another machine.`;
}

function made({ madeAt }: Contents, now: number): string {
  if (madeAt === undefined) return '';
  const hours = Math.max(0, (now - madeAt) / 3600_000);
  const ago = hours < 48 ? `${hours.toFixed(1)} hours ago` : `${Math.round(hours / 24)} days ago`;
  return `, made ${new Date(madeAt).toISOString()} (${ago})`;
}
