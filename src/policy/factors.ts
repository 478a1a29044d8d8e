/**
 * THE TABLE of factors. Policy, claims, pages and command line are driven by it; nothing else in the
 * code lists factors one by one. Pure: no store, no clock.
 */
import type { Person } from '../records/person.ts';
import { FACTOR_IDS, type FactorId } from '../records/factor-id.ts';
import { LEVELS, type Level } from '../records/proof.ts';
import { retire, retireAll } from './retired-authenticators.ts';

/** `acr` values on the wire. `phr` is the registered name of OpenID EAP ACR Values. */
export const ACR: Readonly<Record<Level, string>> = {
  password: 'urn:latchkey:acr:password',
  trusted: 'urn:latchkey:acr:trusted',
  email: 'urn:latchkey:acr:email',
  mfa: 'urn:latchkey:acr:mfa',
  phr: 'phr',
};

/** One thing that a person has of a factor: an authenticator, a passkey; of codes, the whole of them. */
export interface FactorItem {
  id: string;
  /** As its owner calls it; empty: it has no name. */
  name: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Last part of a text that says more of it (`two-step.<note>`). */
  note?: string;
}

export interface Factor {
  id: FactorId;
  /** Last part of the key of its name (`factor.<label>`). */
  label: string;
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
  /** What the reason of an event begins with that refuses it: `code-wrong`, `passkey-wrong`. */
  refusedAs: string;
  /** How many of it a person may have. */
  most: number;
  /** Of which a person has several: path of their pages, and their name as data. Else of since when there is one, as data. */
  shownAs: string;
  /** What the installation has to have, so that it can be checked at all; null: nothing. */
  needs: 'mail-server' | 'passkey-host' | null;
  isEnrolled(person: Person): boolean;
  /** Does the person have it, and it proves nothing until another factor was proven once? */
  isSuspended(person: Person): boolean;
  /** What the person has of it, oldest first. */
  list(person: Person): FactorItem[];
  /** The person's fields without that one (`id`), or without all of it (null). `now`: milliseconds. */
  without(person: Person, id: string | null, now: number): Partial<Person>;
  /** The person's fields with another name for that one; absent: what there is of it has no names. */
  renamed?(person: Person, id: string, name: string): Partial<Person>;
  /** The person's fields as policy would see them with one more, without anything secret. */
  withOneMore(person: Person, now: number): Partial<Person>;
}

const never = (): boolean => false;

/** Of which there are several, each with an id. */
function withoutOne<T extends { id: string }>(list: readonly T[], id: string | null): T[] {
  return id === null ? [] : list.filter((one) => one.id !== id);
}

function withName<T extends { id: string }>(list: readonly T[], id: string, name: string): T[] {
  return list.map((one) => (one.id === id ? { ...one, name } : one));
}

