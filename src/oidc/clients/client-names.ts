/**
 * How people are told which client it is: by its name, with its id where another client is called the
 * same. Names are the administrator's own, and may be given twice (two installations of one app).
 */
import type { Store } from '../../storage/store.ts';
import { foldedName } from '../../text/printable.ts';
import { clientCollection, type ClientRecord } from '../../records/client.ts';
import { getClient } from './clients.ts';

/** Ids of the others that are called the same, as people read it; ten at most. */
export async function namesakes(
  store: Pick<Store, 'find'>,
  { id, name }: Pick<ClientRecord, 'id' | 'name'>,
): Promise<string[]> {
  const query = { index: 'name', equals: foldedName(name), limit: 11 };
  const { items } = await store.find(clientCollection, query);
  return items.map((item) => item.id).filter((other) => other !== id);
}

/** Its name, or `Name (id)`. */
export async function clientLabel(
  store: Pick<Store, 'find'>,
  client: Pick<ClientRecord, 'id' | 'name'>,
): Promise<string> {
  const others = await namesakes(store, client);
  return others.length === 0 ? client.name : `${client.name} (${client.id})`;
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
