/** The apps that a person has let in, as the account page lists them and takes their access away. */
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import type { Vault } from '../../secrets/vault.ts';
import { entries } from '../../storage/pages.ts';
import type { Change, Entry, Store } from '../../storage/store.ts';
import { ACCOUNT_CLIENT } from '../../oidc/clients/account-client.ts';
import { grantKey, grantCollection } from '../../oidc/adapters/adapter.ts';
import { getShownClient } from '../../oidc/clients/client-names.ts';
import type { ClientRecord } from '../../records/client.ts';
import { clientMetadata } from '../../oidc/clients/clients.ts';
import { consentId, consentCollection, type Consent } from '../../records/consent.ts';
import { consentsOf, endConsent, holds } from '../../oidc/authorization/consents.ts';
import { sessionCollection, type StoredSession } from '../../records/session.ts';
import { appsOf, logoutOf, type EndingParts } from '../../oidc/logout/session-ending.ts';
import { livingSessions, type LivingSession } from './sessions.ts';
import { spaceDelimited } from '../../oidc/space-delimited.ts';
import type { StoredModel } from '../../records/stored-model.ts';

export interface AppShown {
  /** `client_id`. */
  id: string;
  name: string;
  /** The oldest access or consent that still stands, milliseconds since the epoch. */
  since: number;
  /** OAuth scopes, in the order of the alphabet. */
  scopes: string[];
  /** It has no access now; the person has consented, so that it gets access again without a question. */
  asleep?: true;
  /** Was the person asked for consent, or is it the organisation's own app, which comes back unasked? */
  firstParty: boolean;
  /** Has it access while the person is signed out (`offline_access`)? */
  offline: boolean;
}

interface ListParts {
  store: Pick<Store, 'get' | 'find'>;
  vault: Vault;
}

/**
 * Those with access now, of a session that is alive or beyond any, and those that the person has
 * consented to, as they would get access again unasked. By name.
 */
export async function listApps(parts: ListParts, person: Person): Promise<AppShown[]> {
  const { store } = parts;
  const held = heldBy(parts, await livingSessions(store, person));
  const standing = (await grantsOf(store, person)).filter(
    ({ id, value }) => isStanding(value, person) && (held.has(id) || isOffline(value)),
  );
  const grants = Map.groupBy(standing, ({ value }) => value.payload.clientId ?? '');
  const consents = new Map(
    (await consentsOf(store, person)).map(({ value }) => [value.client, value]),
  );
  const clients = new Set([...grants.keys(), ...consents.keys()]);
  const shown = [...clients].map((client) =>
    appShown(store, person, client, grants.get(client) ?? [], consents.get(client)),
  );
  const apps = (await Promise.all(shown)).filter((app) => app !== undefined);
  return apps.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/**
 * Takes the access of a client away: the consent first, so that nothing is granted anew meanwhile, then
 * its grants and all tokens of them, and its place in the person's sessions. `false`: it had none, and
 * nothing was changed.
 */
export async function withdrawAccess(
  parts: EndingParts,
  person: Person,
  client: string,
  performed: Performed,
): Promise<boolean> {
  const { store, relay } = parts;
  if (client === ACCOUNT_CLIENT) return false;
  const { event } = eventAbout(person, performed, {
    type: 'access.withdrawn',
    details: { client },
  });
  const consent = consentId(person.id, client);
  const isTold = await endConsent(store, consent, event);
  if (isTold) relay.soon(consentCollection, consent);
  const grants = (await grantsOf(store, person)).filter(
    ({ value }) => value.payload.clientId === client && isStanding(value, person),
  );
  const gone = await Promise.all(grants.map(({ id }) => store.delete(grantCollection, id)));
  const living = await livingSessions(store, person);
  const left = living.map((one) => leaveSession(parts, one, client, performed.now));
  const changed = [...gone, ...(await Promise.all(left))].some(Boolean);
  if (isTold || !changed) return isTold;
  await changePerson(store, person.id, (current) => ({
    set: withMessages(current, { event }),
    result: undefined,
  }));
  relay.soon(personCollection, person.id);
  return true;
}

/** Takes the client out of the session, and its grant there; the app is told that it is signed out. */
async function leaveSession(
  { store, vault, relay }: EndingParts,
  { id }: LivingSession,
  client: string,
  now: number,
): Promise<boolean> {
  const left = await store.update(
    sessionCollection,
    id,
    (session): Change<StoredSession, string | undefined> => {
      const state = session && new Map(appsOf(session)).get(client);
      if (!session || session.ended || !state) return { result: undefined };
      const { [client]: _, ...authorizations } = session.payload.authorizations ?? {};
      const payload = { ...session.payload, authorizations };
      const told = withMessages(session, ...logoutOf(session, client, state, now));
      return { put: { ...session, ...told, payload }, result: state.grantId };
    },
  );
  if (left === undefined) return false;
  relay.soon(sessionCollection, id);
  await store.delete(grantCollection, grantKey(vault, left));
  return true;
}

/** Of every epoch. */
export async function grantsOf(
  store: Pick<Store, 'find'>,
  { id }: Pick<Person, 'id'>,
): Promise<Entry<StoredModel>[]> {
  const query = { index: 'person', equals: id, limit: 200 };
  return Array.fromAsync(entries((after) => store.find(grantCollection, { ...query, after })));
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
  return spaceDelimited(openid?.scope);
}

const isOffline = (grant: StoredModel): boolean => scopesOf(grant).includes('offline_access');

async function appShown(
  store: Pick<Store, 'get' | 'find'>,
  person: Person,
  id: string,
  grants: readonly Entry<StoredModel>[],
  found: Consent | undefined,
): Promise<AppShown | undefined> {
  const client = await getShownClient(store, id);
  if (!client || id === ACCOUNT_CLIENT) return undefined;
  const consent = found && consentNow(found, person, client);
  const values = grants.map(({ value }) => value);
  if (values.length === 0 && !consent) return undefined;
  const times = values.map(({ payload }) => (payload.iat ?? 0) * 1000);
  return {
    id,
    name: client.name,
    since: Math.min(...times, consent?.grantedAt ?? Infinity),
    scopes: [...new Set([...values.flatMap(scopesOf), ...(consent?.scopes ?? [])])].toSorted(),
    ...(values.length === 0 ? { asleep: true as const } : {}),
    firstParty: client.firstParty,
    offline: values.some(isOffline),
  };
}

/** Of a client that is first party by now nobody asks for it. */
function consentNow(found: Consent, person: Person, client: ClientRecord): Consent | undefined {
  const isAsked = !client.firstParty && holds(found, { person, client: clientMetadata(client) });
  return isAsked ? found : undefined;
}
