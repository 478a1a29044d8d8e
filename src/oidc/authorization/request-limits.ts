/**
 * How much an authorization request may make us keep. Its parameters are stored with the sign-in, and
 * whoever sends one need not be signed in: they are bounded in size, and the sign-ins that one address
 * begins in number.
 */
import { LRUCache } from 'lru-cache';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import { addressBlock } from '../../net/address.ts';

/** Bytes of all parameters, encoded as they are sent. */
export const LONGEST_PARAMETERS = 8 * 1024;
/** Seconds that a pushed request waits for its browser (RFC 9126 §2.2). */
export const PUSHED_FOR = 60;
/** Bytes. */
export const LONGEST_STATE = 4 * 1024;

/** Where the parameters come in a body. */
const POSTED: ReadonlySet<string> = new Set([
  'pushed_authorization_request',
  'device_authorization',
]);

/**
 * For the library, after it has found the redirect URI to be the client's: what is wrong with `state`
 * goes there (RFC 6749 §4.1.2.1). A pushed request that is too large is answered 413 (RFC 9126 §2.3);
 * one in the address was refused before (web/requests/bounded-query.ts).
 */
export function checkParameterSizes({ oidc }: KoaContextWithOIDC): void {
  if (POSTED.has(oidc.route) && sizeOf(oidc.body) > LONGEST_PARAMETERS)
    throw new errors.InvalidRequest(
      `the parameters are longer than ${LONGEST_PARAMETERS} bytes`,
      413,
    );
  const { state } = oidc.params ?? {};
  if (typeof state === 'string' && Buffer.byteLength(state) > LONGEST_STATE)
    throw new errors.InvalidRequest(`state is longer than ${LONGEST_STATE} bytes`);
}

function sizeOf(body: object | undefined): number {
  const pairs = Object.entries(body ?? {}).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, String(one)]),
  );
  return new URLSearchParams(pairs).toString().length;
}

/** Too many were begun from there; it never goes to a redirect URI. */
export class TooManySignIns extends errors.OIDCProviderError {
  readonly seconds: number;

  constructor(seconds: number) {
    super(429, 'temporarily_unavailable');
    this.allow_redirect = false;
    this.error_description = 'too many sign-ins were begun from this address';
    this.seconds = seconds;
  }
}

export interface SignInLimit {
  /** Counts one that is begun by nobody, or throws `TooManySignIns` and says when to come back (RFC 6585 §4). */
  take(ctx: Pick<KoaContextWithOIDC, 'ip' | 'set'>): void;
}

/** Milliseconds: as long as a sign-in is kept that nobody posts to. */
export const UNTOUCHED_FOR = 30 * 60_000;
/** Whoever can come from as many networks gets more out of their number than out of making us forget one. */
const MOST_BLOCKS = 10_000;

/** Milliseconds: those that are begun within it are forgotten together, half an hour after the last. */
const TOGETHER = 60_000;

interface Begun {
  first: number;
  last: number;
  count: number;
}

/** In memory, of this process. `most` from one address block within any half an hour; 0: any number. */
export function createSignInLimit(
  most: number,
  log: Pick<Logger, 'warn'>,
  now: () => number,
): SignInLimit {
  // The one that began nothing for longest makes room.
  const blocks = new LRUCache<string, Begun[]>({ max: MOST_BLOCKS });
  return {
    take(ctx) {
      if (most === 0) return;
      const block = addressBlock(ctx.ip);
      const at = now();
      const begun = (blocks.get(block) ?? [])
        .map((each) => notLaterThan(at, each))
        .filter(({ last }) => at - last < UNTOUCHED_FOR);
      const count = begun.reduce((sum, each) => sum + each.count, 0);
      blocks.set(block, count < most ? counted(begun, at) : begun);
      if (count >= most) {
        const seconds = secondsUntilFree(begun, at);
        ctx.set('Retry-After', String(seconds));
        throw new TooManySignIns(seconds);
      }
      if (count + 1 === most) log.warn({ block, most }, HINT);
    },
  };
}

/** A clock that was set back makes nobody wait longer, and forgets nothing. */
function notLaterThan(at: number, { first, last, count }: Begun): Begun {
  return { first: Math.min(first, at), last: Math.min(last, at), count };
}

function counted(begun: readonly Begun[], at: number): Begun[] {
  const newest = begun.at(-1);
  if (!newest || at - newest.first >= TOGETHER)
    return [...begun, { first: at, last: at, count: 1 }];
  return [...begun.slice(0, -1), { ...newest, last: at, count: newest.count + 1 }];
}

function secondsUntilFree([oldest]: readonly Begun[], at: number): number {
  return Math.ceil(((oldest?.last ?? at) + UNTOUCHED_FOR - at) / 1000);
}

const HINT =
  'as many sign-ins as are allowed were begun from one address within half an hour; if it is that ' +
  'of a proxy of yours, list it in `proxies`';
