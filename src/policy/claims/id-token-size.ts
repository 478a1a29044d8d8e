/**
 * How large an ID token may be: programs keep it in a cookie or send it in a header, of which both end at
 * 4 KiB to 8 KiB. What does not go in is at userinfo, whole: no list is cut, as half of somebody's groups
 * would be an answer too. Pure.
 */

/** Bytes, as it is sent. */
export const LONGEST_ID_TOKEN = 4096;

/** Bytes of its header with the key's id, encoded, and the dots. */
const HEADER = 160;
/** Bytes of RSA-2048 and of ECDSA P-256 or Ed25519, encoded. */
const SIGNATURE = { RSA: 342, other: 86 } as const;
/** What the library adds: issuer, audience and two times of ten digits, with their names. */
const ADDED = '"iss":"","aud":"","exp":1234567890,"iat":1234567890,,,,'.length;

export interface TokenParts {
  payload: Readonly<Record<string, unknown>>;
  /** Claims that can be left out, the first to go first. */
  leavable: readonly string[];
  issuer: string;
  audience: string;
  alg: string;
}

/** The names of those that have to be left out. */
export function leftOut({ payload, leavable, issuer, audience, alg }: TokenParts): string[] {
  const parts = new Map(Object.entries(payload).map(([name, value]) => [name, bytes(name, value)]));
  const envelope = ADDED + Buffer.byteLength(JSON.stringify(issuer) + JSON.stringify(audience));
  const signature = /^[RP]S/u.test(alg) ? SIGNATURE.RSA : SIGNATURE.other;
  let size = envelope + [...parts.values()].reduce((sum, one) => sum + one, 0);
  const left: string[] = [];
  for (const name of leavable) {
    if (HEADER + encoded(size) + signature < LONGEST_ID_TOKEN) break;
    if (!parts.has(name)) continue;
    size -= parts.get(name) ?? 0;
    left.push(name);
  }
  return left;
}

/** With its name, the colon and a comma; what is undefined is not in the JSON. */
function bytes(name: string, value: unknown): number {
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined ? 0 : Buffer.byteLength(JSON.stringify(name) + json) + 2;
}

const encoded = (size: number): number => Math.ceil((size * 4) / 3);
