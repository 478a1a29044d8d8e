/**
 * Which claims go where (OIDC Core §5.4, §5.5): at userinfo all that was granted; in an ID token those that
 * were asked for there by name, and all of them for a client that reads nothing else, or whose access token
 * is for a resource, so that userinfo refuses it. What the client may not ask for any more is in none. Pure.
 */
import type { ClientRecord } from '../../records/client.ts';
import { clientClaimNames } from '../../policy/claims/client-claims.ts';
import { claimsOfScope } from '../../policy/claims/standard-claims.ts';
import type { AskedClaims } from './answer.ts';

export interface Granted {
  use: 'id_token' | 'userinfo';
  scopes: readonly string[];
  /** Claims that were asked for there by their names. */
  named: readonly string[];
  /** Has the person let the client have that claim of its own? Of a first-party client it is not asked. */
  allowsOwn(name: string): boolean;
  /** Is the access token for a resource (RFC 8707)? */
  forResource: boolean;
}

export function askedClaims(
  client: ClientRecord,
  { use, scopes, named, allowsOwn, forResource }: Granted,
): AskedClaims {
  const isFull = use === 'userinfo' || client.claimsInIdToken || forResource;
  const { allowed, own } = claimsOf(client);
  const ofScopes = isFull ? scopes.flatMap(claimsOfScope) : [];
  const isOwnAllowed = (name: string): boolean => client.firstParty || allowsOwn(name);
  return {
    names: new Set([...ofScopes, ...named].filter((name) => allowed.has(name))),
    own: new Set(own.filter((name) => (isFull ? isOwnAllowed(name) : named.includes(name)))),
  };
}

interface ClientClaims {
  /** Names of the standard claims that it may ask for. */
  allowed: ReadonlySet<string>;
  /** Names of its own. */
  own: readonly string[];
}

/** Of a record as it was read, which nobody changes. */
const known = new WeakMap<ClientRecord, ClientClaims>();

function claimsOf(client: ClientRecord): ClientClaims {
  const found = known.get(client);
  if (found) return found;
  const allowed = new Set(client.scopes.flatMap(claimsOfScope));
  const made = { allowed, own: clientClaimNames(client) };
  known.set(client, made);
  return made;
}
