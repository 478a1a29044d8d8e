/**
 * Claims of a client's own, in the library's answers: it masks all claims with a map that is the same for
 * every client, so that these are added last, and replace nothing. And the length of ID tokens.
 */
import type { Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import { leftOut, LONGEST_ID_TOKEN } from '../../policy/claims/id-token-size.ts';
import { createWindowCounter } from '../window-counter.ts';
import type { Claims, ClaimsAnswer } from './answer.ts';

/** Out of the reach of every name that a claim can have. */
const OWN = Symbol('claims of the client’s own');

type Payload = Record<string, unknown>;
type Available = Payload & { [OWN]?: Claims };

/** The library's models, as far as they are looked at here. */
interface Models {
  Claims: { prototype: { available: Available; result(): Promise<Payload> } };
  IdToken: { prototype: IdToken };
}
interface IdToken {
  available: Available;
  client: { clientId: string; idTokenSignedResponseAlg: string };
  payload(): Promise<Payload>;
}

/** For `Account.claims`. */
export function availableClaims(
  sub: string,
  { standard, own }: ClaimsAnswer,
): { sub: string } & Payload {
  return Object.assign({ ...standard, sub }, { [OWN]: own });
}

export interface OwnClaimsParts {
  log: Pick<Logger, 'warn'>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export function addOwnClaims(provider: Provider, parts: OwnClaimsParts): void {
  const { Claims, IdToken } = provider as unknown as Models;
  const { result } = Claims.prototype;
  Claims.prototype.result = async function () {
    return withOwn(await result.call(this), this.available[OWN]);
  };
  const { payload } = IdToken.prototype;
  const tell = logOnceADay(parts);
  IdToken.prototype.payload = async function () {
    const own = this.available[OWN] ?? {};
    // The library merges what it has masked, and takes an object with a "constructor" for none.
    const { [OWN]: _, ...masked } = this.available;
    this.available = masked;
    const whole = withOwn(await payload.call(this), own);
    return fitting(this, { whole, own, issuer: provider.issuer, tell });
  };
}

function withOwn(claims: Payload, own: Claims = {}): Payload {
  for (const [name, value] of Object.entries(own))
    if (!Object.hasOwn(claims, name)) claims[name] = value;
  return claims;
}

interface Whole {
  whole: Payload;
  own: Claims;
  issuer: string;
  tell(client: string, left: readonly string[]): void;
}

/** Groups go first, then its own claims from the last one, the roles at the end. */
function fitting({ client }: IdToken, { whole, own, issuer, tell }: Whole): Payload {
  const leavable = leavableClaims(Object.keys(own));
  if (!leavable.some((name) => Object.hasOwn(whole, name))) return whole;
  const { clientId: audience, idTokenSignedResponseAlg: alg } = client;
  const left = leftOut({ payload: whole, leavable, issuer, audience, alg });
  if (left.length === 0) return whole;
  tell(client.clientId, left);
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !left.includes(name)));
}

/** In the order in which they go. `own`: in that of `clientClaims`. */
export function leavableClaims(own: readonly string[]): string[] {
  return ['groups', ...own.toReversed()];
}

const DAY = 86_400_000;
const CLIENTS_KEPT = 1000;

function logOnceADay({ log, now }: OwnClaimsParts): Whole['tell'] {
  const told = createWindowCounter(DAY, CLIENTS_KEPT);
  return (client, claims) => {
    if (told.add(client, now()).count > 1) return;
    const line = { client, claims, longest: LONGEST_ID_TOKEN };
    log.warn(line, 'claims were left out of an ID token that would be too long; userinfo has them');
  };
}
