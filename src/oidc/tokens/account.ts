/** People as the library's accounts: their claims, and whether a token of theirs is still good enough. */
import type { Account, KoaContextWithOIDC } from 'oidc-provider';
import type { FactorId } from '../../records/factor-id.ts';
import type { Level } from '../../records/proof.ts';
import { meetsStandingFloor } from '../../policy/required-steps.ts';
import type { Store } from '../../storage/store.ts';
import { provenLevel } from '../../policy/amr.ts';
import { withOrganisation } from '../authorization/with-organisation.ts';
import { policyFor } from '../resources/scope-floors.ts';
import type { Resources } from '../resources/resources.ts';
import { recordOf } from '../clients/clients.ts';
import { answerClaims, type ClaimParts } from '../claims/answer.ts';
import { askedClaims, type Granted } from '../claims/asked-claims.ts';
import { availableClaims } from '../claims/own-claims.ts';
import { spaceDelimited } from '../space-delimited.ts';
import type { RequestPeople } from '../adapters/request-people.ts';
import { clientFault } from '../authorization/resumed-request.ts';

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
export function accountFinder(
  parts: ClaimParts & {
    store: Store;
    people: RequestPeople;
    resources: Resources;
    available: readonly FactorId[];
    /** Milliseconds since the epoch. */
    now(): number;
  },
) {
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
    return {
      accountId: person.id,
      async claims(use, scope, named) {
        const { client } = ctx.oidc;
        if (!client) return { sub: person.id };
        const record = recordOf(client);
        const granted = grantedIn(ctx, { use: use as Granted['use'], scope, named });
        const asked = askedClaims(record, granted);
        return availableClaims(person.id, await answerClaims(parts, person, record, asked));
      },
    };
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

/** What the library asks for an answer with: `named` is what was granted, `scope` what was asked for. */
function grantedIn(
  { oidc: { grant, entities } }: KoaContextWithOIDC,
  { use, scope, named }: { use: Granted['use']; scope: string; named: object },
): Granted {
  const asked = new Set(spaceDelimited(scope));
  const allowed = new Set(grant?.getOIDCClaims());
  return {
    use,
    scopes: spaceDelimited(grant?.getOIDCScopeFiltered(asked)),
    named: Object.keys(named),
    allowsOwn: (name) => allowed.has(name),
    forResource: entities.AccessToken?.aud !== undefined,
  };
}
