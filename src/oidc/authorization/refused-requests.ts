/**
 * Every request of an app that is refused is a line of the log, for whoever has to find out why: the app
 * is often told less, and a person nothing that they understand. Anybody can cause these lines, so that
 * their number is bounded: of one client, endpoint and error the first ten in a minute, and after that
 * whenever their number has doubled. Nothing secret is in them: values of queries are left out.
 */
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import type { ClientRefusal } from '../clients/refusals/client-refusal.ts';
import { printable } from '../../text/printable.ts';
import { isNobody, type ClaimedClient } from '../clients/client-authentication.ts';
import { createWindowCounter } from '../window-counter.ts';

/** The library's events, and what was asked. */
const ENDPOINTS = {
  'authorization.error': 'authorization',
  'pushed_authorization_request.error': 'pushed authorization',
  'device_authorization.error': 'device authorization',
  'device_resume.error': 'device sign-in',
  'grant.error': 'token',
  'introspection.error': 'introspection',
  'revocation.error': 'revocation',
  'userinfo.error': 'userinfo',
  'end_session.error': 'sign-out',
  'end_session_confirm.error': 'sign-out',
  'end_session_success.error': 'sign-out',
} as const;

/** Lines of one client, endpoint and error, before only each doubling is one. */
export const FIRST_LINES = 10;
/** Milliseconds. */
export const LINES_WINDOW = 60_000;
/** Clients, endpoints and errors that are counted at a time. */
const KEPT = 10_000;
/** Characters of what came from outside, and URIs of a client, in a line. */
const LONGEST = 300;
const MOST_URIS = 20;

/** What an app without a session to go by is answered in the normal course of things. */
/** As interactions/steps/not-open.ts and authentication.ts say it. */
export const NOT_OPEN = 'the client is not open to this person';
const EXPECTED = /^(?:login|consent|interaction|account_selection)_required$|^access_denied$/u;

export interface RefusalLogParts {
  log: Pick<Logger, 'info' | 'warn'>;
  /** Who a request that authenticates its client says that it is. */
  claimedClient: ClaimedClient;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told of those of registered clients (clients/refusals/client-refusals.ts). */
  noteRefusal(
    ctx: KoaContextWithOIDC,
    refusal: Omit<ClientRefusal, 'count' | 'firstAt' | 'lastAt'>,
  ): void;
}

/** Listeners run inside the request: these never throw. A request gets one line. */
export function logRefusals(provider: Pick<Provider, 'on'>, parts: RefusalLogParts): void {
  const { log, claimedClient } = parts;
  const write = createRefusalLines(parts);
  const logged = new WeakSet<KoaContextWithOIDC>();
  const logOnce = (endpoint: string, ctx: KoaContextWithOIDC, refused: Refused): void => {
    if (logged.has(ctx)) return;
    logged.add(ctx);
    const error = short(refused.error);
    const client = registered(ctx)?.clientId;
    // Whoever makes names up gets no more lines for it.
    write(ctx, { endpoint, error, of: client ?? '' }, () => ({
      client: client ?? claimed(ctx, claimedClient),
      ...describe(ctx, refused),
      ...urisOf(ctx),
    }));
    const noted = client === undefined ? undefined : notedOf(ctx, refused);
    if (noted) parts.noteRefusal(ctx, { endpoint, ...noted });
  };
  for (const [event, endpoint] of Object.entries(ENDPOINTS))
    provider.on(event as 'grant.error', (ctx, error) => {
      try {
        logOnce(endpoint, ctx, error);
      } catch (cause) {
        log.warn({ err: cause, endpoint }, 'a refusal cannot be written down');
      }
    });
}

const MESSAGE = 'a request was refused';

/** `of`: the registered client whose lines are counted together; empty: of nobody that is registered. */
export interface RefusalKind {
  endpoint: string;
  error: string;
  of: string;
}

export type WriteRefusal = (
  ctx: Pick<KoaContextWithOIDC, 'state'>,
  kind: RefusalKind,
  about: () => object,
) => void;

/** Writes the lines that are due. `about`: what else is in one. */
export function createRefusalLines({
  log,
  now,
}: Pick<RefusalLogParts, 'log' | 'now'>): WriteRefusal {
  const counter = createWindowCounter(LINES_WINDOW, KEPT);
  return ({ state }, { endpoint, error, of }, about) => {
    const times = counter.add(`${endpoint} ${of} ${error}`, now()).count;
    if (!isLine(times)) return;
    const line = {
      ...(state['requestId'] ? { request: state['requestId'] as unknown } : {}),
      endpoint,
      error,
      ...about(),
      ...(times > FIRST_LINES ? { times } : {}),
    };
    if (EXPECTED.test(error)) log.info(line, MESSAGE);
    else log.warn(line, MESSAGE);
  };
}

