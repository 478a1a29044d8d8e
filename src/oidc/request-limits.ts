/**
 * How much an authorization request may make us keep. Its parameters are stored with the sign-in, and
 * whoever sends one need not be signed in: they are bounded in size, and the sign-ins that one address
 * begins in number.
 */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import { addressBlock } from '../web/scene.ts';

/** Bytes of all parameters, encoded as they are sent. */
export const LONGEST_PARAMETERS = 8 * 1024;
/** Bytes. */
export const LONGEST_STATE = 4 * 1024;

/**
 * For the library, after it has found the redirect URI to be the client's: what is wrong with `state`
 * goes there (RFC 6749 §4.1.2.1). A pushed request that is too large is answered 413 (RFC 9126 §2.3);
 * one in the address was refused before (web/bounded-query.ts).
 */
export function checkParameterSizes({ oidc }: KoaContextWithOIDC): void {
  if (oidc.route === 'pushed_authorization_request' && sizeOf(oidc.body) > LONGEST_PARAMETERS)
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
  /** Counts one that is begun by nobody, or throws `TooManySignIns`. */
  take(address: string): void;
}

/** Milliseconds: as long as a sign-in is kept that nobody posts to. */
export const UNTOUCHED_FOR = 30 * 60_000;
/** Whoever can come from as many networks gets more out of their number than out of making us forget one. */
const MOST_BLOCKS = 10_000;

/** In memory, of this process. `most` from one address block within half an hour; 0: any number. */
export function createSignInLimit(
  most: number,
  log: Pick<Logger, 'warn'>,
  now: () => number,
): SignInLimit {
  const begun = new Map<string, { since: number; count: number }>();
  return {
    take(address) {
      if (most === 0) return;
      const block = addressBlock(address);
      const at = now();
      const known = begun.get(block);
      const isOver = !known || at < known.since || at - known.since >= UNTOUCHED_FOR;
      const counted = isOver ? { since: at, count: 0 } : known;
      if (counted.count >= most)
        throw new TooManySignIns(Math.ceil((counted.since + UNTOUCHED_FOR - at) / 1000));
      counted.count += 1;
      if (isOver) remember(begun, block, counted);
      if (counted.count === most) log.warn({ block, most }, HINT);
    },
  };
}

const HINT =
  'as many sign-ins as are allowed were begun from one address within half an hour; if it is that ' +
  'of a proxy of yours, list it in `proxies`';

/** The oldest one makes room: a Map keeps the order in which they came. */
function remember<T>(begun: Map<string, T>, block: string, counted: T): void {
  begun.delete(block);
  begun.set(block, counted);
  const [oldest] = begun.keys();
  if (begun.size > MOST_BLOCKS && oldest !== undefined) begun.delete(oldest);
}
