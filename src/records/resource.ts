/** A resource server as it is kept: an API or a mail server that is handed access tokens (RFC 8707). */
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import { collection } from '../storage/store.ts';
import type { Level } from './proof.ts';
import type { SigningAlg } from './signing-key.ts';

export interface ResourceScope {
  /** Of no other resource (`scopeClaimCollection`), and none of OpenID's. */
  name: string;
  /** Completes "It would like to …", for people who are asked; of a built-in one the catalogue has it. */
  description: string;
  /** The weakest sign-in that a token with it may rest on. */
  requireAcr: Level | null;
}

/** `jwt` (RFC 9068) is checked without a call: it can be neither introspected nor ended. */
export const TOKEN_FORMATS = ['opaque', 'jwt'] as const;
export type TokenFormat = (typeof TOKEN_FORMATS)[number];

export interface ResourceRecord extends MessageCarrier {
  /** Its identifier, an absolute URI: the `aud` of its tokens. */
  id: string;
  scopes: ResourceScope[];
  format: TokenFormat;
  /** Seconds that its access tokens are valid. */
  lifetime: number;
  /** Signs its tokens where they are JWTs. */
  alg: SigningAlg;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export const resourceCollection = collection<ResourceRecord>('resource', {
  indexes: { postings: outboxIndex },
});

/** Whose a scope's name is: unique by its id. */
export interface ScopeClaim {
  /** The identifier of the resource. */
  resource: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** The act that claimed it (operations/unique-names.ts); absent: an older version did. */
  act?: string;
}

export const scopeClaimCollection = collection<ScopeClaim>('scope_claim');

/**
 * A scope of a resource, as consents name it: that a resource of tomorrow has a scope of the name is not
 * what anybody has allowed. Identifiers have no `#`.
 */
export function qualifiedScope(resource: string, name: string): string {
  return `${resource}#${name}`;
}

/** Undefined: it is none of a resource. */
export function readQualified(scope: string): { resource: string; name: string } | undefined {
  const at = scope.indexOf('#');
  return at < 0 ? undefined : { resource: scope.slice(0, at), name: scope.slice(at + 1) };
}

/** The resource of mail servers. */
export const MAIL_RESOURCE = 'urn:latchkey:mail';
/** The resource of Latchkey's own administration. */
export const ADMIN_RESOURCE = 'urn:latchkey:admin';

/** Seconds. */
const BUILT_IN_LIFETIME = 600;

const builtIn = (id: string, ...names: string[]): ResourceRecord => ({
  id,
  scopes: names.map((name) => ({ name, description: '', requireAcr: null })),
  format: 'opaque',
  lifetime: BUILT_IN_LIFETIME,
  alg: 'RS256',
  createdAt: 0,
});

/** Always there. What may be set of one is kept in a document of its id (`completeResource`). */
export const BUILT_IN: ReadonlyMap<string, ResourceRecord> = new Map(
  [
    builtIn(MAIL_RESOURCE, 'mail'),
    builtIn(
      ADMIN_RESOURCE,
      ...['read', 'people', 'clients', 'policy', 'keys'].map((part) => `admin:${part}`),
    ),
  ].map((one) => [one.id, one]),
);

/** As it is kept; of a built-in one only its lifetime and what its scopes require are its document's to say. */
export function completeResource(stored: ResourceRecord): ResourceRecord {
  const own = BUILT_IN.get(stored.id);
  if (!own) return stored;
  const required = new Map(stored.scopes.map(({ name, requireAcr }) => [name, requireAcr]));
  return {
    ...stored,
    ...own,
    lifetime: stored.lifetime,
    scopes: own.scopes.map((scope) => ({
      ...scope,
      requireAcr: required.get(scope.name) ?? null,
    })),
  };
}
