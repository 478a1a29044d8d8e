/** Whoever opened a store is told of each document that was met and can't be read. */
import { DamagedDocument, type Collection, type Store } from './store.ts';

export type TellDamaged = (damaged: DamagedDocument) => void;

export function tellDamaged<P extends { damaged?: DamagedDocument[] }>(
  page: P,
  tell: TellDamaged,
): P {
  page.damaged?.forEach(tell);
  return page;
}

/** Of work that rejects with it. */
export async function telling<R>(work: () => Promise<R>, tell: TellDamaged): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DamagedDocument) tell(error);
    throw error;
  }
}

/** Undefined too where it can't be read, which whoever opened the store is told: for what is refused then. */
export async function readOrNone<T>(
  store: Pick<Store, 'get'>,
  collection: Collection<T>,
  id: string,
): Promise<T | undefined> {
  try {
    return await store.get(collection, id);
  } catch (error) {
    if (error instanceof DamagedDocument) return undefined;
    throw error;
  }
}

/** Is there something under that id which can't be read? It is not there to others, and is not to be forgotten. */
export async function isUnreadable(
  store: Pick<Store, 'get'>,
  collection: Collection<any>,
  id: string,
): Promise<boolean> {
  try {
    await store.get(collection, id);
    return false;
  } catch (error) {
    if (error instanceof DamagedDocument) return true;
    throw error;
  }
}
