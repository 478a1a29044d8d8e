/** From an engine to the store that is handed out. */
import type { StoreParts } from '../options.ts';
import type { Collection } from '../store.ts';
import type { Engine } from './engine.ts';
import { stateCollection } from './state.ts';
import { LAPSED_AFTER, userCollection } from './users.ts';
import { versionedStore, type VersionedStore } from './versioned-store.ts';
import { IndexVersions } from './versions.ts';

/** With those that are the storage's own: which indexes are ready, and who writes. */
export function withOwn(collections: readonly Collection<any>[]): readonly Collection<any>[] {
  return [...collections, stateCollection, userCollection];
}

/** What is missing and may be filled now is, before this resolves. The engine is closed when it rejects. */
export async function besideOthers(
  engine: Engine,
  collections: readonly Collection<any>[],
  { now, version, fill = 'once', lapsedAfter = LAPSED_AFTER, onIndexes = () => {} }: StoreParts,
): Promise<VersionedStore> {
  const parts = { now, version, fill, lapsedAfter, onNews: onIndexes };
  const versions = new IndexVersions(engine, collections, parts);
  try {
    await versions.begin();
    return versionedStore(engine, versions);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
