/**
 * The relying party inside the sample webmail: code flow with PKCE. `openid-client` does every
 * check of OpenID Connect Core 3.1.3.7; nothing here looks into a token that it has not accepted.
 */
import { randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import * as oidc from 'openid-client';
import { SignInProblem, unreachable } from './webmail-problems.ts';
import type { WebmailSession } from './webmail-sessions.ts';

/** What the webmail must be registered with; the provider must sign its ID tokens with it. */
export const idTokenAlgorithm = 'ES256';

export const strongAcr = 'urn:latchkey:acr:mfa';
const meetsStrong: readonly unknown[] = [strongAcr, 'phr'];

export interface RelyingPartyOptions {
  /** From `safeIssuer`. */
  issuer: URL;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  postLogoutRedirectUri: string;
  /** Milliseconds since the epoch. */
  now: () => number;
}

interface PendingSignIn {
  /** The cookie of the browser that began: no other one may end it. */
  browser: string;
  state: string;
  nonce: string;
  codeVerifier: string;
  startedAt: number;
  fresh: boolean;
}

const pendingAtMost = 1_000;

export class RelyingParty {
  readonly #options: RelyingPartyOptions;
  readonly #pending = new Map<string, PendingSignIn>();
  #metadata: oidc.ServerMetadata | undefined;
  #keys: JWTVerifyGetKey | undefined;

  constructor(options: RelyingPartyOptions) {
    this.#options = options;
  }

  /** Where to send the browser. `fresh`: a second factor is wanted now, whatever was proven before. */
  async begin(browser: string, fresh: boolean): Promise<URL> {
    const config = await this.#configuration();
    const signIn: PendingSignIn = {
      browser,
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      codeVerifier: oidc.randomPKCECodeVerifier(),
      startedAt: this.#options.now(),
      fresh,
    };
    this.#remember(signIn);
    return oidc.buildAuthorizationUrl(config, {
      redirect_uri: this.#options.redirectUri,
      scope: 'openid profile email',
      state: signIn.state,
      nonce: signIn.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(signIn.codeVerifier),
      code_challenge_method: 'S256',
      ...(fresh ? { acr_values: strongAcr, max_age: '0' } : {}),
    });
  }

  /** Ends the sign-in that the provider's answer in `callback` belongs to; throws SignInProblem. */
  async finish(browser: string | undefined, callback: URL): Promise<WebmailSession> {
    const signIn = this.#take(browser, callback.searchParams.get('state'));
    try {
      return await this.#redeem(signIn, callback);
    } catch (error) {
      throw SignInProblem.from(error, signIn.fresh);
    }
  }

  /** Where to send the browser so that the provider signs the person out as well. */
  async endSessionUrl(idToken: string): Promise<URL> {
    return oidc.buildEndSessionUrl(await this.#configuration(), {
      id_token_hint: idToken,
      post_logout_redirect_uri: this.#options.postLogoutRedirectUri,
    });
  }

  /** Verifies a logout token (OpenID Connect Back-Channel Logout 2.6); throws when it isn't good. */
  async verifyLogoutToken(token: string): Promise<JWTPayload> {
    const { issuer, jwks_uri: keys } = (await this.#configuration()).serverMetadata();
    if (keys === undefined) throw new Error('the provider names no jwks_uri');
    this.#keys ??= createRemoteJWKSet(new URL(keys), { timeoutDuration: 5_000 });
    const { payload } = await jwtVerify(token, this.#keys, {
      issuer,
      audience: this.#options.clientId,
      algorithms: [idTokenAlgorithm],
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'jti', 'events'],
      maxTokenAge: '5 minutes',
      clockTolerance: 30,
      currentDate: new Date(this.#options.now()),
    });
    mustBeLogout(payload);
    return payload;
  }

  async #redeem(signIn: PendingSignIn, callback: URL): Promise<WebmailSession> {
    const config = await this.#configuration();
    const tokens = await oidc.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: signIn.codeVerifier,
      expectedState: signIn.state,
      expectedNonce: signIn.nonce,
      idTokenExpected: true,
      // The proof must be of this sign-in, which may have taken the person a while.
      ...(signIn.fresh
        ? { maxAge: Math.ceil((this.#options.now() - signIn.startedAt) / 1000) }
        : {}),
    });
    const claims = tokens.claims();
    if (!claims || !tokens.id_token) throw new Error('the answer has no ID token');
    // acr_values is a wish: whether it was met is the relying party's to look at.
    if (signIn.fresh && !meetsStrong.includes(claims['acr']))
      throw SignInProblem.tooWeak(claims['acr']);
    const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    return {
      idToken: tokens.id_token,
      claims,
      name: userinfo.name ?? userinfo.preferred_username ?? userinfo.email ?? claims.sub,
      email: userinfo.email,
    };
  }

  #remember(signIn: PendingSignIn): void {
    this.#pending.set(signIn.state, signIn);
    if (this.#pending.size <= pendingAtMost) return;
    const [oldest] = this.#pending.keys();
    if (oldest !== undefined) this.#pending.delete(oldest);
  }

  /** Each sign-in ends once, and only in the browser that began it. */
  #take(browser: string | undefined, state: string | null): PendingSignIn {
    const signIn = state === null ? undefined : this.#pending.get(state);
    if (!signIn || signIn.browser !== browser) throw SignInProblem.unknown();
    this.#pending.delete(signIn.state);
    return signIn;
  }

  /** Made anew for each use from metadata that is kept, so that the keys are always the newest. */
  async #configuration(): Promise<oidc.Configuration> {
    const { clientId, clientSecret, now } = this.#options;
    const client = {
      id_token_signed_response_alg: idTokenAlgorithm,
      [oidc.clockSkew]: Math.round((now() - Date.now()) / 1000),
    };
    const authentication = oidc.ClientSecretBasic(clientSecret);
    this.#metadata ??= await this.#discover();
    const config = new oidc.Configuration(this.#metadata, clientId, client, authentication);
    for (const option of this.#execute()) option(config);
    return config;
  }

  async #discover(): Promise<oidc.ServerMetadata> {
    try {
      const found = await oidc.discovery(
        this.#options.issuer,
        this.#options.clientId,
        {},
        oidc.None(),
        {
          execute: this.#execute(),
          timeout: 5,
        },
      );
      return found.serverMetadata();
    } catch (error) {
      throw unreachable(this.#options.issuer.href, error);
    }
  }

  #execute(): ((config: oidc.Configuration) => void)[] {
    // This option makes openid-client verify the ID token's signature against the provider's keys.
    // Without it, it relies on the TLS connection to the token endpoint (Core 3.1.3.7, item 6).
    const always = [oidc.enableNonRepudiationChecks];
    if (this.#options.issuer.protocol === 'https:') return always;
    return [...always, oidc.allowInsecureRequests];
  }
}

/** A value for the cookie that binds sign-ins to their browser. */
export const newBrowserId = () => randomBytes(32).toString('base64url');

/** Plain http is for a provider on this machine only; throws for any other. */
export function safeIssuer(issuer: string): URL {
  const url = new URL(issuer);
  const onLoopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && onLoopback)) return url;
  throw new Error(`the issuer ${issuer} must use https, as it isn't on this machine`);
}

function mustBeLogout(payload: JWTPayload): void {
  const events = payload['events'] as Record<string, unknown> | null;
  const event = events?.['http://schemas.openid.net/event/backchannel-logout'];
  if (typeof event !== 'object' || event === null) throw new Error('it is not a logout event');
  if (payload['nonce'] !== undefined) throw new Error('a logout token has no nonce');
  if (payload.sub === undefined && payload['sid'] === undefined) throw new Error('it names nobody');
}