/** In the order in which they are offered. */
export const FACTORS: Readonly<Record<FactorId, Readonly<Factor>>> = {
  totp: {
    id: 'totp',
    label: 'authenticator',
    level: 'mfa',
    amr: ['otp', 'mfa'],
    multiFactor: false,
    secondaryOnly: false,
    mayTrust: true,
    enrolStep: 'totp-enrol',
    refusedAs: 'code',
    most: 5,
    shownAs: 'authenticators',
    needs: null,
    isEnrolled: (person) => person.authenticators.length > 0,
    isSuspended: never,
    list: ({ authenticators }) =>
      authenticators.map(({ id, name = '', createdAt }) => ({ id, name, createdAt })),
    without: ({ authenticators, retiredAuthenticators: retired }, id, now) => {
      const one = authenticators.find((each) => each.id === id) ?? null;
      return {
        authenticators: withoutOne(authenticators, id),
        retiredAuthenticators:
          id === null ? retireAll(retired, authenticators, now) : retire(retired, one, now),
      };
    },
    renamed: ({ authenticators }, id, name) => ({
      authenticators: withName(authenticators, id, name),
    }),
    withOneMore: ({ authenticators }, now) => ({
      authenticators: [...authenticators, { id: '', secret: '', createdAt: now }],
    }),
  },
  passkey: {
    id: 'passkey',
    label: 'passkey',
    level: 'phr',
    amr: ['pop', 'user', 'mfa'],
    multiFactor: true,
    secondaryOnly: false,
    mayTrust: true,
    enrolStep: 'passkey-enrol',
    refusedAs: 'passkey',
    most: 10,
    shownAs: 'passkeys',
    needs: 'passkey-host',
    isEnrolled: (person) => person.passkeys.length > 0,
    isSuspended: never,
    list: ({ passkeys }) =>
      passkeys.map(({ id, name, createdAt, synced }) => ({
        id,
        name,
        createdAt,
        ...(synced ? { note: 'passkey-synced' } : {}),
      })),
    without: ({ passkeys }, id) => ({ passkeys: withoutOne(passkeys, id) }),
    renamed: ({ passkeys }, id, name) => ({ passkeys: withName(passkeys, id, name) }),
    withOneMore: ({ passkeys }, now) => {
      const secret = { publicKey: '', transports: [], synced: false };
      return { passkeys: [...passkeys, { id: '', name: '', createdAt: now, ...secret }] };
    },
  },
  'email-code': {
    id: 'email-code',
    label: 'email-codes',
    level: 'email',
    amr: ['otp', 'mca', 'mfa'],
    multiFactor: false,
    secondaryOnly: false,
    mayTrust: true,
    enrolStep: 'email-code-enrol',
    refusedAs: 'code',
    most: 1,
    shownAs: 'email_codes_since',
    needs: 'mail-server',
    isEnrolled: (person) =>
      person.emailMfaSince !== null && typeof person.secondaryEmail?.verifiedAt === 'number',
    // Link and code in one mailbox would be one factor.
    isSuspended: (person) => person.emailBarredSince !== null,
    list: ({ emailMfaSince }) => only('email-code', emailMfaSince),
    without: () => ({ emailMfaSince: null }),
    withOneMore: ({ secondaryEmail }, now) => ({
      emailMfaSince: now,
      secondaryEmail: { address: '', ...secondaryEmail, verifiedAt: now },
    }),
  },
  'one-time-codes': {
    id: 'one-time-codes',
    label: 'one-time-codes',
    level: 'mfa',
    amr: ['otp', 'mfa'],
    multiFactor: false,
    secondaryOnly: true,
    mayTrust: false,
    enrolStep: null,
    refusedAs: 'one-time',
    most: 1,
    shownAs: 'one_time_codes_made_at',
    needs: null,
    isEnrolled: (person) =>
      person.oneTimeCodes !== null && person.oneTimeCodes.used.length < ONE_TIME_CODES,
    isSuspended: never,
    list: ({ oneTimeCodes }) => only(oneTimeCodes?.id ?? '', oneTimeCodes?.createdAt ?? null),
    without: () => ({ oneTimeCodes: null }),
    withOneMore: (_, now) => ({ oneTimeCodes: { id: '', sealed: '', used: [], createdAt: now } }),
  },
};

/** The one that there is since then, if there is any. */
function only(id: string, createdAt: number | null): FactorItem[] {
  return createdAt === null ? [] : [{ id, name: '', createdAt }];
}

/** How many one-time codes a set has. */
export const ONE_TIME_CODES = 10;

/** The factors that the person could use to sign in. */
export function enrolledFactors(person: Person): FactorId[] {
  return FACTOR_IDS.filter((id) => FACTORS[id].isEnrolled(person));
}

/** Sign-ins that one code for today is good for. */
export const MOST_TEMPORARY_USES = 10;

/** Is a code for today good for a sign-in still? `now`: milliseconds since the epoch. */
export function hasTemporaryCode(
  { temporaryCode: kept, epoch }: Pick<Person, 'temporaryCode' | 'epoch'>,
  now: number,
): boolean {
  if (!kept) return false;
  return kept.epoch === epoch && now < kept.expiresAt && kept.uses < MOST_TEMPORARY_USES;
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
