/**
 * A process of one version on a store. Its arguments: the store's options as JSON, and which version it is; over IPC
 * it is told what to do, and answers with what became of it, and with the news of its indexes by themselves.
 */
import type { StoreOptions } from '../../../src/storage/options.ts';
import { openStore } from '../../../src/storage/open.ts';
import type { Query } from '../../../src/storage/store.ts';
import { VERSIONS, type Thing, type Version } from './kinds.ts';

export type Order =
  { put: [id: string, thing: Thing][] } | { remove: string } | { find: Query } | { close: true };

const [, , options = '', version = 'old'] = process.argv;
const kind = VERSIONS[version as Version];
const store = await openStore(JSON.parse(options) as StoreOptions, [kind], {
  now: Date.now,
  version,
  fill: 'later',
  lapsedAfter: 3_000,
  onIndexes: (news) => process.send?.({ news }),
});

process.on('message', async (order: Order) => {
  try {
    process.send?.({ done: await obey(order) });
  } catch (error) {
    process.send?.({ done: String(error) });
  }
});
process.send?.({ done: 'open' });

async function obey(order: Order): Promise<unknown> {
  if ('put' in order)
    return Promise.all(order.put.map(([id, thing]) => store.put(kind, id, thing))).then(
      () => 'put',
    );
  if ('remove' in order) return store.delete(kind, order.remove);
  if ('find' in order) {
    const { items, next } = await store.find(kind, order.find);
    return { ids: items.map(({ id }) => id), next };
  }
  await store.close();
  process.send?.({ done: 'closed' }, () => process.disconnect());
  return new Promise(() => {});
}
