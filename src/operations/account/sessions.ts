/** A person's sessions, as the account page lists and ends them. */
import { type Performed, eventAbout } from '../../audit/performed.ts';
import type { Person } from '../../records/person.ts';
import type { SessionCause } from '../../policy/revocation.ts';
import type { Vault } from '../../secrets/vault.ts';
import { pages } from '../../storage/pages.ts';
import type { Entry, Store } from '../../storage/store.ts';
import { getShownClient } from '../../oidc/clients/client-names.ts';
import { formerProofs, isAliveFor } from '../../oidc/adapters/proofs.ts';
import {
  sessionKey,
  sessionCollection,
  type SignInPlace,
  type StoredSession,
} from '../../records/session.ts';
import { appsOf, endStoredSession, type EndingParts } from '../../oidc/logout/session-ending.ts';

/** All times are milliseconds since the epoch. */
export interface SessionShown {
  /** The key that it is kept by: opens nothing, and tells neither its cookie nor its `uid`. */
  id: string;
  /** Such as `Firefox on Windows`. */
  browser: string;
  /** The network that it was signed in from, such as `203.0.113.…`; may be ''. */
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
  const current = sessionKey(parts.vault, currentUid);
  const living = await livingSessions(parts.store, person);
  const names = await appNames(parts.store, living);
  const shown = living.map(({ id, session, signedIn }) => ({
    id,
    browser: signedIn.browser,
    address: signedIn.address,
    signedInAt: signedIn.at,
    lastUsedAt: Math.max(session.usedAt ?? 0, signedIn.at),
    current: id === current,
    apps: appsOf(session).flatMap(([client]) => names.get(client) ?? []),
  }));
  return shown.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
}

/** `false`: it is not one of this person's that is alive, and nothing was changed. */
export async function endSession(
  parts: EndingParts,
  person: Person,
  id: string,
  performed: Performed,
  cause: SessionCause = 'session-ended',
): Promise<boolean> {
  const mayEnd = ({ payload, epoch }: StoredSession): boolean =>
    payload.accountId === person.id && epoch === person.epoch;
  const about = {
    type: 'session.ended',
    details: { browser: await browserOf(parts, id, person) },
  } as const;
  const messages = [eventAbout(person, performed, about)];
  return endStoredSession(parts, id, { mayEnd, cause, messages, now: performed.now });
}

/** All but the one that asks; answers how many there were. */
export async function endOtherSessions(
  parts: EndingParts,
  person: Person,
  currentUid: string,
  performed: Performed,
): Promise<number> {
  const current = sessionKey(parts.vault, currentUid);
  const living = await livingSessions(parts.store, person);
  const others = living.filter(({ id }) => id !== current);
  const cause = 'other-sessions-ended';
  const ended = await Promise.all(
    others.map(({ id }) => endSession(parts, person, id, performed, cause)),
  );
  return ended.filter(Boolean).length;
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

async function browserOf(
  { store }: Pick<EndingParts, 'store'>,
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
