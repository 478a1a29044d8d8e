/**
 * THE TABLE of factors. Policy, claims, pages and command line are driven by it; nothing else in the
 * code lists factors one by one. Pure: no store, no clock.
 */
import type { Person } from '../accounts/person.ts';

/** Assurance levels, weakest first (DESIGN of the tokens: what `acr` says). */
export const LEVELS = ['password', 'trusted', 'email', 'mfa', 'phr'] as const;
export type Level = (typeof LEVELS)[number];

/** `acr` values on the wire. `phr` is the registered name of OpenID EAP ACR Values. */
export const ACR: Readonly<Record<Level, string>> = {
  password: 'urn:latchkey:acr:password',
  trusted: 'urn:latchkey:acr:trusted',
  email: 'urn:latchkey:acr:email',
  mfa: 'urn:latchkey:acr:mfa',
  phr: 'phr',
};

export type FactorId = 'totp';

export interface Factor {
  id: FactorId;
  /** The level of a password together with this factor. */
  level: Level;
  /** RFC 8176 values that this factor adds to those of the password. */
  amr: readonly string[];
  /** Step of the sign-in flow that asks for it; also the basename of its page. */
  step: string;
  /** Step of the sign-in flow that sets it up; null when it can't be enrolled there. */
  enrolStep: string | null;
  held(person: Person): boolean;
}

export const FACTORS: Readonly<Record<FactorId, Factor>> = {
  totp: {
    id: 'totp',
    level: 'mfa',
    amr: ['otp', 'mfa'],
    step: 'totp',
    enrolStep: 'totp-enrol',
    held: (person) => person.authenticators.length > 0,
  },
};

export const FACTOR_IDS = Object.keys(FACTORS) as FactorId[];

/** How a person can prove something in a sign-in. */
export type Method = 'password' | FactorId;

/** What a sign-in leaves behind: which proof, and when (milliseconds since the epoch). */
export interface Proof {
  method: Method;
  at: number;
}

/** The factors that the person could use to sign in. */
export function heldFactors(person: Person): FactorId[] {
  return FACTOR_IDS.filter((id) => FACTORS[id].held(person));
}

/** Negative when `a` is weaker than `b`. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** The level of an `acr` value, or undefined for one that is not ours. */
export function levelOf(acr: string): Level | undefined {
  return LEVELS.find((level) => ACR[level] === acr);
}
