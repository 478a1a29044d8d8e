/**
 * Moves an installation from one store to another: copies every document, compares both sides, and
 * only then lets the new one be used. It may be broken off anywhere and run again. This folder owns
 * the marks that both stores carry meanwhile (marker.ts).
 */
import { installationCollection } from './installation.ts';
import type { Change, Collection, Store } from '../storage/store.ts';
import { countOf, digestOf, pagesOf, type Digest, type Watch } from './digest.ts';
import { MARKER, markerCollection, requireSettled, type Marker } from './marker.ts';

/** A store and its name, which shows no password. */
export interface Side {
  store: Store;
  name: string;
  /** Sets the time that expiry is judged at, milliseconds since the epoch; undefined: the present. */
  freeze(at: number | undefined): void;
}

export interface MigrationParts {
  from: Side;
  to: Side;
  kinds: readonly Collection<any>[];
  stop: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** `done` of `total` documents of this phase; of copying, those that an earlier run has left. */
  onProgress(phase: Phase, done: number, total: number): void;
}

export type Phase = 'copying' | 'comparing';

export interface Compared {
  kind: string;
  from: Digest;
  to: Digest;
}

/**
 * Answers what both sides hold, kind by kind. Throws with a message for the operator when the source
 * is none, the target holds something else, or they differ in the end; with the reason of `stop` when
 * that was aborted.
 */
export async function migrate(parts: MigrationParts): Promise<Compared[]> {
  const { from, to, now } = parts;
  await requireSource(parts);
  const done = await claimTarget(parts);
  await from.store.put(markerCollection, MARKER, {
    role: 'source',
    target: to.name,
    state: 'moving',
    at: now(),
  });
  const { all, left } = await countAll(parts, done);
  await copyAll(parts, done, left);
  const compared = await compareAll(parts, all);
  const different = compared.filter(({ from: one, to: other }) => !isSame(one, other));
  if (different.length > 0) throw new Error(differenceIn(different));
  // In this order: broken off in between, neither can be used until it is run again.
  await leave(parts);
  await to.store.delete(markerCollection, MARKER);
  return compared;
}

/** On the condition that the source has not been used again since it was compared. */
async function leave({ from, to, now }: MigrationParts): Promise<void> {
  const left: Marker = { role: 'source', target: to.name, state: 'moved', at: now() };
  const isLeft = await from.store.update(
    markerCollection,
    MARKER,
    (marker): Change<Marker, boolean> => {
      const isOurs = marker?.role === 'source' && marker.target === to.name;
      return isOurs ? { put: left, result: true } : { result: false };
    },
  );
  if (!isLeft)
    throw new Error(
      `The migration was given up meanwhile (--forget), so ${from.name} may have changed. Run it again, as before: it compares once more.`,
    );
}

/** The store may be used again, whatever has become of the other one. Answers whether it could not be. */
export async function forgetMigration(store: Pick<Store, 'update'>): Promise<boolean> {
  return store.update(markerCollection, MARKER, (marker): Change<Marker, boolean> => {
    if (!marker) return { result: false };
    if (marker.role === 'source') return { remove: true, result: true };
    throw new Error(
      `This store holds a part of what is in ${marker.source}. Delete it, or run the migration again.`,
    );
  });
}

async function requireSource({ from, to }: MigrationParts): Promise<void> {
  const marker = await from.store.get(markerCollection, MARKER);
  if (marker?.role === 'target')
    throw new Error(`${from.name} holds only a part of what is in ${marker.source}.`);
  if (marker && !(await isOnItsWay(marker, from, to))) await requireSettled(from.store);
  const { items } = await from.store.scan(installationCollection, { limit: 1 });
  if (items.length === 0) throw new Error(`There is no installation in ${from.name}.`);
}

/**
 * Whether that is the migration at hand, not yet finished. A store that has been left is not moved
 * again unasked: what has happened in the new one since would be missing.
 */
async function isOnItsWay(
  { target, state }: Extract<Marker, { role: 'source' }>,
  from: Side,
  to: Side,
): Promise<boolean> {
  if (target !== to.name) return false;
  if (state === 'moving') return true;
  const marker = await to.store.get(markerCollection, MARKER);
  return marker?.role === 'target' && marker.source === from.name;
}

