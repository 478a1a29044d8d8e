/** What an audit event says about sign-ins, in labels that have few values. Pure. */
import type { AuditEvent } from '../audit/event.ts';
import { ACR, FACTORS, LEVELS, type Level } from '../factors/factor.ts';

/** `sign-in`: one that has ended. `check`: a password or factor that was shown on the way. */
export interface Counted {
  what: 'sign-in' | 'check';
  outcome: 'completed' | 'refused' | 'accepted' | 'wrong' | 'delayed';
  factor: string;
}

/** What stood beside the password; `code` is of an authenticator or of the one-time ones. */
const BESIDE_PASSWORD: Readonly<Record<Level, string>> = {
  password: 'none',
  trusted: 'trusted-computer',
  email: 'email-code',
  mfa: 'code',
  phr: 'passkey',
};

/** Of these refusals nothing was looked at: it came too early after others (factors/attempts.ts). */
const NOT_EVALUATED: readonly string[] = ['wait', 'suspended'];

/** `undefined`: it has nothing to do with signing in. */
export function countedOf(event: AuditEvent): Counted | undefined {
  switch (event.type) {
    case 'sign-in.completed':
      return { what: 'sign-in', outcome: 'completed', factor: factorOfAcr(event.details['acr']) };
    case 'sign-in.refused':
      return { what: 'sign-in', outcome: 'refused', factor: 'none' };
    case 'sign-in.password':
      return { what: 'check', outcome: outcomeOf(event), factor: 'password' };
    case 'sign-in.factor':
      return { what: 'check', outcome: outcomeOf(event), factor: factorOf(event) };
    default:
      return undefined;
  }
}

function factorOfAcr(acr: unknown): string {
  const level = LEVELS.find((candidate) => ACR[candidate] === acr);
  return level === undefined ? 'none' : BESIDE_PASSWORD[level];
}

function outcomeOf({ outcome, reasons }: AuditEvent): Counted['outcome'] {
  if (outcome === 'success') return 'accepted';
  return reasons.some((reason) => NOT_EVALUATED.includes(reason)) ? 'delayed' : 'wrong';
}

/** A refused code may be meant for several factors: it is `code`. */
function factorOf({ details, reasons }: AuditEvent): string {
  const { factor } = details;
  if (typeof factor === 'string' && Object.hasOwn(FACTORS, factor)) return factor;
  if (reasons.some((reason) => reason.startsWith('passkey-'))) return 'passkey';
  if (reasons.some((reason) => reason.startsWith('one-time-'))) return 'one-time-codes';
  return 'code';
}
