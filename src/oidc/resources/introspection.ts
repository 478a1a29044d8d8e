/**
 * Who is told what of a token (RFC 7662). A client sees its own, and a resource's client the access tokens
 * that are for that resource, as long as they are good: the person may still use the app that it was issued
 * to, which may still ask for its scopes, and the sign-in is still enough for them. A mail server that is
 * open to some people is told of those, as where it has passcodes checked. Of everything else the
 * answer is that it is not active, whatever the reason.
 */
import type {
  AccessToken,
  ClientCredentials,
  KoaContextWithOIDC,
  RefreshToken,
} from 'oidc-provider';
import type { FactorId } from '../../records/factor-id.ts';
import type { Person } from '../../records/person.ts';
import { MAIL_RESOURCE } from '../../records/resource.ts';
import { shutOutBy } from '../../policy/apps/who-may.ts';
import { provenLevel } from '../../policy/amr.ts';
import { meetsStandingFloor } from '../../policy/required-steps.ts';
import type { Store } from '../../storage/store.ts';
import type { RequestPeople } from '../adapters/request-people.ts';
import { withOrganisation } from '../authorization/with-organisation.ts';
import { policyOf, recordOf } from '../clients/clients.ts';
import type { KnownOrganisations } from '../clients/known-organisations.ts';
import { registeredOf } from '../tokens/token-scope.ts';
import { policyFor } from './scope-floors.ts';
import type { Resources } from './resources.ts';

export interface IntrospectionParts {
  store: Store;
  people: RequestPeople;
  organisations: KnownOrganisations;
  resources: Resources;
  /** Factors that this installation can check. */
  available: readonly FactorId[];
  /** Milliseconds since the epoch. */
  now(): number;
}

type Issued = AccessToken | ClientCredentials | RefreshToken;
type ForResource = (AccessToken | ClientCredentials) & { aud: string };

/** The library's `allowedPolicy`. That the epoch, the grant and the session hold it has seen by then. */
export function introspectionPolicy(parts: IntrospectionParts) {
  return async (ctx: KoaContextWithOIDC, client: object, token: Issued): Promise<boolean> => {
    const { id, resource } = recordOf(client);
    const isOwn = token.clientId === id;
    if (!isForResource(token)) {
      if (isOwn && token.scope) token.scope = registeredOf(client, token.scope);
      return isOwn;
    }
    const isOfResource = resource !== null && token.aud === resource;
    if (!isOwn && !isOfResource) return false;
    const person = await judge(parts, ctx, token);
    if (!person) return false;
    if (!isOfResource || person === 'nobody') return true;
    if (!(await isOpenTo(parts, client, person))) return isOwn;
    tell(token, person);
    return true;
  };
}

function isForResource(token: Issued): token is ForResource {
  return token.kind !== 'RefreshToken' && typeof (token as { aud?: unknown }).aud === 'string';
}

/** Of one that belongs to the resource. */
async function isOpenTo(
  { organisations }: IntrospectionParts,
  client: object,
  person: Person,
): Promise<boolean> {
  const who = await organisations.of(person);
  return who !== undefined && shutOutBy(policyOf(client), who) === undefined;
}

/** Read now, never kept in the token. The library answers `extra` at the top level, before its own members. */
function tell(token: ForResource, { login, email }: Person): void {
  token.extra = { ...token.extra, username: login, email: email.toLowerCase() };
}

/** Whose good token it is; undefined: it is not good. */
async function judge(
  parts: IntrospectionParts,
  ctx: KoaContextWithOIDC,
  token: ForResource,
): Promise<Person | 'nobody' | undefined> {
  const client = await ctx.oidc.provider.Client.find(token.clientId ?? '');
  if (!client || !(await hasItsScopes(parts, client, token))) return undefined;
  const accountId = 'accountId' in token ? token.accountId : undefined;
  if (token.aud === MAIL_RESOURCE && (accountId === undefined || token.isSenderConstrained()))
    return undefined;
  if (accountId === undefined) return 'nobody';
  const person = await parts.people.get(ctx, accountId);
  if (!person?.active) return undefined;
  return (await isEnough(parts, person, client, token)) ? person : undefined;
}

/** Are its scopes still those of the resource, and the client's to ask for? */
async function hasItsScopes(
  { resources }: IntrospectionParts,
  client: object,
  { aud, scopes }: ForResource,
): Promise<boolean> {
  const resource = (await resources.known()).byId.get(aud);
  const registered = recordOf(client).scopes;
  const names = resource?.scopes.map(({ name }) => name) ?? [];
  return (
    scopes.size > 0 && [...scopes].every((one) => names.includes(one) && registered.includes(one))
  );
}

async function isEnough(
  { store, resources, available, now }: IntrospectionParts,
  person: Person,
  client: object,
  { extra, scope }: ForResource,
): Promise<boolean> {
  const { acr, amr } = (extra ?? {}) as { acr?: unknown; amr?: unknown };
  const level = provenLevel(String(acr), Array.isArray(amr) ? amr.map(String) : []);
  if (!level) return false;
  const who = await withOrganisation(store, person);
  const policy = await policyFor(resources, client, scope);
  return meetsStandingFloor(level, { who, client: policy, available, now: now() });
}

/** The library's `extraTokenClaims`: what a token for a resource says of its sign-in; never `sub`, which it would replace. */
export function signInClaims(
  { oidc: { entities } }: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
): Record<string, unknown> | undefined {
  if (token.kind !== 'AccessToken' || token.aud === undefined) return undefined;
  const { RefreshToken, AuthorizationCode, DeviceCode } = entities;
  const { acr, amr, authTime } = RefreshToken ?? AuthorizationCode ?? DeviceCode ?? {};
  return { acr, amr, auth_time: authTime };
}
