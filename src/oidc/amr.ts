/**
 * From stored proofs to `acr`, `amr` and `auth_time`: the only place where they are computed.
 * Pure. Values of `amr` are those of RFC 8176 §2.
 */
import { ACR, FACTORS, compareLevels, type Level, type Proof } from '../factors/factor.ts';

/** What an ID token says about the sign-in. */
export interface Authentication {
  level: Level;
  acr: string;
  amr: string[];
  /** Seconds since the epoch: the oldest proof that `acr` rests on (OIDC Core §2). */
  authTime: number;
}

/**
 * What the proofs that count add up to, at best. `undefined` when they don't amount to a sign-in:
 * a second factor without a password is none.
 */
export function authentication(proofs: readonly Proof[]): Authentication | undefined {
  const password = newest(proofs, 'password');
  if (!password) return undefined;
  return strongest(proofs, password) ?? state('password', [password], proofs);
}

/**
 * The same sign-in, stated as a level that it meets and a request asks for by name; undefined when
 * it does not meet it. A password rests on itself alone, however strong the rest was.
 */
export function stateAs(level: Level, proofs: readonly Proof[]): Authentication | undefined {
  const best = authentication(proofs);
  const password = newest(proofs, 'password');
  if (!best || !password || compareLevels(best.level, level) < 0) return undefined;
  if (level === 'password') return state('password', [password], proofs);
  return { ...best, level, acr: ACR[level] };
}

function strongest(proofs: readonly Proof[], password: Proof): Authentication | undefined {
  const candidates = Object.values(FACTORS)
    .toSorted((a, b) => compareLevels(b.level, a.level))
    .map((factor) => ({ factor, proof: newest(proofs, factor.id) }));
  for (const { factor, proof } of candidates) {
    if (proof) return state(factor.level, [password, proof], proofs);
  }
  return undefined;
}

function state(level: Level, restsOn: readonly Proof[], proofs: readonly Proof[]): Authentication {
  const oldest = Math.min(...restsOn.map((proof) => proof.at));
  return { level, acr: ACR[level], amr: amrOf(proofs), authTime: Math.floor(oldest / 1000) };
}

function amrOf(proofs: readonly Proof[]): string[] {
  const methods = new Set(proofs.map((proof) => proof.method));
  const values = methods.has('password') ? ['pwd'] : [];
  for (const factor of Object.values(FACTORS)) {
    if (methods.has(factor.id)) values.push(...factor.amr);
  }
  return [...new Set(values)];
}

function newest(proofs: readonly Proof[], method: Proof['method']): Proof | undefined {
  return proofs
    .filter((proof) => proof.method === method)
    .reduce<Proof | undefined>(
      (best, proof) => (best && best.at >= proof.at ? best : proof),
      undefined,
    );
}
