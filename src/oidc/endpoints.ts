/**
 * The library's endpoints, for what it leaves to us: other methods than its own, requests that come as a
 * form, and whether an error there is told to a program or shown to a person.
 */
import type { Context } from 'koa';

interface Endpoint {
  /** As the library routes it: in any case, a slash at its end or none. */
  path: string;
  /** GET stands for HEAD too. */
  methods: readonly ('GET' | 'POST')[];
  /** The POST is not the library's: it is the same request as the GET (web/requests/posted-requests.ts). */
  redirectsPost?: true;
  /** What an app asks for there, in the log (refused-requests.ts). */
  asks?: string;
}

export const ENDPOINTS: readonly Endpoint[] = [
  // OpenID Connect Core §3.1.2.1.
  { path: '/auth', methods: ['GET', 'POST'], redirectsPost: true, asks: 'authorization' },
  { path: '/auth/:uid', methods: ['GET'] },
  // OpenID Connect RP-Initiated Logout §2.
  { path: '/session/end', methods: ['GET', 'POST'], redirectsPost: true, asks: 'sign-out' },
  { path: '/session/end/confirm', methods: ['POST'] },
  { path: '/session/end/success', methods: ['GET'] },
  { path: '/token', methods: ['POST'], asks: 'token' },
  { path: '/token/introspection', methods: ['POST'], asks: 'introspection' },
  { path: '/token/revocation', methods: ['POST'], asks: 'revocation' },
  { path: '/request', methods: ['POST'], asks: 'pushed authorization' },
  // RFC 8628 §3.1, §3.3; the pages under /device are ours (web/device.ts).
  { path: '/device/auth', methods: ['POST'], asks: 'device authorization' },
  { path: '/device/:uid', methods: ['GET'] },
  // OpenID Connect Core §5.3.1.
  { path: '/me', methods: ['GET', 'POST'], asks: 'userinfo' },
  { path: '/jwks', methods: ['GET'] },
  { path: '/.well-known/openid-configuration', methods: ['GET'] },
  { path: '/.well-known/oauth-authorization-server', methods: ['GET'] },
];

/** No methods: there is no such endpoint. */
export function methodsAt(path: string): readonly string[] {
  return endpointAt(path)?.methods ?? [];
}

/** The path as the library has it, where a POST is the same request as the GET; else undefined. */
export function postedPath(path: string): string | undefined {
  const endpoint = endpointAt(path);
  return endpoint?.redirectsPost ? endpoint.path : undefined;
}

/** Undefined: no app asks for anything there that could be refused. */
export function askedAt(path: string): string | undefined {
  return endpointAt(path)?.asks;
}

const isPattern = ({ path }: Endpoint): boolean => path.includes(':');
const FIXED = new Map(ENDPOINTS.filter((one) => !isPattern(one)).map((one) => [one.path, one]));
const PATTERNS = ENDPOINTS.filter(isPattern);

/** No pattern comes before a path that it would fit. */
function endpointAt(path: string): Endpoint | undefined {
  const plain = path.toLowerCase().replace(/\/$/u, '');
  return FIXED.get(plain) ?? patternAt(plain.split('/'));
}

function patternAt(asked: readonly string[]): Endpoint | undefined {
  return PATTERNS.find((endpoint) => {
    const parts = endpoint.path.split('/');
    const fits = (part: string, at: number): boolean =>
      part.startsWith(':') ? asked[at] !== '' : part === asked[at];
    return parts.length === asked.length && parts.every(fits);
  });
}

/** Whose errors are JSON, whatever `Accept` says (RFC 6749 §5.2, RFC 6750 §3.1, RFC 8628 §3.2, RFC 9126 §2.3). */
const PROGRAMS = under(
  'token|me|jwks|request|device/auth|mail/passcode|\\.well-known/(?:openid-configuration|oauth-authorization-server|passkey-endpoints)',
);
const MAIL = under('mail');
const SIGN_OUT = under('session/end');
/** Browsers ask there too (`change-password`). */
const WELL_KNOWN = under('\\.well-known');

export function isForPrograms({ path }: Pick<Context, 'path'>): boolean {
  return PROGRAMS.test(path);
}

/** Of mail servers. */
export function isForMail({ path }: Pick<Context, 'path'>): boolean {
  return MAIL.test(path);
}

/** Where somebody signs out, and all steps of it. */
export function isSignOut({ path }: Pick<Context, 'path'>): boolean {
  return SIGN_OUT.test(path);
}

export function isWellKnown({ path }: Pick<Context, 'path'>): boolean {
  return WELL_KNOWN.test(path);
}

/** Routes are found in any case. */
function under(places: string): RegExp {
  return new RegExp(`^/(?:${places})(?:/|$)`, 'iu');
}
