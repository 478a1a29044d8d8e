/** The apps that a person has let in, as the account page lists them. */
import { withOrganisation } from '../../oidc/authorization/with-organisation.ts';
import type { Subject } from '../../policy/assurance.ts';
import type { Person } from '../../records/person.ts';
import type { Vault } from '../../secrets/vault.ts';
import { entries } from '../../storage/pages.ts';
import type { Entry, Store } from '../../storage/store.ts';
import { isOwnClient } from '../../oidc/clients/own/own-clients.ts';
import { grantKeys } from '../../oidc/adapters/adapter-parts.ts';
import { grantCollection, type StoredModel } from '../../records/stored-model.ts';
import { getShownClient } from '../../oidc/clients/client-names.ts';
import type { ClientRecord } from '../../records/client.ts';
import { clientMetadata } from '../../oidc/clients/clients.ts';
import type { Consent } from '../../records/consent.ts';
import { consentsOf, holds } from '../../oidc/authorization/consents.ts';
import { appsOf } from '../../oidc/logout/session-ending.ts';
import { livingSessions, type LivingSession } from './sessions.ts';
import { spaceDelimited } from '../../oidc/space-delimited.ts';

export interface AppShown {
  /** `client_id`. */
  id: string;
  name: string;
  /** The oldest access or consent that still stands, milliseconds since the epoch. */
  since: number;
  /** To within a day, milliseconds since the epoch; null: not since it was allowed. */
  lastUsedAt: number | null;
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
  store: Pick<Store, 'get' | 'getMany' | 'find'>;
  vault: Vault;
}

/**
 * Those with access now, of a session that is alive or beyond any, and those that the person has
 * consented to, as they would get access again unasked. By name.
 */
export async function listApps(parts: ListParts, person: Person): Promise<AppShown[]> {
  const { store } = parts;
  const who = await withOrganisation(store, person);
  const held = heldBy(parts, await livingSessions(store, person));
  const all = await grantsOf(store, person);
  const standing = all.filter(
    ({ id, value }) => isStanding(value, person) && (held.has(id) || isOffline(value)),
  );
  const grants = Map.groupBy(standing, ({ value }) => value.payload.clientId ?? '');
  const consents = new Map(
    (await consentsOf(store, person)).map(({ value }) => [value.client, value]),
  );
  const clients = new Set([...grants.keys(), ...consents.keys()]);
  const shown = [...clients].map((client) =>
    appShown(store, who, client, {
      grants: grants.get(client) ?? [],
      found: consents.get(client),
      lastUsedAt: lastUseOf(all.filter(({ value }) => value.payload.clientId === client)),
    }),
  );
  const apps = (await Promise.all(shown)).filter((app) => app !== undefined);
  return apps.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
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
  return new Set(states.flatMap(({ grantId }) => (grantId ? grantKeys(vault, grantId) : [])));
}

/** Of the person's present epoch. */
export function isStanding({ epoch }: StoredModel, person: Person): boolean {
  return person.active && epoch === person.epoch;
}

function scopesOf({ payload }: StoredModel): string[] {
  const { openid } = payload as { openid?: { scope?: string } };
  return spaceDelimited(openid?.scope);
}

const isOffline = (grant: StoredModel): boolean => scopesOf(grant).includes('offline_access');

async function appShown(
  store: Pick<Store, 'get' | 'getMany' | 'find'>,
  who: Subject,
  id: string,
  {
    grants,
    found,
    lastUsedAt,
  }: {
    grants: readonly Entry<StoredModel>[];
    found: Consent | undefined;
    lastUsedAt: number | null;
  },
): Promise<AppShown | undefined> {
  const client = await getShownClient(store, id);
  if (!client || isOwnClient(id)) return undefined;
  const consent = found && consentNow(found, who, client);
  const values = grants.map(({ value }) => value);
  if (values.length === 0 && !consent) return undefined;
  const times = values.map(({ payload }) => (payload.iat ?? 0) * 1000);
  return {
    id,
    name: client.name,
    since: Math.min(...times, consent?.grantedAt ?? Infinity),
    lastUsedAt,
    scopes: [...new Set([...values.flatMap(scopesOf), ...(consent?.scopes ?? [])])].toSorted(),
    ...(values.length === 0 ? { asleep: true as const } : {}),
    firstParty: client.firstParty,
    offline: values.some(isOffline),
  };
}

/** Those of sessions that have ended tell it too, as long as they are kept. */
function lastUseOf(grants: readonly Entry<StoredModel>[]): number | null {
  const uses = grants.map(({ value: { usedAt = 0, payload } }) =>
    Math.max(usedAt, (payload.iat ?? 0) * 1000),
  );
  return uses.length > 0 ? Math.max(...uses) : null;
}

/** Of a client that is first party by now nobody asks for it. */
function consentNow(found: Consent, who: Subject, client: ClientRecord): Consent | undefined {
  const isAsked = !client.firstParty && holds(found, { ...who, client: clientMetadata(client) });
  return isAsked ? found : undefined;
}
