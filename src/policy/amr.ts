/**
 * From stored proofs to `acr`, `amr` and `auth_time`: the only place where they are computed.
 * Pure. Values of `amr` are those of RFC 8176 §2.
 */
import type { Level, Proof } from '../records/proof.ts';
import { ACR, FACTORS, compareLevels, levelOf, type Factor } from './factors.ts';

/** What an ID token says about the sign-in. */
export interface Authentication {
  level: Level;
  acr: string;
  amr: string[];
  /** Seconds since the epoch: the oldest proof that `acr` rests on (OIDC Core §2). */
  authTime: number;
  /** The id of the trusted computer that `acr` rests on; absent: on none. */
  computer?: string;
}

/** Proofs that make a sign-in of a level together. */
interface Ground {
  level: Level;
  /** The oldest of them, milliseconds since the epoch. */
  at: number;
  computer?: string | undefined;
}

/**
 * What the proofs that count add up to, at best. `undefined` when they don't amount to a sign-in:
 * a second factor without a password is none, but for one that is a sign-in by itself.
 */
export function authentication(proofs: readonly Proof[]): Authentication | undefined {
  const best = grounds(proofs).toSorted(
    (a, b) => compareLevels(b.level, a.level) || b.at - a.at,
  )[0];
  return best && state(best.level, best, proofs);
}

/**
 * The same sign-in, stated as a level that it meets and a request asks for by name; undefined when
 * it does not meet it. It rests on the freshest proofs that meet the level.
 */
export function stateAs(level: Level, proofs: readonly Proof[]): Authentication | undefined {
  const freshest = grounds(proofs)
    .filter((ground) => compareLevels(ground.level, level) >= 0)
    .toSorted((a, b) => b.at - a.at)[0];
  return freshest && state(level, freshest, proofs);
}

/**
 * The level that a token of ours shows to have been proven, at the least: a request may have had it stated
 * as a weaker one. Undefined: its `acr` is none of ours.
 */
export function provenLevel(acr: string, amr: readonly string[]): Level | undefined {
  const stated = levelOf(acr);
  if (!stated) return undefined;
  const shown = Object.values(FACTORS).filter((factor) => isPart(factor.amr, amr));
  // An email code shows all that an authenticator code shows.
  const isAmbiguous = (factor: Factor): boolean =>
    shown.some(
      ({ amr: wider, level }) =>
        compareLevels(level, factor.level) < 0 && isPart(factor.amr, wider),
    );
  return shown
    .filter((factor) => !isAmbiguous(factor))
    .map(({ level }) => level)
    .reduce((best, level) => (compareLevels(level, best) > 0 ? level : best), stated);
}

/** A weaker level may be stated than `floor`: does the token still show that this one was proven? */
export function shows({ acr, amr }: Authentication, floor: Level): boolean {
  return compareLevels(provenLevel(acr, amr) ?? 'password', floor) >= 0;
}

function isPart(part: readonly string[], whole: readonly string[]): boolean {
  return part.every((value) => whole.includes(value));
}

function grounds(proofs: readonly Proof[]): Ground[] {
  const password = newest(proofs, 'password');
  return [...new Set(proofs.map(({ method }) => method))].flatMap((method) => {
    const proof = newest(proofs, method);
    return proof ? groundsOf(proof, password) : [];
  });
}

function groundsOf(proof: Proof, password: Proof | undefined): Ground[] {
  const { method, at } = proof;
  if (method !== 'password' && method !== 'trusted-computer' && FACTORS[method].multiFactor)
    return [{ level: FACTORS[method].level, at }];
  if (!password) return [];
  if (method === 'password') return [{ level: 'password', at }];
  const level = method === 'trusted-computer' ? 'trusted' : FACTORS[method].level;
  return [{ level, at: Math.min(at, password.at), computer: proof.computer }];
}

function state(level: Level, ground: Ground, proofs: readonly Proof[]): Authentication {
  const { at, computer } = ground;
  const stated = { level, acr: ACR[level], amr: amrOf(proofs), authTime: Math.floor(at / 1000) };
  return computer === undefined ? stated : { ...stated, computer };
}

function amrOf(proofs: readonly Proof[]): string[] {
  const methods = new Set(proofs.map((proof) => proof.method));
  const values = methods.has('password') ? ['pwd'] : [];
  for (const factor of Object.values(FACTORS)) {
    if (methods.has(factor.id)) values.push(...factor.amr);
  }
  values.push(...proofs.flatMap(({ key }) => key ?? []));
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
