/** The library, configured: which features are on, how long things live, where our own code is called. */
import type { EventEmitter } from 'node:events';
import {
  type Provider,
  type Configuration,
  type ErrorOut,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { Logger } from 'pino';
import type { Relay } from '../outbox/relay.ts';
import type { Config } from '../config/schema.ts';
import type { FactorId } from '../records/factor-id.ts';
import { ends } from '../policy/revocation.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';
import { CLAIMS, STANDARD_SCOPES } from '../policy/claims/standard-claims.ts';
import { accountFinder } from './tokens/account.ts';
import type { ClaimParts } from './claims/answer.ts';
import { addOwnClaims } from './claims/own-claims.ts';
import { checkScopes, type ScopeParts } from './authorization/asked-scopes.ts';
import { SESSION_TRANSFER, ENROL, REPLACES } from './clients/own/account-client.ts';
import { FRESH } from './clients/own/own-client.ts';
import { createAdapters } from './adapters/adapter.ts';
import { deriveRefreshTokens } from './adapters/refresh-adapter.ts';
import { noteSessionUse } from './adapters/session-use.ts';
import { tellPresentRequest } from './present-request.ts';
import { watchAppUse } from './tokens/note-app-use.ts';
import type { NoteAppUse } from '../records/lists/app-use.ts';
import { loginPrompt } from './authorization/authentication.ts';
import { authenticateClients, standIn } from './clients/client-authentication.ts';
import { cacheClients } from './clients/client-cache.ts';
import type { KnownOrganisations } from './clients/known-organisations.ts';
import { watchPkce } from './clients/client-pkce.ts';
import type { ClientSecrets } from './clients/secrets/client-secrets.ts';
import {
  clientMetadata,
  getClient,
  hashSecret,
  OWN_METADATA,
  requiresPkce,
} from './clients/clients.ts';
import { consentPrompt } from './authorization/consent-prompt.ts';
import { createCookieKeys } from './cookie-keys.ts';
import { CLIENT_AUTH_METHODS, discoveryMetadata } from './discovery.ts';
import { deviceFlow, tellInterval, type DevicePages } from './device/device-flow.ts';
import { assertWithoutStacks } from './eager-errors.ts';
import { existingGrant } from './authorization/existing-grant.ts';
import { providerWith } from './authorization/form-post.ts';
import { interactionPath } from './authorization/interaction-path.ts';
import type { KnownSignIns } from './known-sign-ins.ts';
import { SIGNING_ALGS } from '../records/signing-key.ts';
import { tellLater } from './logout/logout-sender.ts';
import type { FollowedKeys } from './tokens/followed-keys.ts';
import { settleOfflineAccess } from './tokens/offline-access.ts';
import {
  checkAssertion,
  CLIENT_AUTH_ALGS,
  fetchKeySets,
  LARGEST_KEY_SET,
} from './clients/key-sets.ts';
import { outgoingFetch } from './outgoing-fetch.ts';
import type { DeferredWrites } from './adapters/deferred-writes.ts';
import { judgeGrants } from './tokens/judged-grants.ts';
import { lifetimes, sessionLifetime } from './tokens/lifetimes.ts';
import { bitsOfOpaqueRandomness } from './tokens/token-lengths.ts';
import { narrowRefreshes } from './tokens/refreshed-scope.ts';
import { keepScopesTrue } from './tokens/token-scope.ts';
import { logRefusals, short } from './authorization/refused-requests.ts';
import { noteRefusals } from './clients/refusals/note-refusals.ts';
import type { RequestPeople } from './adapters/request-people.ts';
import { introspectionPolicy, signInClaims } from './resources/introspection.ts';
import { resourceIndicators } from './resources/requested-resource.ts';
import type { Resources } from './resources/resources.ts';
import { switchPersons } from './logout/person-switch.ts';
import { copyPlainly } from './plain-models.ts';
import { judgeResumed } from './authorization/resumed-request.ts';
import { checkClaimsParameter, narrowClaims } from './authorization/requested.ts';
import { checkParameterSizes, createSignInLimit } from './authorization/request-limits.ts';
import { showErrorsHere } from './authorization/shown-errors.ts';
import { selectAccountPrompt } from './authorization/select-account.ts';
import { recordSignOut } from './logout/sign-out-event.ts';
import { CLOCK_TOLERANCE } from './adapters/adapter-parts.ts';
import { clearSiteData } from '../net/response-headers.ts';

export interface ProviderParts extends ClaimParts, ScopeParts {
  config: Config;
  store: Store;
  vault: Vault;
  people: RequestPeople;
  organisations: KnownOrganisations;
  resources: Resources;
  signIns: KnownSignIns;
  deferredWrites: DeferredWrites;
  clientSecrets: ClientSecrets;
  signingKeys: Pick<FollowedKeys, 'jwks' | 'lead'>;
  /** Factors that this installation can check. */
  available: readonly FactorId[];
  relay: Pick<Relay, 'record' | 'later' | 'soon'>;
  noteAppUse: NoteAppUse;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  pages: DevicePages & {
    error(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): void | Promise<void>;
    logout(ctx: KoaContextWithOIDC, form: string): void | Promise<void>;
    loggedOut(ctx: KoaContextWithOIDC): void | Promise<void>;
    formPost(ctx: KoaContextWithOIDC, action: string, payload: Record<string, unknown>): void;
  };
}

/** Names of cookies: prefixed as their scope allows (RFC 6265bis §4.1.3), plain on http loopback only. */
export function cookieName(issuer: string, prefix: '__Host-' | '__Secure-', name: string): string {
  return issuer.startsWith('https:') ? `${prefix}latchkey_${name}` : `latchkey_${name}`;
}

/** The cookie by which the library finds the sign-in that is resumed. */
export function resumeCookie(issuer: string): string {
  return cookieName(issuer, '__Secure-', 'resume');
}

export function createProvider(parts: ProviderParts): Provider {
  const { config, store, vault, log } = parts;
  const ofSession = sessionLifetime(config, parts.now);
  const nobody = standIn(hashSecret(vault, ''));
  const noteRefusal = noteRefusals({ ...parts, later });
  const OurProvider = providerWith(parts.pages.formPost);
  tellPresentRequest(() => OurProvider.ctx);
  const provider = new OurProvider(config.issuer, configuration(parts));
  // The issuer is pinned and the proxy's headers are settled before the library sees a request.
  provider.proxy = true;
  parts.signingKeys.lead(provider);
  cacheClients(provider, parts.now);
  const claimedClient = authenticateClients(provider, parts);
  logRefusals(provider, { ...parts, claimedClient, noteRefusal });
  showErrorsHere(provider);
  assertWithoutStacks(provider);
  copyPlainly(provider);
  judgeResumed(provider);
  narrowRefreshes(provider, parts);
  keepScopesTrue(provider);
  addOwnClaims(provider, parts);
  deriveRefreshTokens(provider, vault);
  judgeGrants(provider, parts);
  switchPersons(provider, parts);
  listen(provider, log);
  return provider;

  // Listeners run inside the request: one that throws turns a finished answer into a 500.
  function listen(source: Provider, logger: Logger): void {
    source.on('end_session.success', recordSignOut(parts));
    source.on('grant.success', watchPkce(parts));
    source.on('grant.success', noteSessionUse({ ...parts, lifetime: ofSession }));
    source.on('grant.success', watchAppUse(parts.noteAppUse, parts.now));
    source.on('end_session.success', (ctx) => {
      const session = ctx.oidc.session as { destroyed?: true } | undefined;
      if (session?.destroyed) clearSiteData(ctx);
    });
    source.on('device_authorization.success', tellInterval);
    source.on('server_error', (_ctx, error) => logger.error({ err: error }, 'server error'));
    // Else koa prints it: as it is, and not as a line of the log. The types leave out koa's event.
    const emitter: EventEmitter = source;
    emitter.on('error', (err: unknown) => logger.warn({ err }, 'an answer broke off'));
    source.on('backchannel.error', (_ctx, error, client, person, sid) => {
      logger.warn({ err: error, client: client.clientId }, 'back-channel logout failed');
      tellLater(parts, { id: sid, client: client.clientId, person, orderedAt: parts.now() });
    });
  }

  function configuration(from: ProviderParts): Configuration {
    const prompts = [selectAccountPrompt(), loginPrompt(from), consentPrompt()];
    const onIgnoredScope = (ctx: KoaContextWithOIDC, scope: string): void =>
      noteRefusal(ctx, { endpoint: 'authorization', reason: 'scope_ignored', value: short(scope) });
    const narrow = narrowRequest({ ...from, onIgnoredScope });
    return {
      ...protocol(from, narrow),
      adapter: createAdapters({
        ...from,
        signInLimit: createSignInLimit(config.limits.sign_ins_per_address, log, from.now),
        clientMetadata: async (id) => clientMetadata((await getClient(store, id)) ?? nobody),
      }),
      jwks: { keys: [...from.signingKeys.jwks] },
      cookies: cookies(config.issuer, vault),
      findAccount: accountFinder(from),
      loadExistingGrant: existingGrant({ ...from, narrow }),
      interactions: {
        policy: prompts,
        url: (_ctx, { uid, params }) => interactionPath(uid, String(params['client_id'])),
      },
      discovery: discoveryMetadata(prompts, from.available),
      renderError: from.pages.error,
      ttl: lifetimes(config, ofSession),
      formats: { bitsOfOpaqueRandomness },
      fetch: fetchKeySets(outgoingFetch(config.outgoing), from.now),
      fetchResponseBodyLimits: { jwks_uri: LARGEST_KEY_SET },
    };
  }
}

/** A process that ends does not wait for it. */
function later(milliseconds: number, work: () => void): void {
  setTimeout(work, milliseconds).unref();
}

type Narrow = (ctx: KoaContextWithOIDC) => Promise<void>;

/** Takes out of a request what its client cannot have; rejects with `invalid_scope` for what others can. */
function narrowRequest(parts: ScopeParts & { log: Logger }): Narrow {
  const settle = settleOfflineAccess(parts.log, parts.onIgnoredScope);
  return async (ctx) => {
    settle(ctx);
    await checkScopes(parts, ctx);
    narrowClaims(ctx);
  };
}

/** Which claims are in an ID token is decided a client at a time (claims/asked-claims.ts). */
const ANSWERED = {
  scopes: [...STANDARD_SCOPES],
  claims: { ...CLAIMS },
  conformIdTokenClaims: false,
};

function clientAuthentication(now: () => number) {
  return {
    clientAuthMethods: [...CLIENT_AUTH_METHODS],
    enabledJWA: {
      idTokenSigningAlgValues: [...SIGNING_ALGS],
      clientAuthSigningAlgValues: [...CLIENT_AUTH_ALGS],
    },
    assertJwtClientAuthClaimsAndHeader: (_ctx: unknown, claims: object) =>
      checkAssertion(claims, now()),
  };
}

/** What a relying party may ask for. No implicit, no password grant; PKCE where the client's record says so. */
function protocol(parts: ProviderParts, narrow: Narrow): Configuration {
  const { pages } = parts;
  const settle = (ctx: KoaContextWithOIDC): Promise<void> => {
    checkParameterSizes(ctx);
    return narrow(ctx);
  };
  return {
    ...ANSWERED,
    extraTokenClaims: signInClaims,
    // The library calls it with every request, whether or not that has the parameter.
    extraParams: { [ENROL]: settle, [FRESH]: null, [REPLACES]: null, [SESSION_TRANSFER]: null },
    acrValues: [],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    ...clientAuthentication(parts.now),
    extraClientMetadata: { properties: OWN_METADATA },
    clockTolerance: CLOCK_TOLERANCE,
    pkce: { required: (_ctx, client) => requiresPkce(client) },
    // Those of confidential clients are of no use without their secret or key (RFC 9700 §4.14.2): they keep them.
    rotateRefreshToken: (ctx) => ctx.oidc.client?.clientAuthMethod === 'none',
    expiresWithSession: async (_ctx, { scopes }) =>
      !scopes.has('offline_access') || ends('signed-out', 'offline'),
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true, assertClaimsParameter: checkClaimsParameter },
      clientCredentials: { enabled: true },
      resourceIndicators: resourceIndicators(parts.resources),
      deviceFlow: deviceFlow(pages),
      introspection: { enabled: true, allowedPolicy: introspectionPolicy(parts) },
      revocation: { enabled: true, allowedPolicy: ownTokensOnly },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.logout,
        postLogoutSuccessSource: pages.loggedOut,
      },
    },
  };
}

/** A client may revoke what was issued to it (RFC 7009 §2.1). */
function ownTokensOnly(
  _ctx: unknown,
  client: { clientId: string },
  token: { clientId?: string | undefined },
): boolean {
  return token.clientId === client.clientId;
}

function cookies(issuer: string, vault: Vault): NonNullable<Configuration['cookies']> {
  return {
    keys: createCookieKeys(() => vault.deriveUsable('cookie signing')),
    names: {
      session: cookieName(issuer, '__Host-', 'session'),
      interaction: cookieName(issuer, '__Secure-', 'interaction'),
      resume: resumeCookie(issuer),
    },
    long: { httpOnly: true, sameSite: 'lax', signed: true },
    short: { httpOnly: true, sameSite: 'lax', signed: true },
  };
}
