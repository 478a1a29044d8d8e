/** What an upgrade changes in the indexes of a store, who uses it, and dropping what no version needs. */
import type { Collection } from '../store.ts';
import { declaredBy, namesIn, partsOf, spoils } from './declared.ts';
import { namesThere, type Engine } from './engine.ts';
import { readState, spoil } from './state.ts';
import { usersOf, type StoreUser } from './users.ts';

export interface IndexPlan {
  /** Declared, and not ready. `documents`: of their collection, about. */
  missing: { name: string; documents: number }[];
  /** There, and not declared: an older version may need them, should it come back. */
  unused: string[];
  /** Versions are let in that drop at their start what they do not declare, unseen by others. */
  admitsFormer: boolean;
  /** Who has said last that they use it; those that were killed too. */
  users: StoreUser[];
}

/** The store is opened without collections. Nothing is changed. */
export async function indexPlan(
  engine: Engine,
  collections: readonly Collection<any>[],
): Promise<IndexPlan> {
  const declared = declaredBy(collections);
  const layout = await engine.indexes.layout({ count: true });
  const present = namesThere(layout);
  const ready = new Set((await readState(engine))?.ready ?? present);
  const missing = namesIn(declared).flatMap((name) => {
    const kept = layout.get(partsOf(name).collection);
    // What is not there at all is made with its indexes.
    return ready.has(name) || kept === undefined ? [] : [{ name, documents: kept.documents }];
  });
  const unused = present.filter((name) => spoils(declared, name));
  const users = (await usersOf(engine)).map(({ value }) => value);
  return { missing, unused, users, admitsFormer: await engine.indexes.admitsFormer() };
}

/** From then on a version that declares them looks at every document, and fills them again. */
export async function dropIndexes(engine: Engine, names: readonly string[]): Promise<void> {
  await spoil(engine, (name) => names.includes(name));
  for (const name of names) {
    const { collection, index } = partsOf(name);
    await engine.indexes.drop(collection, index);
  }
}
