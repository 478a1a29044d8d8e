/** `latchkey upgrade`: what another version of the program changes in the store, before, with and after it. */
import { statfs } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { lockStore, storeFile } from '../../storage/open.ts';
import type { IndexPlan } from '../../storage/indexes/plan.ts';
import { NoStore, storeName, storeOptions, type StoreOptions } from '../../storage/options.ts';
import type { World } from '../../server/world.ts';
import { configOf, type Command, type Outcome } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import {
  costOf,
  fillIndexes,
  finishUpgrade,
  indexJson,
  indexLines,
  planIndexes,
} from './indexes.ts';

/** Bytes of what is used that are copied and gone through in a second, at least. */
const SPEED = 15_000_000;
/** Of what is used: the copy is a little larger than that at times. */
const SPARE = 1.1;

export const upgradeCommand: Command = {
  usage: [
    '[--check | --finish]',
    '',
    '--check says what would be done, how long it takes and how much room it needs, and does nothing.',
    '--finish, when no older version is to come back, drops the indexes that this one does not need.',
  ].join('\n'),
  options: { check: { type: 'boolean' }, finish: { type: 'boolean' } },
  async run(world, { options }) {
    const chosen = storeOptions(configOf(world, options).store);
    const [check, finish] = [options['check'] === true, options['finish'] === true];
    if (check && finish) throw new UsageError('--check and --finish exclude each other.');
    if (finish) return finishUpgrade(world, chosen);
    const file = chosen.engine === 'sqlite' ? storeFile(chosen) : undefined;
    if (file && !file.isThere()) throw new NoStore(chosen);
    const plan = file && (await planFor(file));
    const made = file && plan && !check && !plan.givesBack;
    const outcome = made ? await makeAnew(world, chosen, file, plan) : undefined;
    const indexes = await (check ? planIndexes(world, chosen) : fillIndexes(world, chosen));
    return outcome ?? told(world, chosen, file, plan, indexes);
  },
};

/** Where the file was not made anew. */
function told(
  world: World,
  chosen: StoreOptions,
  file: StoreFile | undefined,
  plan: Plan | undefined,
  indexes: IndexPlan,
): Outcome {
  const ofFile = file && plan && !plan.givesBack ? [described(file, plan)] : [];
  const lines = [...ofFile, ...indexLines(indexes, chosen, world.now())];
  const why = file ? 'the file gives room back by itself' : 'MongoDB uses free room again';
  const none = `Nothing to do: ${storeName(chosen)} is up to date (${why}; every index is used).`;
  const cost = costOf(indexes, chosen);
  const json = {
    changed: false,
    ...cost,
    ...(ofFile.length > 0 && plan ? sum(jsonOf(plan), cost) : {}),
    ...indexJson(indexes, world.now()),
  };
  return { text: lines.length === 0 ? none : lines.join('\n'), json };
}

function sum<T extends { seconds: number; needed_bytes: number }>(
  one: T,
  other: { seconds: number; needed_bytes: number },
): T {
  return {
    ...one,
    seconds: one.seconds + other.seconds,
    needed_bytes: one.needed_bytes + other.needed_bytes,
  };
}

type StoreFile = ReturnType<typeof storeFile>;

interface Plan {
  bytes: number;
  free: number;
  givesBack: boolean;
  /** Bytes on the disk that the new file takes beside the old one, and how many there are. */
  needed: number;
  there: number;
  seconds: number;
}

async function planFor(file: StoreFile): Promise<Plan> {
  const room = file.room();
  const used = room.bytes - room.free;
  const { bavail, bsize } = await statfs(dirname(file.path));
  const needed = Math.ceil(used * SPARE);
  return { ...room, needed, there: bavail * bsize, seconds: Math.ceil(used / SPEED) };
}

function described({ path }: StoreFile, plan: Plan): string {
  return [
    `${path} has ${mb(plan.bytes)}, of which ${mb(plan.free)} are free. An older version made it: it does not give them back.`,
    `latchkey upgrade makes it anew, with the server stopped: ${whatItTakes(plan)}.`,
    'The old file is kept beside it; remove it once the new one has served.',
  ].join('\n');
}

const whatItTakes = ({ needed, there, seconds }: Plan): string =>
  `about ${seconds} s, and ${mb(needed)} of room in its folder (${mb(there)} are there)`;

async function makeAnew(
  world: World,
  chosen: StoreOptions,
  file: StoreFile,
  plan: Plan,
): Promise<Outcome> {
  if (plan.needed > plan.there)
    throw new Error(
      `There is not enough room in ${dirname(file.path)}: ${whatItTakes(plan)}. Nothing was changed. Make room, or put a larger disk there.`,
    );
  using held = new DisposableStack();
  held.defer(lockStore(chosen).release);
  world.stderr.write(`Making ${file.path} anew: ${whatItTakes(plan)} …\n`);
  const old = await file.makeAnew(world.now());
  const now = file.room();
  return {
    text: [
      `${file.path} was made anew: ${mb(now.bytes)} instead of ${mb(plan.bytes)}. From now on it gives free room back by itself.`,
      `The old file is ${old}. To go back to it, with the server stopped: mv ${basename(old)} ${basename(file.path)} in that folder.`,
      'Remove it once the new one has served.',
    ].join('\n'),
    json: { ...jsonOf({ ...plan, ...now }), changed: true, old_file: old },
  };
}

function jsonOf({ bytes, free, needed, there, seconds }: Plan) {
  const room = { bytes, free_bytes: free, needed_bytes: needed, available_bytes: there };
  return { changed: false, ...room, seconds };
}

const mb = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
