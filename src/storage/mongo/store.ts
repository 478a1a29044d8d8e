/** The MongoDB engine. */
import type { StoreOptions, StoreParts } from '../open.ts';
import type { Kind, Store } from '../store.ts';

export async function openMongoStore(
  _options: Extract<StoreOptions, { engine: 'mongodb' }>,
  _kinds: readonly Kind<any>[],
  _parts: StoreParts,
): Promise<Store> {
  throw new Error('not there yet');
}
