/** People as the library's accounts: their claims, and whether a token of theirs is still good enough. */
import type { Account, KoaContextWithOIDC } from 'oidc-provider';
import type { Person } from '../../records/person.ts';
import type { FactorId } from '../../records/factor-id.ts';
import type { Level } from '../../records/proof.ts';
import { meetsStandingFloor } from '../../policy/required-steps.ts';
import type { Store } from '../../storage/store.ts';
import { provenLevel } from '../../policy/amr.ts';
import { withOrganisation } from '../authorization/with-organisation.ts';
import { policyFor } from '../resources/scope-floors.ts';
import type { Resources } from '../resources/resources.ts';
import type { RequestPeople } from '../adapters/request-people.ts';
import { clientFault } from '../authorization/resumed-request.ts';

/** Scope → claims (OIDC Core §5.4). What a token says of the sign-in itself is in every ID token. */
export const CLAIMS = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'preferred_username', 'locale'],
  email: ['email', 'email_verified'],
};

/** What a code or refresh token carries of the request that it was issued to. */
interface Issued {
  kind: string;
  acr?: unknown;
  amr?: unknown;
  scope?: unknown;
  redirectUri?: unknown;
  codeChallenge?: unknown;
}

/**
 * The library's `findAccount`. Nobody who is disabled is found. Codes and refresh tokens that rest
 * on less than policy asks for by now, and codes whose request the client may not make any more, are
 * refused as `invalid_grant`, by not finding their account.
 */
export function accountFinder(parts: {
  store: Store;
  people: RequestPeople;
  resources: Resources;
  available: readonly FactorId[];
  /** Milliseconds since the epoch. */
  now(): number;
}) {
  return async (
    ctx: KoaContextWithOIDC,
    sub: string,
    token?: object,
  ): Promise<Account | undefined> => {
    const person = await parts.people.get(ctx, sub);
    if (!person?.active || !isSuited(ctx, token as Issued | undefined)) return undefined;
    const level = token && 'acr' in token ? levelIn(token as Issued) : undefined;
    if (level) {
      const who = await withOrganisation(parts.store, person);
      const scope = ctx.oidc.params?.['scope'] ?? (token as Issued).scope;
      const client = await policyFor(parts.resources, ctx.oidc.client ?? {}, scope);
      const standing = { who, client, available: parts.available, now: parts.now() };
      if (!meetsStandingFloor(level, standing)) return undefined;
    }
    return { accountId: person.id, claims: async () => claimsOf(person) };
  };
}

function levelIn({ acr, amr }: Issued): Level | undefined {
  return provenLevel(String(acr), Array.isArray(amr) ? amr.map(String) : []);
}

function isSuited({ oidc }: KoaContextWithOIDC, token: Issued | undefined): boolean {
  if (token?.kind !== 'AuthorizationCode' || !oidc.client) return true;
  const { redirectUri, codeChallenge } = token;
  return clientFault(oidc.client, { redirectUri, codeChallenge }) === undefined;
}

function claimsOf(person: Person): { sub: string } & Record<string, string | boolean> {
  return {
    sub: person.id,
    name: person.name,
    preferred_username: person.login,
    email: person.email,
    // The mailbox is the administrator's to set, so it needs no proof of the person's own.
    email_verified: true,
    ...(person.language ? { locale: person.language } : {}),
  };
}
