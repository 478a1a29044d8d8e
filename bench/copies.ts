/**
 * Copies of what the product keeps of signed-in browsers (samples.ts), under new identifiers. They are
 * as good as the originals: the product accepts them.
 */
import { randomBytes } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import { findPerson } from '../src/records/person.ts';
import { sessionCollection } from '../src/records/session.ts';
import type { Vault } from '../src/secrets/vault.ts';
import type { Collection, Store } from '../src/storage/store.ts';
import type { Person } from './messages.ts';
import { modelKind, type Sample, type SampleToken, type Stored } from './samples.ts';

/** Milliseconds that copies live longer, so that none expires, or is due for a rewrite, meanwhile. */
const LONGER = 6 * 3600_000;

/** One document to be written. */
export interface Copied {
  kind: Collection<any>;
  id: string;
  value: unknown;
  /** Milliseconds since the epoch. */
  expiresAt: number | undefined;
}

/** What the browser and the clients of a copy hold, in clear. Tokens by client. */
export interface Held {
  person: Person;
  sub: string;
  sessionCookie: string;
  accessTokens: Map<string, string>;
  refreshTokens: Map<string, string>;
}

/** A person in the store. */
export interface Owner {
  person: Person;
  id: string;
  epoch: number;
}

export async function ownersOf(store: Store, people: readonly Person[]): Promise<Owner[]> {
  const found = people.map(async (person) => {
    const known = await findPerson(store, person.login);
    if (!known) throw new Error(`${person.login} is not in the store.`);
    return { person, id: known.id, epoch: known.epoch };
  });
  return Promise.all(found);
}

/** The identifiers of one copy, in clear. */
interface Identifiers {
  uid: string;
  cookie: string;
  /** By those of the sample. */
  grants: Map<string, string>;
}

/** A copy that belongs to `owner`, and what its browser and clients hold. */
export function copy(
  sample: Sample,
  owner: Owner,
  vault: Vault,
): { documents: Copied[]; held: Held } {
  const grants = new Map([...sample.grants.keys()].map((old) => [old, identifier()]));
  const ids: Identifiers = { uid: identifier(), cookie: identifier(), grants };
  const held: Held = {
    person: owner.person,
    sub: owner.id,
    sessionCookie: ids.cookie,
    accessTokens: new Map(),
    refreshTokens: new Map(),
  };
  const tokens = sample.tokens.map((token) => tokenCopy(token, owner, ids, vault, held));
  const documents = [
    ...sessionCopies(sample, owner, ids, vault),
    ...grantCopies(sample, owner, ids, vault),
    ...tokens,
  ];
  return { documents, held };
}

function sessionCopies(
  { session }: Sample,
  { id: person, epoch }: Owner,
  ids: Identifiers,
  vault: Vault,
): Copied[] {
  const id = vault.hash('session uid', ids.uid);
  const { payload } = session.value;
  const authorizations = Object.entries(payload.authorizations ?? {}).map(([client, state]) => {
    const grantId = ids.grants.get(state.grantId ?? '');
    return [client, { ...state, sid: identifier(), ...(grantId ? { grantId } : {}) }] as const;
  });
  const { proofs = [], signedIn } = session.value;
  const value = {
    jti: vault.hash('session cookie', ids.cookie),
    usedAt: (session.value.usedAt ?? 0) + LONGER,
    epoch,
    proofs,
    ...(signedIn ? { signedIn } : {}),
    payload: {
      ...ownedBy(person, payload),
      uid: ids.uid,
      authorizations: Object.fromEntries(authorizations),
    },
  };
  return [{ kind: sessionCollection, id, value, expiresAt: later(session) }];
}

function grantCopies(
  { grants }: Sample,
  { id: person, epoch }: Owner,
  ids: Identifiers,
  vault: Vault,
): Copied[] {
  return [...grants].map(([old, stored]) => ({
    kind: modelKind('Grant'),
    id: vault.hash('Grant', ids.grants.get(old) ?? ''),
    value: { ...stored.value, epoch, payload: ownedBy(person, stored.value.payload) },
    expiresAt: later(stored),
  }));
}

/** The token goes to `held`. */
function tokenCopy(
  { model, stored }: SampleToken,
  { id: person, epoch }: Owner,
  { uid, grants }: Identifiers,
  vault: Vault,
  held: Held,
): Copied {
  const token = identifier();
  const { payload } = stored.value;
  const grantId = grants.get(payload.grantId ?? '') ?? '';
  const tokens = model === 'AccessToken' ? held.accessTokens : held.refreshTokens;
  tokens.set(String(payload.clientId), token);
  return {
    kind: modelKind(model),
    id: vault.hash(model, token),
    value: {
      ...stored.value,
      epoch,
      payload: { ...ownedBy(person, payload), grantId, sessionUid: uid },
    },
    expiresAt: later(stored),
  };
}

function ownedBy(accountId: string, payload: AdapterPayload): AdapterPayload {
  const exp = payload.exp === undefined ? {} : { exp: payload.exp + LONGER / 1000 };
  return { ...payload, accountId, ...exp };
}

function later({ expiresAt }: Stored<unknown>): number | undefined {
  return expiresAt === undefined ? undefined : expiresAt + LONGER;
}

/** As random and as long as the library's own. */
function identifier(): string {
  return randomBytes(32).toString('base64url');
}
