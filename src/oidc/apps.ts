/** The apps that a person has let in, as the account page lists them and takes their access away. */
import { changePerson, personKind, type Person } from '../accounts/person.ts';
import { eventAbout, type Doing } from '../accounts/telling.ts';
import { adding } from '../audit/posting.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Change, Entry, Store } from '../storage/store.ts';
import { ACCOUNT_CLIENT } from './account-client.ts';
import { grantKey, grantKind } from './adapter.ts';
import { getShownClient } from './client-names.ts';
import { sessionKind, type StoredSession } from './session-record.ts';
import { appsOf, logoutOf, type EndingParts } from './session-ending.ts';
import { livingSessions, type LivingSession } from './sessions.ts';
import type { StoredModel } from './stored-model.ts';

export interface AppShown {
  /** `client_id`. */
  id: string;
  name: string;
  /** The oldest access that still stands, milliseconds since the epoch. */
  since: number;
  /** OAuth scopes, in the order of the alphabet. */
  scopes: string[];
  /** Was the person asked for consent, or is it the organisation's own app, which comes back unasked? */
  firstParty: boolean;
  /** Has it access while the person is signed out (`offline_access`)? */
  offline: boolean;
}

interface ListParts {
  store: Pick<Store, 'get' | 'find'>;
  vault: Vault;
}

/** Those with access now: of a session that is alive, or beyond any. By name. */
export async function listApps(parts: ListParts, person: Person): Promise<AppShown[]> {
  const { store } = parts;
  const held = heldBy(parts, await livingSessions(store, person));
  const standing = (await grantsOf(store, person)).filter(
    ({ id, value }) => isStanding(value, person) && (held.has(id) || isOffline(value)),
  );
  const byClient = Map.groupBy(standing, ({ value }) => value.payload.clientId ?? '');
  const shown = [...byClient].map(([client, grants]) => appShown(store, client, grants));
  const apps = (await Promise.all(shown)).filter((app) => app !== undefined);
  return apps.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/**
 * Takes the access of a client away: its grants and all tokens of them, and its place in the person's
 * sessions, so that a client that asks for consent asks again. `false`: it had none, and nothing was
 * changed.
 */
export async function withdrawAccess(
  parts: EndingParts,
  person: Person,
  client: string,
  doing: Doing,
): Promise<boolean> {
  const { store, poster } = parts;
  if (client === ACCOUNT_CLIENT) return false;
  const grants = (await grantsOf(store, person)).filter(
    ({ value }) => value.payload.clientId === client && isStanding(value, person),
  );
  const gone = await Promise.all(grants.map(({ id }) => store.delete(grantKind, id)));
  const living = await livingSessions(store, person);
  const left = living.map((one) => leaveSession(parts, one, client, doing.now));
  const changed = [...gone, ...(await Promise.all(left))].some(Boolean);
  if (!changed) return false;
  const event = eventAbout(person, doing, { type: 'access.withdrawn', details: { client } });
  await changePerson(store, person.id, (current) => ({
    set: adding(current, event),
    result: undefined,
  }));
  poster.soon(personKind, person.id);
  return true;
}

/** Takes the client out of the session, and its grant there; the app is told that it is signed out. */
async function leaveSession(
  { store, vault, poster }: EndingParts,
  { id }: LivingSession,
  client: string,
  now: number,
): Promise<boolean> {
  const left = await store.update(
    sessionKind,
    id,
    (session): Change<StoredSession, string | undefined> => {
      const state = session && new Map(appsOf(session)).get(client);
      if (!session || session.ended || !state) return { result: undefined };
      const { [client]: _, ...authorizations } = session.payload.authorizations ?? {};
      const payload = { ...session.payload, authorizations };
      const told = adding(session, ...logoutOf(session, client, state, now));
      return { put: { ...session, ...told, payload }, result: state.grantId };
    },
  );
  if (left === undefined) return false;
  poster.soon(sessionKind, id);
  await store.delete(grantKind, grantKey(vault, left));
  return true;
}

/** Of every epoch. */
export async function grantsOf(
  store: Pick<Store, 'find'>,
  { id }: Pick<Person, 'id'>,
): Promise<Entry<StoredModel>[]> {
  const grants: Entry<StoredModel>[] = [];
  let after: string | undefined;
  do {
    const page = await store.find(grantKind, { index: 'person', equals: id, limit: 200, after });
    grants.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return grants;
}

/** The keys of the grants that the sessions use. */
function heldBy({ vault }: ListParts, living: readonly LivingSession[]): ReadonlySet<string> {
  const states = living.flatMap(({ session }) => appsOf(session).map(([, state]) => state));
  return new Set(states.flatMap(({ grantId }) => (grantId ? grantKey(vault, grantId) : [])));
}

function isStanding({ epoch }: StoredModel, person: Person): boolean {
  return person.active && epoch === person.epoch;
}

function scopesOf({ payload }: StoredModel): string[] {
  const { openid } = payload as { openid?: { scope?: string } };
  return (openid?.scope ?? '').split(' ').filter((scope) => scope !== '');
}

const isOffline = (grant: StoredModel): boolean => scopesOf(grant).includes('offline_access');

async function appShown(
  store: Pick<Store, 'get' | 'find'>,
  id: string,
  grants: readonly Entry<StoredModel>[],
): Promise<AppShown | undefined> {
  const client = await getShownClient(store, id);
  if (!client || id === ACCOUNT_CLIENT) return undefined;
  const values = grants.map(({ value }) => value);
  return {
    id,
    name: client.name,
    since: Math.min(...values.map(({ payload }) => (payload.iat ?? 0) * 1000)),
    scopes: [...new Set(values.flatMap(scopesOf))].toSorted(),
    firstParty: client.firstParty,
    offline: values.some(isOffline),
  };
}
