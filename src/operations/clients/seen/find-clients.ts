/** Clients by their names, page by page, searched and filtered: all, or those that concern one organisation. */
import { z } from 'zod';
import type { Performed } from '../../../audit/performed.ts';
import { readClient } from '../../../oidc/clients/clients.ts';
import {
  clientRefusalsCollection,
  REFUSALS_KEPT,
} from '../../../oidc/clients/refusals/client-refusals.ts';
import { isUsable } from '../../../oidc/clients/secrets/secrets.ts';
import { CLIENT_KINDS, clientCollection, type ClientRecord } from '../../../records/client.ts';
import { resultOf, type Result } from '../../../result.ts';
import { fromCursor } from '../../../storage/pages.ts';
import type { Store } from '../../../storage/store.ts';
import { foldedName } from '../../../text/printable.ts';
import { checkOrganisations } from '../../organisations/check-organisations.ts';
import { boundedText } from '../../input.ts';
import { reach } from '../../permission.ts';
import { concerns } from './show-client.ts';

/** `refused`: with refused requests; `ending`: an old secret goes on beside the new one. */
export const CLIENT_STATES = ['refused', 'ending', 'third-party'] as const;

export const clientsQuery = z
  .object({
    /** A part of its name, id or of one of its redirect URIs. */
    q: z.string().max(300),
    kind: z.enum(CLIENT_KINDS),
    /** Open to that one (its id). */
    organisation: boundedText,
    state: z.enum(CLIENT_STATES),
    after: z.string().max(2000),
  })
  .partial();
export type ClientsQuery = z.output<typeof clientsQuery>;

export interface ListedClient {
  client: ClientRecord;
  /** How many requests of it were refused in the last 30 days; 0 for those who may not look at them. */
  refused: number;
}

export interface ClientsPage {
  clients: ListedClient[];
  /** Give this as `after` to go on; absent at the end. A page may be empty, and have one. */
  next?: string;
}

/** A page has at most twice as many less one. */
export const CLIENTS_PAGE = 20;
/** Clients that a page costs at most. */
const MOST_READ = 2000;

type Clients = Pick<Store, 'get' | 'getMany' | 'find'>;

/** Problems: `organisation-unknown`, and those of who may. */
export function findClients(
  { store }: { store: Clients },
  performed: Performed,
  query: ClientsQuery,
): Promise<Result<ClientsPage>> {
  return resultOf(async () => {
    const organisation = await reach(store, performed, 'client.list', query.organisation);
    await checkOrganisations(store, query.organisation === undefined ? [] : [query.organisation]);
    const isAll = (await reach(store, performed, 'client.list', undefined)) === null;
    const fits = (client: ClientRecord): boolean =>
      concerns(client, isAll ? null : organisation) &&
      (organisation === null || (client.organisations?.includes(organisation) ?? true)) &&
      hasFields(client, query, performed.now);
    const read = async (from: ClientRecord[]): Promise<ListedClient[]> =>
      withRefusals(store, from.filter(fits), isAll ? performed.now : null);
    return fromCursor(query.after, (from) => pageFrom(store, query, read, from));
  });
}

async function pageFrom(
  store: Clients,
  { state }: ClientsQuery,
  read: (clients: ClientRecord[]) => Promise<ListedClient[]>,
  from: string | undefined,
): Promise<ClientsPage> {
  const clients: ListedClient[] = [];
  let after = from;
  for (let left = MOST_READ; left > 0 && clients.length < CLIENTS_PAGE; left -= CLIENTS_PAGE) {
    const page = await store.find(clientCollection, { index: 'name', limit: CLIENTS_PAGE, after });
    const found = await read(page.items.map(({ value }) => readClient(value)));
    clients.push(...found.filter(({ refused }) => state !== 'refused' || refused > 0));
    if (page.next === undefined) return { clients };
    after = page.next;
  }
  return { clients, ...(after === undefined ? {} : { next: after }) };
}

function hasFields(client: ClientRecord, query: ClientsQuery, now: number): boolean {
  const { kind, state, q } = query;
  if (kind !== undefined && client.kind !== kind) return false;
  if (state === 'third-party' && client.firstParty) return false;
  if (state === 'ending' && !client.secrets.some((one) => isUsable(one, now) && one.expiresAt))
    return false;
  if (q === undefined) return true;
  const part = foldedName(q);
  return [foldedName(client.name), client.id, ...client.redirectUris].some((text) =>
    text.includes(part),
  );
}

/** `now`: null for those who may not look at them. */
async function withRefusals(
  store: Pick<Store, 'getMany'>,
  clients: readonly ClientRecord[],
  now: number | null,
): Promise<ListedClient[]> {
  if (now === null) return clients.map((client) => ({ client, refused: 0 }));
  const kept = await store.getMany(
    clientRefusalsCollection,
    clients.map(({ id }) => id),
  );
  return clients.map((client) => {
    const of = kept.get(client.id);
    const isOwn = of?.registration === (client.registration ?? null);
    const fresh = isOwn ? of.refusals.filter(({ lastAt }) => now - lastAt < REFUSALS_KEPT) : [];
    return { client, refused: fresh.reduce((sum, { count }) => sum + count, 0) };
  });
}
