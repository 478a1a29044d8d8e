/** What `latchkey upgrade` says and does of indexes: those that are new in this version, and those that it needs no more. */
import { version } from '../../config/version.ts';
import { COLLECTIONS } from '../../server/collections.ts';
import type { World } from '../../server/world.ts';
import { dropIndexes, indexPlan, type IndexPlan } from '../../storage/indexes/plan.ts';
import { namesIn } from '../../storage/indexes/declared.ts';
import type { StoreUser } from '../../storage/indexes/users.ts';
import { openStore } from '../../storage/open.ts';
import { storeName, type StoreOptions } from '../../storage/options.ts';
import { printable } from '../../text/printable.ts';
import type { Outcome } from '../command.ts';

/** Documents that get their values in a second, at least; and bytes that one takes in an index, about. */
const PER_SECOND = { sqlite: 20_000, mongodb: 2_000 } as const;
const BYTES = 60;
/** Milliseconds after its last sign of life that a process is said to live, where clocks agree. */
const FRESH_FOR = 60_000;

/** Nothing is changed. */
export async function planIndexes({ now }: World, chosen: StoreOptions): Promise<IndexPlan> {
  const store = await openStore(chosen, [], { ...opening(now), fill: 'never' });
  try {
    return await indexPlan(store.engine, COLLECTIONS);
  } finally {
    await store.close();
  }
}

/** Those that are new are filled, unless another version is at work. Answers what is still missing. */
export async function fillIndexes(world: World, chosen: StoreOptions): Promise<IndexPlan> {
  const store = await openStore(chosen, COLLECTIONS, opening(world.now));
  await store.close();
  return planIndexes(world, chosen);
}

export async function finishUpgrade(world: World, chosen: StoreOptions): Promise<Outcome> {
  const store = await openStore(chosen, [], { ...opening(world.now), fill: 'never' });
  try {
    const { unused, users, admitsFormer } = await indexPlan(store.engine, COLLECTIONS);
    const needing = users.filter(
      (user) =>
        lives(user, world.now()) && namesIn(user.declared).some((one) => unused.includes(one)),
    );
    if (needing.length > 0) throw new Error(needed(needing));
    await dropIndexes(store.engine, unused);
    if (admitsFormer) await store.engine.indexes.refuseFormer();
    const lines = [
      ...(unused.length === 0
        ? []
        : [
            `Dropped ${unused.length} that this version does not need: ${unused.join(', ')}. An older version that needs them fills them again.`,
          ]),
      ...(admitsFormer ? [REFUSED] : []),
    ];
    const none = `Nothing to do: there is no index in ${storeName(chosen)} that this version does not need.`;
    const changed = lines.length > 0;
    const text = changed ? lines.join('\n') : none;
    return { text, json: { changed, dropped: unused, refuses_older: admitsFormer } };
  } finally {
    await store.close();
  }
}

const REFUSED =
  'Versions that drop the indexes of others, unseen, no longer start on this store, the command line of such a version neither.';
const ADMITTED =
  'Versions that drop the indexes of others, unseen, still start on this store: use none beside this one. latchkey upgrade --finish keeps them away.';

const opening = (now: () => number) =>
  ({ now, version: version(), mayBeServed: true, mustExist: true }) as const;

const lives = ({ at }: StoreUser, now: number): boolean => Math.abs(now - at) < FRESH_FOR;

function needed(users: readonly StoreUser[]): string {
  const names = users.map(({ host, pid }) => `${printable(host)} (process ${pid})`).join(', ');
  return `A process of another version needs what would be dropped: ${names}. Stop it, wait a minute, and run the command again.`;
}

/** How long the new ones take, and how much room in the store. */
export function costOf({ missing }: IndexPlan, { engine }: Pick<StoreOptions, 'engine'>) {
  const documents = missing.reduce((sum, one) => sum + one.documents, 0);
  return { seconds: Math.ceil(documents / PER_SECOND[engine]), needed_bytes: documents * BYTES };
}

/** Lines; none where there is nothing to say. */
export function indexLines(plan: IndexPlan, chosen: StoreOptions, now: number): string[] {
  const { missing, unused, users, admitsFormer } = plan;
  const { seconds, needed_bytes: bytes } = costOf(plan, chosen);
  const names = missing.map(({ name, documents }) => `${name} (${documents.toLocaleString('en')})`);
  const living = users.filter((user) => lives(user, now));
  return [
    ...(missing.length === 0
      ? []
      : [
          `New in this version, with how many documents there are: ${names.join(', ')}.`,
          `They are filled by themselves when no process of a version without them lives: about ${seconds} s, and ${(bytes / 1e6).toFixed(1)} MB. Until then what goes by them is slower.`,
        ]),
    ...(unused.length === 0
      ? []
      : [
          `Not needed by this version: ${unused.join(', ')}. They stay for the way back; latchkey upgrade --finish drops them.`,
        ]),
    ...(admitsFormer ? [ADMITTED] : []),
    ...(living.length === 0 || missing.length + unused.length === 0
      ? []
      : ['Processes that use the store:', ...living.map((user) => `  ${described(user, now)}`)]),
  ];
}

function described({ host, pid, version: its, at }: StoreUser, now: number): string {
  return `${printable(host)}, process ${pid}, version ${printable(its ?? 'unknown')}, seen ${Math.max(0, Math.round((now - at) / 1000))} s ago`;
}

export function indexJson(plan: IndexPlan, now: number) {
  const { missing, unused, users, admitsFormer } = plan;
  return {
    missing_indexes: missing,
    unused_indexes: unused,
    admits_older: admitsFormer,
    processes: users
      .filter((user) => lives(user, now))
      .map(({ host, pid, version: its, at }) => ({ host, pid, version: its ?? null, seen_at: at })),
  };
}
