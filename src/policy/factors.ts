/**
 * THE TABLE of factors. Policy, claims, pages and command line are driven by it; nothing else in the
 * code lists factors one by one. Pure: no store, no clock.
 */
import type { Person } from '../records/person.ts';
import { FACTOR_IDS, type FactorId } from '../records/factor-id.ts';
import { LEVELS, type Level } from '../records/proof.ts';

/** `acr` values on the wire. `phr` is the registered name of OpenID EAP ACR Values. */
export const ACR: Readonly<Record<Level, string>> = {
  password: 'urn:latchkey:acr:password',
  trusted: 'urn:latchkey:acr:trusted',
  email: 'urn:latchkey:acr:email',
  mfa: 'urn:latchkey:acr:mfa',
  phr: 'phr',
};

export interface Factor {
  id: FactorId;
  /** The level of a password together with this factor. */
  level: Level;
  /** RFC 8176 values that this factor adds to those of the password. */
  amr: readonly string[];
  /** Is it a whole sign-in without a password (something held, and its user verified by it)? */
  multiFactor: boolean;
  /** Does it only come along with another factor, so that alone it makes nobody enrolled? */
  secondaryOnly: boolean;
  /** Does a sign-in with it offer to trust the computer? */
  mayTrust: boolean;
  /** Step of the sign-in flow that sets it up; null when it can't be enrolled there. */
  enrolStep: string | null;
  isEnrolled(person: Person): boolean;
  /** Does the person have it, and it proves nothing until another factor was proven once? */
  isSuspended(person: Person): boolean;
}

const never = (): boolean => false;

/** In the order in which they are offered. */
export const FACTORS: Readonly<Record<FactorId, Factor>> = {
  totp: {
    id: 'totp',
    level: 'mfa',
    amr: ['otp', 'mfa'],
    multiFactor: false,
    secondaryOnly: false,
    mayTrust: true,
    enrolStep: 'totp-enrol',
    isEnrolled: (person) => person.authenticators.length > 0,
    isSuspended: never,
  },
  passkey: {
    id: 'passkey',
    level: 'phr',
    amr: ['pop', 'user', 'mfa'],
    multiFactor: true,
    secondaryOnly: false,
    mayTrust: true,
    enrolStep: 'passkey-enrol',
    isEnrolled: (person) => person.passkeys.length > 0,
    isSuspended: never,
  },
  'email-code': {
    id: 'email-code',
    level: 'email',
    amr: ['otp', 'mca', 'mfa'],
    multiFactor: false,
    secondaryOnly: false,
    mayTrust: true,
    enrolStep: 'email-code-enrol',
    isEnrolled: (person) =>
      person.emailMfaSince !== null && typeof person.secondaryEmail?.verifiedAt === 'number',
    // Link and code in one mailbox would be one factor.
    isSuspended: (person) => person.emailBarredSince !== null,
  },
  'one-time-codes': {
    id: 'one-time-codes',
    level: 'mfa',
    amr: ['otp', 'mfa'],
    multiFactor: false,
    secondaryOnly: true,
    mayTrust: false,
    enrolStep: null,
    isEnrolled: (person) =>
      person.oneTimeCodes !== null && person.oneTimeCodes.used.length < ONE_TIME_CODES,
    isSuspended: never,
  },
};

/** How many one-time codes a set has. */
export const ONE_TIME_CODES = 10;

/** The factors that the person could use to sign in. */
export function enrolledFactors(person: Person): FactorId[] {
  return FACTOR_IDS.filter((id) => FACTORS[id].isEnrolled(person));
}

/** Has the person a second factor of their own (one-time codes alone are none)? */
export function isEnrolled(person: Person): boolean {
  return enrolledFactors(person).some((id) => !FACTORS[id].secondaryOnly);
}

/** Negative when `a` is weaker than `b`. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** The level of an `acr` value, or undefined for one that is not ours. */
export function levelOf(acr: string): Level | undefined {
  return LEVELS.find((level) => ACR[level] === acr);
}