/** Answers how far an earlier run has come. */
async function claimTarget({
  from,
  to,
  kinds,
}: MigrationParts): Promise<Record<string, string | null>> {
  const marker = await to.store.get(markerCollection, MARKER);
  if (marker?.role === 'target' && marker.source === from.name) return marker.done;
  if (marker?.role === 'target')
    throw new Error(`${to.name} holds an unfinished migration from ${marker.source}.`);
  for (const kind of kinds) {
    const { items } = await to.store.scan(kind, { limit: 1 });
    if (items.length > 0)
      throw new Error(
        `${to.name} is not empty (it has "${kind.name}"). A migration goes into an empty store only.`,
      );
  }
  const claimed: Marker = { role: 'target', source: from.name, done: {} };
  if (!(await to.store.insert(markerCollection, MARKER, claimed)))
    throw new Error(`Another migration into ${to.name} has just begun.`);
  return {};
}

/** Every kind but the marks; that of the installation last, as it makes the store one. */
function moved(kinds: readonly Collection<any>[]): Collection<any>[] {
  const rest = kinds.filter(
    ({ name }) => name !== installationCollection.name && name !== markerCollection.name,
  );
  return [...rest, installationCollection];
}

/** `left`: what has still to be copied. */
async function countAll(
  { from, kinds, stop }: MigrationParts,
  done: Record<string, string | null>,
): Promise<{ all: number; left: number }> {
  let [all, left] = [0, 0];
  for (const kind of moved(kinds)) {
    const count = await countOf(from.store, kind, { stop });
    const cursor = done[kind.name];
    all += count;
    if (cursor === undefined) left += count;
    else if (cursor !== null) left += await countOf(from.store, kind, { stop }, cursor);
  }
  return { all, left };
}

async function copyAll(
  { from, to, kinds, stop, onProgress }: MigrationParts,
  done: Record<string, string | null>,
  total: number,
): Promise<void> {
  let copied = 0;
  for (const kind of moved(kinds)) {
    const cursor = done[kind.name];
    if (cursor === null) continue;
    for await (const { items, next = null } of pagesOf(from.store, kind, { stop }, cursor)) {
      // Not `insert`: what a broken-off run has copied beyond its mark is the same again.
      await Promise.all(
        items.map(({ id, value, ...expiry }) => to.store.put(kind, id, value, expiry)),
      );
      done[kind.name] = next;
      await to.store.put(markerCollection, MARKER, { role: 'target', source: from.name, done });
      copied += items.length;
      onProgress('copying', copied, total);
    }
  }
}

/** At one fixed time, so that what expires meanwhile makes no difference. */
async function compareAll(
  { from, to, kinds, stop, now, onProgress }: MigrationParts,
  total: number,
): Promise<Compared[]> {
  const at = now();
  let compared = 0;
  const watch: Watch = {
    stop,
    onProgress(documents) {
      compared += documents;
      onProgress('comparing', compared, 2 * total);
    },
  };
  from.freeze(at);
  to.freeze(at);
  try {
    const result: Compared[] = [];
    for (const kind of moved(kinds)) {
      const [one, other] = await Promise.all([
        digestOf(from.store, kind, watch),
        digestOf(to.store, kind, watch),
      ]);
      result.push({ kind: kind.name, from: one, to: other });
    }
    return result;
  } finally {
    from.freeze(undefined);
    to.freeze(undefined);
  }
}

export function isSame(one: Digest, other: Digest): boolean {
  return one.documents === other.documents && one.checksum === other.checksum;
}

function differenceIn(different: readonly Compared[]): string {
  const kinds = different.map(
    ({ kind, from, to }) => `  ${kind}: ${from.documents} there, ${to.documents} here`,
  );
  return [
    'What was copied is not what is in the source now:',
    ...kinds,
    'Something has changed the source meanwhile. Stop every server and command that uses it, empty the target, and run the migration again.',
  ].join('\n');
}