type Refused = Pick<errors.OIDCProviderError, 'error' | 'error_description'> & {
  error_detail?: unknown;
  cause?: unknown;
};

function isLine(times: number): boolean {
  return times <= FIRST_LINES || Number.isInteger(Math.log2(times / FIRST_LINES));
}

function registered({ oidc }: KoaContextWithOIDC): KoaContextWithOIDC['oidc']['client'] {
  return oidc.client && !isNobody(oidc.client) ? oidc.client : undefined;
}

/** A client that is not registered, or was not looked up. */
function claimed(ctx: KoaContextWithOIDC, claimedClient: ClaimedClient): string | null {
  const { AccessToken: token } = ctx.oidc.entities;
  const id = claimedClient(ctx) ?? token?.clientId ?? ctx.oidc.params?.['client_id'];
  return typeof id === 'string' ? short(id) : null;
}

function describe(
  { oidc }: KoaContextWithOIDC,
  refused: Refused,
): { description?: string; detail?: string } {
  const { error_description: description, cause } = refused;
  // What is not JSON would be quoted in it.
  const internal = cause instanceof SyntaxError ? 'not valid JSON' : inOtherWords(refused);
  const detail = oidc.client && isNobody(oidc.client) ? 'client not found' : internal;
  return {
    ...(typeof description === 'string' ? { description: short(description) } : {}),
    ...(typeof detail === 'string' && detail !== description ? { detail: short(detail) } : {}),
  };
}

/** The library says of a verifier that no challenge asked for what it says of a method that there isn't. */
function inOtherWords({ error_detail: detail }: Refused): unknown {
  if (detail !== 'unsupported code_challenge_method') return detail;
  return 'code_verifier without a code_challenge in the authorization request';
}

/** What is kept of it for the client's operator; undefined: it is in the normal course of things. */
function notedOf(
  ctx: KoaContextWithOIDC,
  refused: Refused & { scope?: unknown },
): Pick<ClientRefusal, 'reason' | 'value'> | undefined {
  const { redirectUri, postLogoutRedirectUri } = urisOf(ctx);
  if (redirectUri) return { reason: 'redirect_uri', value: redirectUri.came };
  if (postLogoutRedirectUri)
    return { reason: 'post_logout_redirect_uri', value: postLogoutRedirectUri.came };
  const { error, error_description: description = '', scope } = refused;
  if (error === 'invalid_scope' && typeof scope === 'string')
    return { reason: 'scope', value: short(scope) };
  if (description === NOT_OPEN) return { reason: 'not_open', value: '' };
  const { description: told = '', detail = told } = describe(ctx, refused);
  return EXPECTED.test(error) ? undefined : { reason: short(error), value: detail };
}

/** Where it wanted to go, where that is the reason or one more. */
function urisOf(ctx: KoaContextWithOIDC): { redirectUri?: Uris; postLogoutRedirectUri?: Uris } {
  const client = registered(ctx);
  const { redirect_uri: uri, post_logout_redirect_uri: afterLogout } = ctx.oidc.params ?? {};
  const { AuthorizationCode: code } = ctx.oidc.entities;
  if (typeof uri === 'string' && code && code.redirectUri !== uri)
    return { redirectUri: uris(uri, [code.redirectUri ?? '']) };
  if (typeof uri === 'string' && client && !client.redirectUriAllowed(uri))
    return { redirectUri: uris(uri, client.redirectUris ?? []) };
  if (
    typeof afterLogout === 'string' &&
    client?.postLogoutRedirectUriAllowed(afterLogout) === false
  )
    return { postLogoutRedirectUri: uris(afterLogout, client.postLogoutRedirectUris ?? []) };
  return {};
}

interface Uris {
  came: string;
  registered: string[];
  /** They look alike without the values of their queries. */
  differs?: 'query';
}

function uris(came: string, known: readonly string[]): Uris {
  const [shown, those] = [withoutValues(came), known.slice(0, MOST_URIS).map(withoutValues)];
  const alike = those.includes(shown) ? { differs: 'query' as const } : {};
  return { came: shown, registered: those, ...alike };
}

/** A code, a token or a password may be in it, wherever somebody has put it together wrongly. */
function withoutValues(uri: string): string {
  const [place = '', ...rest] = uri.split(/(?=[?#])/u);
  const names = rest.map((part) => part.replaceAll(/(^[?#]|&)([^=&]*)(=?)[^&]*/gu, hidden));
  return short([place.replace(/\/\/[^/@]*@/u, '//…@'), ...names].join(''));
}

function hidden(_: string, before: string, name: string, equals: string): string {
  return equals === '' ? `${before}…` : `${before}${name}=…`;
}

/** Printable, and not longer than a line bears. */
export function short(text: string): string {
  const whole = printable(text.slice(0, LONGEST));
  return text.length > LONGEST ? `${whole}…` : whole;
}
