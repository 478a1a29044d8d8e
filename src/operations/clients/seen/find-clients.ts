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
import type { Vault } from '../../../secrets/vault.ts';
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
    /** A part of its name or id, or of one of its redirect URIs for those who see them. */
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
  { store, vault }: { store: Clients; vault: Pick<Vault, 'seal' | 'open'> },
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
      hasFields(client, query, isAll ? performed.now : null);
    const read = async (from: ClientRecord[]): Promise<ListedClient[]> =>
      withRefusals(store, from.filter(fits), isAll ? performed.now : null);
    const after = query.after && (await opened(vault, query.after));
    const page = await fromCursor(after, (from) => pageFrom(store, query, read, from));
    const { next } = page;
    return next === undefined ? page : { ...page, next: await vault.seal(PURPOSE, '', next) };
  });
}

/** What is read last may be nobody's whom it is shown to, and the cursor names it. */
const PURPOSE = 'page of clients';

/** Undefined for one of nobody's making. */
async function opened(vault: Pick<Vault, 'open'>, after: string): Promise<string | undefined> {
  try {
    return await vault.open(PURPOSE, '', after);
  } catch {
    return undefined;
  }
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

/** `now`: null for those who see neither its addresses nor its secrets, and are not told by what they search for. */
function hasFields(client: ClientRecord, query: ClientsQuery, now: number | null): boolean {
  const { kind, state, q } = query;
  if (kind !== undefined && client.kind !== kind) return false;
  if (state === 'third-party' && client.firstParty) return false;
  if (state === 'ending' && (now === null || !isEnding(client, now))) return false;
  if (q === undefined) return true;
  const part = foldedName(q);
  const uris = now === null ? [] : client.redirectUris;
  return [foldedName(client.name), client.id, ...uris].some((text) => text.includes(part));
}

function isEnding({ secrets }: ClientRecord, now: number): boolean {
  return secrets.some((one) => isUsable(one, now) && one.expiresAt !== null);
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
