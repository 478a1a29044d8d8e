/** Which indexes a version declares, and what that means for those of another one. */
import type { Collection } from '../store.ts';

/** By the name of the collection: names of its indexes. One that is not in it is unknown, and never written. */
export type Declared = Readonly<Record<string, readonly string[]>>;

export function declaredBy(collections: readonly Collection<any>[]): Declared {
  return Object.fromEntries(
    collections.map(({ name, indexes }) => [name, Object.keys(indexes)] as const),
  );
}

/** The name of an index among all: no name of a collection or an index has a point in it. */
export const fullName = (collection: string, index: string): string => `${collection}.${index}`;

export function partsOf(name: string): { collection: string; index: string } {
  const [collection = '', index = ''] = name.split('.');
  return { collection, index };
}

export function namesIn(declared: Declared): string[] {
  return Object.entries(declared).flatMap(([collection, indexes]) =>
    indexes.map((index) => fullName(collection, index)),
  );
}

/** Does whoever declares that write documents that are then missing in the index? */
export function spoils(declared: Declared, name: string): boolean {
  const { collection, index } = partsOf(name);
  const own = Object.hasOwn(declared, collection) ? declared[collection] : undefined;
  return own !== undefined && !own.includes(index);
}
