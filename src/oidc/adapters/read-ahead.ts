/**
 * What the library asks for one after the other, read together: of a token its person, its session and its grant; of
 * a browser's session its person and its client's grant. What hangs on what never changes while a token lives, so that
 * a process which has issued it, or seen it before, asks for all of it beside the token itself: on MongoDB one round
 * trip instead of four. Only ids are remembered: every document is read for every request.
 */
import { LRUCache } from 'lru-cache';
import { Provider } from 'oidc-provider';
import type { Vault } from '../../secrets/vault.ts';
import { sessionCollection, sessionKey, type StoredSession } from '../../records/session.ts';
import { grantCollection, type StoredModel } from '../../records/stored-model.ts';
import type { Store } from '../../storage/store.ts';
import { grantKey } from './adapter-parts.ts';
import type { RequestPeople } from './request-people.ts';
import { requestOrganisations, requestProfiles } from '../request-reads.ts';

/** A document that is being read. */
export interface Reading<T> {
  key: string;
  stored: Promise<T | undefined>;
}

/** What a document hangs on, as the library calls it. */
export interface Related {
  accountId?: string | undefined;
  sessionUid?: string | undefined;
  grantId?: string | undefined;
  /** Does it open claims that are in the profile of its person? */
  profile?: boolean;
}

/** With where its person was when it was seen last, and under which keys the others are kept. */
interface Known extends Related {
  organisation?: string | undefined;
  keys?: Keys;
}

interface Keys {
  ring: object;
  session: string | undefined;
  grant: string | undefined;
}

export interface ReadAhead {
  /** Remembers what the document of that key hangs on. */
  know(key: string, related: Related): void;
  /** Reads what is known of that document, for the present request; it is a hint and no more. */
  expect(key: string): void;
  /** The document is there: reads what of it is not being read yet, and remembers it. */
  begin(key: string, related: Related): void;
  /** As it was begun, once; else it is read now. */
  session(uid: string): Reading<StoredSession>;
  grant(id: string): Reading<StoredModel>;
}

export interface ReadAheadParts {
  store: Pick<Store, 'get'>;
  vault: Pick<Vault, 'hash' | 'ring' | 'hasOthers'>;
  people: RequestPeople;
}

/** By the library's names. Elsewhere a token is looked at, and no more. */
const ROUTES: readonly string[] = ['authorization', 'token', 'introspection', 'userinfo'];

/** Where the sign-in is judged by the policy of its person's organisation. */
const JUDGED: readonly string[] = ['authorization', 'token'];

/** Where what is asked with is asked for nothing else. */
const LOOKED_AT: readonly string[] = ['introspection', 'userinfo'];

/** Documents whose relations a process remembers: half a kilobyte each. */
const MOST_KNOWN = 10_000;

interface Begun {
  /** For this all is begun. */
  of?: Known;
  sessions: Map<string, Reading<StoredSession> | undefined>;
  grants: Map<string, Reading<StoredModel> | undefined>;
}

export function createReadAhead({ store, vault, people }: ReadAheadParts): ReadAhead {
  const known = new LRUCache<string, Known>({ max: MOST_KNOWN });
  const begun = new WeakMap<object, Begun>();
  const readSession = (uid: string, key = sessionKey(vault, uid)): Reading<StoredSession> => ({
    key,
    stored: store.get(sessionCollection, key),
  });
  const readGrant = (id: string, key = grantKey(vault, id)): Reading<StoredModel> => ({
    key,
    stored: store.get(grantCollection, key),
  });
  const present = (): Begun | undefined => Provider.ctx && begun.get(Provider.ctx);
  const remember = (key: string, related: Related): Known => {
    const before = known.get(key);
    const one: Known = before && isSame(before, related) ? before : { ...related };
    if (one !== before) known.set(key, one);
    const { ctx } = Provider;
    if (ctx && related.accountId !== undefined && !LOOKED_AT.includes(ctx.oidc.route))
      told(noteOrganisation(one, people.get(ctx, related.accountId)));
    return one;
  };
  const read = (one: Known): void => {
    const { ctx } = Provider;
    if (!ctx || !ROUTES.includes(ctx.oidc.route)) return;
    const reads: Begun = begun.get(ctx) ?? { sessions: new Map(), grants: new Map() };
    if (reads.of === one) return;
    reads.of = one;
    begun.set(ctx, reads);
    readOfPerson(ctx, one);
    const { sessionUid, grantId } = one;
    const { session, grant } = keysOf(vault, one);
    if (sessionUid !== undefined)
      keep(reads.sessions, sessionUid, () => readSession(sessionUid, session));
    if (grantId !== undefined) keep(reads.grants, grantId, () => readGrant(grantId, grant));
  };
  const readOfPerson = (
    ctx: NonNullable<typeof Provider.ctx>,
    { accountId, profile, organisation }: Known,
  ): void => {
    const { route } = ctx.oidc;
    if (accountId !== undefined) told(people.get(ctx, accountId));
    if (accountId !== undefined && profile && route === 'userinfo')
      requestProfiles.begin(ctx, store, accountId);
    if (organisation !== undefined && JUDGED.includes(route))
      requestOrganisations.begin(ctx, store, organisation);
  };
  return {
    know: (key, related) => void remember(key, related),
    expect(key) {
      const related = known.get(key);
      if (related) read(related);
    },
    begin(key, related) {
      read(remember(key, related));
    },
    session: (uid) => taken(present()?.sessions, uid) ?? readSession(uid),
    grant: (id) => taken(present()?.grants, id) ?? readGrant(id),
  };
}

function isSame(one: Related, other: Related): boolean {
  return (
    one.accountId === other.accountId &&
    one.sessionUid === other.sessionUid &&
    one.grantId === other.grantId &&
    one.profile === other.profile
  );
}

/** Hashed once, as long as there is one key to hash with: of several each is told when it is asked for. */
function keysOf(vault: ReadAheadParts['vault'], one: Known): Pick<Keys, 'session' | 'grant'> {
  const { sessionUid, grantId, keys } = one;
  const { ring, hasOthers } = vault;
  if (!hasOthers && keys?.ring === ring) return keys;
  const made = {
    ring,
    session: sessionUid === undefined ? undefined : sessionKey(vault, sessionUid),
    grant: grantId === undefined ? undefined : grantKey(vault, grantId),
  };
  one.keys = made;
  return made;
}

async function noteOrganisation(
  one: Known,
  person: Promise<{ organisation: string } | undefined>,
): Promise<void> {
  one.organisation = (await person)?.organisation;
}

/** A failure is told to whoever needs it. */
function told(reading: Promise<unknown>): void {
  reading.catch(() => {});
}

function keep<T>(
  reads: Map<string, Reading<T> | undefined>,
  id: string,
  begin: () => Reading<T>,
): void {
  if (reads.has(id)) return;
  const reading = begin();
  told(reading.stored);
  reads.set(id, reading);
}

function taken<T>(
  reads: Map<string, Reading<T> | undefined> | undefined,
  id: string,
): Reading<T> | undefined {
  const reading = reads?.get(id);
  if (reading) reads?.set(id, undefined);
  return reading;
}
