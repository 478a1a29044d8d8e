/**
 * Which resource an access token is for (RFC 8707). The scopes say it, as apps know those and not our
 * identifiers; a `resource` parameter must agree with them. A token is for one resource, or for userinfo.
 */
import {
  errors,
  type Configuration,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import { OPENID_SCOPES } from '../../policy/claims/standard-claims.ts';
import { MAIL_RESOURCE, type ResourceRecord } from '../../records/resource.ts';
import { DEVICE_GRANT, recordOf } from '../clients/clients.ts';
import { spaceDelimited } from '../space-delimited.ts';
import type { KnownResources, Resources } from './resources.ts';

type Features = NonNullable<Configuration['features']>;
type ResourceIndicators = NonNullable<Features['resourceIndicators']>;

/** Those that are not OpenID's: of a resource, or of nobody here. */
export function beyondOpenId(scope: unknown): string[] {
  return spaceDelimited(scope).filter((name) => !OPENID_SCOPES.includes(name));
}

/** The library's hooks. */
export function resourceIndicators(resources: Resources): ResourceIndicators {
  return {
    enabled: true,
    async defaultResource(ctx, _client, oneOf) {
      if (oneOf) return oneOf.length > 1 ? tooMany() : oneOf[0];
      return namedBy(ctx.oidc.params?.['scope'], resources);
    },
    async getResourceServerInfo(ctx, identifier, client) {
      const known = await resources.known();
      const resource = known.byId.get(identifier);
      if (!resource) throw new errors.InvalidTarget('there is no such resource here');
      checkRequest(ctx, resource, known);
      return infoOf(resource, allowedScopes(ctx, resource, client));
    },
    // The token request of a code has no scope of its own: what was asked for holds.
    async useGrantedResource(ctx, { resource }) {
      const asked = spaceDelimited(ctx.oidc.params?.['scope']);
      if (asked.length === 0) return true;
      const { byId } = await resources.known();
      const scopes = byId.get(String(resource))?.scopes ?? [];
      return scopes.some(({ name }) => asked.includes(name));
    },
  };
}

/** The resource that the scopes name. */
async function namedBy(scope: unknown, resources: Resources): Promise<string | undefined> {
  const names = beyondOpenId(scope);
  if (names.length === 0) return undefined;
  const { byScope } = await resources.known();
  const named = new Set(names.flatMap((name) => byScope.get(name)?.id ?? []));
  return named.size > 1 ? tooMany() : [...named][0];
}

function tooMany(): never {
  throw new errors.InvalidTarget('an access token is for one resource: ask for each by itself');
}

const OF_A_GRANT: ReadonlySet<unknown> = new Set([
  'authorization_code',
  'refresh_token',
  DEVICE_GRANT,
]);

/** A `resource` parameter and the scopes beside it say the same. */
function checkRequest(
  { oidc: { params } }: KoaContextWithOIDC,
  resource: ResourceRecord,
  { byScope }: KnownResources,
): void {
  const { resource: named, scope, grant_type: grantType } = { ...params };
  if (Array.isArray(named) && named.length > 1) tooMany();
  if (grantType === 'client_credentials' && resource.id === MAIL_RESOURCE)
    throw new errors.InvalidTarget('a client has no mailbox of its own');
  const of = beyondOpenId(scope).map((name) => byScope.get(name)?.id);
  if (of.some((id) => id !== undefined && id !== resource.id)) tooMany();
  // Of a code and of a refresh token that which was granted says the scopes, unless the request does.
  const isGranted = OF_A_GRANT.has(grantType);
  if (!of.includes(resource.id) && !(isGranted && scope === undefined))
    throw new errors.InvalidScope('no scope of that resource', spaceDelimited(scope).join(' '));
}

/** The resource's scopes that the client may have now; of one that it names and may not have, `invalid_scope`. */
function allowedScopes(
  { oidc: { params } }: KoaContextWithOIDC,
  { scopes }: ResourceRecord,
  client: object,
): string[] {
  const registered = recordOf(client).scopes;
  const asked = spaceDelimited(params?.['scope']);
  const names = scopes.map(({ name }) => name);
  const refused = names.find((name) => asked.includes(name) && !registered.includes(name));
  if (refused !== undefined)
    throw new errors.InvalidScope('requested scope is not allowed', refused);
  const allowed = names.filter((name) => registered.includes(name));
  if (allowed.length === 0) throw new errors.InvalidTarget('the client has no scope of it');
  return allowed;
}

function infoOf({ lifetime, format, alg }: ResourceRecord, allowed: string[]): ResourceServer {
  return {
    scope: allowed.join(' '),
    accessTokenTTL: lifetime,
    accessTokenFormat: format,
    ...(format === 'jwt' ? { jwt: { sign: { alg } } } : {}),
  };
}
