/**
 * What has to be proven anew before a factor, one-time code, passcode or address is set up, changed,
 * removed or shown: the password and the strongest factor that the person has. Every way to such a
 * change asks here, when its page is opened and again when it is carried out. Pure.
 */
import type { FactorId } from '../records/factor-id.ts';
import type { Method, Proof } from '../records/proof.ts';
import { FACTORS, compareLevels, isEnrolled } from './factors.ts';
import { strongestHeld, strongestLevel, type Subject } from './assurance.ts';

/** Milliseconds: a proof that is older leads to no such change. */
export const FRESH_PROOF = 5 * 60_000;

/** Milliseconds: whoever proved longer ago who they are does it again before a set-up begins. */
export const CONFIRM_AFTER = 60_000;

export type MissingProof =
  /** First of all, whatever else is missing. */
  | { next: 'password' }
  /** One of them is enough. */
  | { next: 'factor'; factors: FactorId[] }
  /** The person has a factor, and nothing that they have can be checked: a password alone must not do it. */
  | { next: 'refuse' };

interface Standing {
  /** Those that count for the person now, of whatever age. */
  proofs: readonly Proof[];
  /** Factors that this installation can check. */
  available: readonly FactorId[];
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * What is missing, the password first; undefined: nothing. A factor that is a sign-in by itself (a
 * passkey with user verification) proves both.
 */
export function missingProof(
  { person }: Pick<Subject, 'person'>,
  { proofs, available, now }: Standing,
): MissingProof | undefined {
  const fresh = proofs.filter((proof) => isFresh(proof, now));
  if (!fresh.some(identifies)) return { next: 'password' };
  if (!isEnrolled(person)) return undefined;
  const counts = (id: FactorId): boolean => !FACTORS[id].isSuspended(person);
  const isEnough = ({ method, temporary }: Proof): boolean =>
    isFactor(method) &&
    !temporary &&
    counts(method) &&
    compareLevels(FACTORS[method].level, strongestLevel(person)) >= 0;
  if (fresh.some(isEnough)) return undefined;
  const factors = strongestHeld(person).filter((id) => counts(id) && available.includes(id));
  return factors.length > 0 ? { next: 'factor', factors } : { next: 'refuse' };
}

/** Not from the future either: a clock that was set back must not keep a proof fresh. */
export function isFresh({ at }: Pick<Proof, 'at'>, now: number): boolean {
  return Math.abs(now - at) <= FRESH_PROOF;
}

/** Does it say by itself who the person is? */
export function identifies({ method }: Proof): boolean {
  return method === 'password' || (isFactor(method) && FACTORS[method].multiFactor);
}

export function isFactor(method: Method): method is FactorId {
  return method !== 'password' && method !== 'trusted-computer';
}
