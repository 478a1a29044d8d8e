/**
 * How people are told which client it is: by its name, with its id where another client is called the
 * same. Names are the administrator's own, and may be given twice (two installations of one app).
 */
import type { Store } from '../../storage/store.ts';
import { foldedName } from '../../text/printable.ts';
import { clientCollection, type ClientRecord } from '../../records/client.ts';
import { halfSecond } from '../../timing/half-second.ts';
import { getClient } from './clients.ts';

type Named = Pick<ClientRecord, 'id' | 'name'>;

/** Ids of the others that are called the same, as people read it; ten at most. */
export async function namesakes(store: Pick<Store, 'find'>, client: Named): Promise<string[]> {
  return othersOf(client, await idsCalled(store, foldedName(client.name)));
}

async function idsCalled(store: Pick<Store, 'find'>, folded: string): Promise<string[]> {
  const { items } = await store.find(clientCollection, {
    index: 'name',
    equals: folded,
    limit: 11,
  });
  return items.map(({ id }) => id);
}

const othersOf = ({ id }: Named, ids: readonly string[]): string[] =>
  ids.filter((other) => other !== id);

/** Its name, or `Name (id)`. */
export async function clientLabel(store: Pick<Store, 'find'>, client: Named): Promise<string> {
  return labelOf(client, await namesakes(store, client));
}

function labelOf({ id, name }: Named, others: readonly string[]): string {
  return others.length === 0 ? name : `${name} (${id})`;
}

/** The same for pages that many see, as of the last half second (timing/half-second.ts). */
export type ClientLabel = (client: Named) => Promise<string>;

export function createClientLabel(store: Pick<Store, 'find'>, now: () => number): ClientLabel {
  const called = halfSecond({ read: (folded) => idsCalled(store, folded), now, most: 1000 });
  return async (client) => labelOf(client, othersOf(client, await called(foldedName(client.name))));
}

/** The name that people are told of a `client_id`; null: there is no such client. */
export function shownNames(store: Pick<Store, 'get' | 'find'>) {
  return async (id: string): Promise<string | null> =>
    (await getShownClient(store, id))?.name ?? null;
}

/** As `getClient`, called as people are told. */
export async function getShownClient(
  store: Pick<Store, 'get' | 'find'>,
  id: string,
): Promise<ClientRecord | undefined> {
  const client = await getClient(store, id);
  return client && { ...client, name: await clientLabel(store, client) };
}
