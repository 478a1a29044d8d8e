/**
 * What an authorization request asks for, as far as its client may have it: the scopes that there are,
 * and the claims of scopes that the client may ask for (OIDC Core §5.4, §5.5). Every other claim is left
 * out, which is no error, essential or not (§5.5.1): nothing of it is kept, asked for or answered.
 */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { clientClaimNames } from '../../policy/claims/client-claims.ts';
import { claimsOfScope, OPENID_SCOPES } from '../../policy/claims/standard-claims.ts';
import { recordOf } from '../clients/clients.ts';
import { allowedScopes } from '../../records/client.ts';
import { qualifiedScope } from '../../records/resource.ts';
import type { Requested } from '../../records/consent.ts';
import { spaceDelimited } from '../space-delimited.ts';

/** Of the sign-in rather than of the person: in every token that has them, granted or not. */
const OF_THE_SIGN_IN: ReadonlySet<string> = new Set([
  'sub',
  'sid',
  'iss',
  'acr',
  'amr',
  'auth_time',
]);

type Params = Readonly<Record<string, unknown>>;

/** `params`: of an authorization request; `client`: the library's Client, or its metadata. */
export function requestedOf(params: Params, client: object): Requested {
  const asked = new Set(spaceDelimited(params['scope']));
  const { id_token: inToken, userinfo } = parse(params['claims']);
  const named = new Set([inToken, userinfo].flatMap((part) => Object.keys(part ?? {})));
  const claims = grantableClaims(client);
  return {
    scopes: scopesOf(client)
      .filter((scope) => asked.has(scope))
      .flatMap((scope) => grantedAs(scope, params['resource'])),
    claims: [
      ...new Set([...[...named].filter((name) => claims.has(name)), ...toldUnasked(client)]),
    ],
  };
}

/** What is asked for and not covered: a claim is, by itself or by its scope. */
export function missingOf(asked: Requested, allowed: Requested | undefined): Requested {
  const scopes = new Set(allowed?.scopes);
  const claims = new Set([
    ...(allowed?.claims ?? []),
    ...(allowed?.scopes ?? []).flatMap(claimsOfScope),
  ]);
  return {
    scopes: asked.scopes.filter((scope) => !scopes.has(scope)),
    claims: asked.claims.filter((claim) => !claims.has(claim)),
  };
}

export const isNothing = ({ scopes, claims }: Requested): boolean =>
  scopes.length + claims.length === 0;

/** For the library. Core §5.5.1: each claim is null or an object; the rest is nobody's honest request. */
export function checkClaimsParameter({ oidc }: KoaContextWithOIDC, claims: object): void {
  JSON.parse(String(oidc.params?.['claims']), (name, value: unknown) => {
    if (name === '__proto__') throw new errors.InvalidRequest('claims cannot have that name');
    return value;
  });
  const { id_token: inToken, userinfo } = claims as ClaimsParameter;
  for (const value of [inToken, userinfo].flatMap((part) => Object.values(part ?? {})))
    if (typeof value !== 'object' || Array.isArray(value))
      throw new errors.InvalidRequest('each of the claims should be null or an object');
}

/** Takes the claims that cannot be granted out of the request, before anything of it is kept. */
export function narrowClaims({ oidc }: KoaContextWithOIDC): void {
  const { params, client } = oidc;
  if (typeof params?.['claims'] !== 'string' || !client) return;
  const grantable = grantableClaims(client);
  const narrowed = Object.entries(parse(params['claims'])).map(([part, asked]) => [
    part,
    Object.fromEntries(
      Object.entries(asked ?? {}).flatMap(([name, value]): [string, unknown][] => {
        if (OF_THE_SIGN_IN.has(name)) return [[name, value]];
        return grantable.has(name) ? [[name, null]] : [];
      }),
    ),
  ]);
  params['claims'] = JSON.stringify(Object.fromEntries(narrowed));
}

interface ClaimsParameter {
  id_token?: Readonly<Record<string, unknown>> | undefined;
  userinfo?: Readonly<Record<string, unknown>> | undefined;
}

/** Checked when the request came. */
function parse(claims: unknown): ClaimsParameter {
  if (typeof claims !== 'string') return {};
  const { id_token: inToken, userinfo } = JSON.parse(claims) as ClaimsParameter;
  return { ...(inToken ? { id_token: inToken } : {}), ...(userinfo ? { userinfo } : {}) };
}

/** Those that it may ask for. `client`: the library's Client, or its metadata. */
export function scopesOf(client: object): readonly string[] {
  return allowedScopes(recordOf(client));
}

/**
 * One of a resource with that, as which the request has been found to be for it (resources/requested-resource.ts);
 * nothing for one that is of none any more.
 */
function grantedAs(scope: string, resource: unknown): string[] {
  if (OPENID_SCOPES.includes(scope)) return [scope];
  const [only] = [resource].flat();
  return typeof only === 'string' ? [qualifiedScope(only, scope)] : [];
}

/** Claims of its own are answered without being asked for; people are asked for them with the rest. */
function toldUnasked(client: object): string[] {
  const record = recordOf(client);
  return record.firstParty ? [] : clientClaimNames(record);
}

function grantableClaims(client: object): ReadonlySet<string> {
  const claims = scopesOf(client).flatMap(claimsOfScope);
  const ofPeople = claims.filter((name) => !OF_THE_SIGN_IN.has(name));
  // The library takes an object with a "constructor" for none: of all that is asked for beside it, nothing would come.
  const own = clientClaimNames(recordOf(client)).filter((name) => name !== 'constructor');
  return new Set([...ofPeople, ...own]);
}
