/**
 * Moves an installation from one store to another: copies every document, compares both sides, and
 * only then lets the new one be used. It may be broken off anywhere and run again. This folder owns
 * the marks that both stores carry meanwhile (marker.ts).
 */
import { installationCollection } from './installation.ts';
import type { Change, Collection, Store } from '../storage/store.ts';
import { copyCollection } from './copy.ts';
import { digestOf, type Digest, type Reading } from './digest.ts';
import { createPatient, type Patience, type Patient } from './patient.ts';
import { MARKER, markerCollection, requireSettled, type Marker } from './marker.ts';

/** A store and its name, which shows no password. */
export interface Side {
  store: Store;
  name: string;
  /** Sets the time that expiry is judged at, milliseconds since the epoch; undefined: the present. */
  freeze(at: number | undefined): void;
}

export interface MigrationParts extends Patience {
  from: Side;
  to: Side;
  kinds: readonly Collection<any>[];
  /** Waits until every server has noticed that its store is being moved; the mark is there. */
  settled?(): Promise<void>;
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

interface Moving extends MigrationParts {
  patient: Patient;
}

/**
 * Answers what both sides hold, kind by kind. Throws with a message for the operator when the source
 * is none, the target holds something else, or they differ in the end; with the reason of `stop` when
 * that was aborted.
 */
export async function migrate(given: MigrationParts): Promise<Compared[]> {
  const parts = { ...given, patient: createPatient(given) };
  const { from, to, patient } = parts;
  await patient.ask(() => requireSource(parts));
  const come = await claimTarget(parts);
  await patient.ask(() => markSource(parts));
  await parts.settled?.();
  const { all, left } = await countAll(parts, come);
  await copyAll(parts, come, left);
  const compared = await compareAll(parts, all);
  const different = compared.filter(({ from: one, to: other }) => !isSame(one, other));
  if (different.length > 0) throw new Error(differenceIn(different));
  // In this order: broken off in between, neither can be used until it is run again.
  await patient.ask(() => leave(parts));
  await patient.ask(() => to.store.delete(markerCollection, MARKER));
  return compared;

  function markSource({ now }: MigrationParts): Promise<void> {
    const marker = { role: 'source', target: to.name, state: 'moving', at: now() } as const;
    return from.store.put(markerCollection, MARKER, marker);
  }
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
  const { items } = await from.store.readStored(installationCollection, { limit: 1 });
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

/** How far it has come. */
type Come = Pick<Extract<Marker, { role: 'target' }>, 'done'> & { copied: Record<string, number> };

/** Answers how far an earlier run has come. */
async function claimTarget({ from, to, kinds, patient }: Moving): Promise<Come> {
  const marker = await patient.ask(() => to.store.get(markerCollection, MARKER));
  if (marker?.role === 'target' && marker.source === from.name)
    return { done: marker.done, copied: marker.copied ?? {} };
  if (marker?.role === 'target')
    throw new Error(`${to.name} holds an unfinished migration from ${marker.source}.`);
  const full = await someAtOnce(kinds, async (kind) => {
    const { items } = await patient.ask(() => to.store.readStored(kind, { limit: 1 }));
    return items.length > 0 ? [kind.name] : [];
  });
  const [name] = full.flat();
  if (name !== undefined)
    throw new Error(
      `${to.name} is not empty (it has "${name}"). A migration goes into an empty store only.`,
    );
  const claimed: Marker = { role: 'target', source: from.name, done: {} };
  if (!(await to.store.insert(markerCollection, MARKER, claimed)))
    throw new Error(`Another migration into ${to.name} has just begun.`);
  return { done: {}, copied: {} };
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
  { from, kinds, patient }: Moving,
  { done, copied }: Come,
): Promise<{ all: number; left: number }> {
  let [all, left] = [0, 0];
  for (const kind of moved(kinds)) {
    const count = await patient.ask(() => from.store.count(kind));
    all += count;
    if (done[kind.name] !== null) left += Math.max(0, count - (copied[kind.name] ?? 0));
  }
  return { all, left };
}

async function copyAll(parts: Moving, come: Come, total: number): Promise<void> {
  const { from, to, kinds, patient, stop, onProgress } = parts;
  const notes = noteOf(parts, come);
  let now = 0;
  const copy = async (kind: Collection<any>, cursor: string | undefined): Promise<void> => {
    const onCopied = async (documents: number, next: string | null): Promise<void> => {
      come.done[kind.name] = next;
      come.copied[kind.name] = (come.copied[kind.name] ?? 0) + documents;
      await notes.fromTimeToTime();
      now += documents;
      onProgress('copying', now, Math.max(now, total));
      stop.throwIfAborted();
    };
    await copyCollection({ from: from.store, to: to.store, patient, onCopied }, kind, cursor);
  };
  try {
    for (const kind of moved(kinds)) {
      const cursor = come.done[kind.name];
      if (cursor !== null) await copy(kind, cursor);
    }
  } catch (error) {
    // Once: what has failed may be that store.
    await notes.once().catch(() => {});
    throw error;
  }
  await patient.ask(notes.once);
}

/** Writes down how far it has come. */
function noteOf({ from, to, patient }: Moving, { done, copied }: Come) {
  const put: Marker = { role: 'target', source: from.name, done, copied };
  const once = (): Promise<void> =>
    to.store.update(markerCollection, MARKER, () => ({ put, result: undefined }));
  let notedAt = performance.now();
  return {
    once,
    async fromTimeToTime(): Promise<void> {
      if (performance.now() - notedAt < SAVE_EVERY) return;
      await patient.ask(once);
      notedAt = performance.now();
    },
  };
}

/** Milliseconds between two notes of how far it is: so much is copied once more where it was broken off. */
const SAVE_EVERY = 500;
/** Kinds that are looked at together: most have little or nothing, and waiting is what each costs. */
const KINDS_AT_ONCE = 8;

/** In the order of `kinds`; nothing is begun any more when one has failed. */
async function someAtOnce<R>(
  kinds: readonly Collection<any>[],
  work: (kind: Collection<any>) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < kinds.length; at += KINDS_AT_ONCE)
    results.push(...(await Promise.all(kinds.slice(at, at + KINDS_AT_ONCE).map(work))));
  return results;
}

/** At one fixed time, so that what expires meanwhile makes no difference. */
async function compareAll(
  { from, to, kinds, patient, now, onProgress }: Moving,
  total: number,
): Promise<Compared[]> {
  const at = now();
  let compared = 0;
  const reading: Reading = {
    patient,
    onProgress(documents) {
      compared += documents;
      onProgress('comparing', compared, 2 * total);
    },
  };
  from.freeze(at);
  to.freeze(at);
  try {
    return await someAtOnce(moved(kinds), async (kind): Promise<Compared> => {
      const [one, other] = await Promise.all([
        digestOf(from.store, kind, reading),
        digestOf(to.store, kind, reading),
      ]);
      return { kind: kind.name, from: one, to: other };
    });
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
