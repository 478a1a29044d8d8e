/**
 * What an authorization request asks for, as far as its client may have it: the scopes that there are,
 * and the claims of scopes that the client may ask for (OIDC Core §5.4, §5.5). Every other claim is left
 * out, which is no error, essential or not (§5.5.1): nothing of it is kept, asked for or answered.
 */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { CLAIMS } from '../tokens/account.ts';
import { OFFLINE_ACCESS, recordOf } from '../clients/clients.ts';
import type { ClientRecord } from '../../records/client.ts';
import type { Requested } from '../../records/consent.ts';
import { spaceDelimited } from '../space-delimited.ts';

export const SCOPES = ['openid', 'offline_access', 'profile', 'email'] as const;

/** Of the sign-in rather than of the person: in every token that has them, granted or not. */
const OF_THE_SIGN_IN: ReadonlySet<string> = new Set([
  'sub',
  'sid',
  'iss',
  'acr',
  'amr',
  'auth_time',
]);

/** The claims that a scope stands for (OIDC Core §5.4). */
export function claimsOfScope(scope: string): readonly string[] {
  return (CLAIMS as Readonly<Record<string, readonly string[]>>)[scope] ?? [];
}

type Params = Readonly<Record<string, unknown>>;

/** `params`: of an authorization request; `client`: the library's Client, or its metadata. */
export function requestedOf(params: Params, client: object): Requested {
  const asked = new Set(spaceDelimited(params['scope']));
  const { id_token: inToken, userinfo } = parse(params['claims']);
  const named = new Set([inToken, userinfo].flatMap((part) => Object.keys(part ?? {})));
  const claims = grantableClaims(client);
  return {
    scopes: grantableScopes(client).filter((scope) => asked.has(scope)),
    claims: [...named].filter((name) => claims.has(name)),
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

/** Of a client that is registered with scopes (RFC 7591 §2), those alone. */
function grantableScopes(client: object): readonly string[] {
  const { scope, [OFFLINE_ACCESS]: offline } = client as Params;
  const registered = typeof scope === 'string' ? spaceDelimited(scope) : SCOPES;
  const known = SCOPES.filter(
    (name) => registered.includes(name) && (name !== 'offline_access' || offline === true),
  );
  return [...known, ...scopesOfResources(client)];
}

/** Which resource they are of, if any still, is settled where one is resolved (resources/requested-resource.ts). */
function scopesOfResources(client: object): readonly string[] {
  const { scopes = [] } = (recordOf(client) ?? {}) as Partial<ClientRecord>;
  return scopes.filter((name) => !(SCOPES as readonly string[]).includes(name));
}

function grantableClaims(client: object): ReadonlySet<string> {
  const claims = grantableScopes(client).flatMap(claimsOfScope);
  return new Set(claims.filter((name) => !OF_THE_SIGN_IN.has(name)));
}
