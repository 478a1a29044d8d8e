/** A person's sessions, as the account page lists them. */
import type { Person } from '../../records/person.ts';
import type { Vault } from '../../secrets/vault.ts';
import { pages } from '../../storage/pages.ts';
import type { Entry, Store } from '../../storage/store.ts';
import { getShownClient } from '../../oidc/clients/client-names.ts';
import { formerProofs, isAliveFor } from '../../oidc/adapters/proofs.ts';
import {
  isSessionKey,
  sessionCollection,
  type SignInPlace,
  type StoredSession,
} from '../../records/session.ts';
import { appsOf } from '../../oidc/logout/session-ending.ts';

/** All times are milliseconds since the epoch. */
export interface SessionShown {
  /** The key that it is kept by: opens nothing, and tells neither its cookie nor its `uid`. */
  id: string;
  /** Such as `Firefox on Windows`. */
  browser: string;
  /** That it was signed in from; see SignInPlace. */
  address: string;
  signedInAt: number;
  /** At an app, to within five minutes. */
  lastUsedAt: number;
  /** Is it the one that asks? */
  current: boolean;
  /** Names of the apps that it has been signed in to. */
  apps: string[];
}

export interface LivingSession {
  id: string;
  session: StoredSession;
  signedIn: SignInPlace;
}

type ListParts = { store: Pick<Store, 'get' | 'find'>; vault: Vault };

/** Those that are alive, last used first. `currentUid`: of the session that asks. */
export async function listSessions(
  parts: ListParts,
  person: Person,
  currentUid: string,
): Promise<SessionShown[]> {
  const living = await livingSessions(parts.store, person);
  const names = await appNames(parts.store, living);
  const shown = living.map(({ id, session, signedIn }) => ({
    id,
    browser: signedIn.browser,
    address: signedIn.address,
    signedInAt: signedIn.at,
    lastUsedAt: Math.max(session.usedAt ?? 0, signedIn.at),
    current: isSessionKey(parts.vault, currentUid, id),
    apps: appsOf(session).flatMap(([client]) => names.get(client) ?? []),
  }));
  return shown.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
}

/** Of the person's present epoch, not ended and not expired. */
export async function livingSessions(
  store: Pick<Store, 'get' | 'find'>,
  person: Person,
): Promise<LivingSession[]> {
  const living: LivingSession[] = [];
  const query = { index: 'person', equals: person.id, limit: 200 };
  for await (const { items } of pages((after) =>
    store.find(sessionCollection, { ...query, after }),
  )) {
    const alive = items.filter(({ value }) => isAliveFor(value, person));
    living.push(...(await Promise.all(alive.map((found) => withPlace(store, found, person)))));
  }
  return living;
}

/** Where an older version has not written it down. */
const UNKNOWN: SignInPlace = { at: 0, browser: 'Unknown browser', address: '' };

async function withPlace(
  store: Pick<Store, 'get'>,
  { id, value: session }: Entry<StoredSession>,
  person: Person,
): Promise<LivingSession> {
  const signedIn = session.signedIn ?? (await formerProofs(store, id, person))?.signedIn;
  return { id, session, signedIn: signedIn ?? UNKNOWN };
}

/** Where it was signed in, such as `Firefox on Windows`. `id`: the key that it is kept by. */
export async function browserOfSession(
  store: Pick<Store, 'get'>,
  id: string,
  person: Person,
): Promise<string> {
  const session = await store.get(sessionCollection, id);
  if (!session) return UNKNOWN.browser;
  return (await withPlace(store, { id, value: session }, person)).signedIn.browser;
}

async function appNames(
  store: Pick<Store, 'get' | 'find'>,
  living: readonly LivingSession[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(living.flatMap(({ session }) => appsOf(session).map(([client]) => client)));
  const clients = await Promise.all([...ids].map((id) => getShownClient(store, id)));
  return new Map(clients.flatMap((client) => (client ? [[client.id, client.name]] : [])));
}
