/**
 * What a page says of an event: which words of the catalogue (`audit.field`, `audit.value`, `audit.reason`). What
 * has none there is told as it was recorded, on the line of its code. Pure.
 */
import type { AuditEvent } from '../../audit/event.ts';

/** `key`: of the catalogue; `at`: a day, in milliseconds since the epoch; else as it was recorded. */
type Word = { key: string } | { at: number } | { text: string };

export interface EventWords {
  details: { field: string; was: Word[] | null; now: Word[] }[];
  /** Of `audit.reason`. */
  reasons: string[];
  /** `name: value`, and reasons without words. */
  recorded: string[];
}

const FIELDS: ReadonlySet<string> = new Set([
  'name',
  'login',
  'email',
  'role',
  'organisation',
  'group',
  'groups',
  'description',
  'language',
  'attributes',
  'active',
  'active_until',
  'deletion',
  'due',
  'domains',
  'what',
  'asked_by',
  'second_person',
  'mfa',
  'grace_until',
  'factors',
  'factor',
  'asked',
  'proofs',
  'next',
  'next_factors',
  'codes',
  'left',
  'trusted_days',
  'logo',
  'colour',
  'contact',
  'sender_name',
  'days',
  'browser',
  'device_address',
  'count',
  'further',
  'everywhere',
  'computer',
  'to',
  'link',
  'protocol',
  'protocols',
  'reference',
  'resource',
  'scopes',
  'claims',
  'reason',
]);

/** By what was recorded. */
const VALUES: Readonly<Record<string, string>> = {
  password: 'password',
  totp: 'totp',
  passkey: 'passkey',
  'email-code': 'email-code',
  'one-time-codes': 'one-time-codes',
  'trusted-computer': 'trusted-computer',
  'enrolment-code': 'enrolment-code',
  factor: 'second-step',
  enrol: 'set-up',
  done: 'set-up-offered',
  refuse: 'no-way-in',
  'not-open': 'no-way-in',
  'factor-barred': 'no-way-in',
  true: 'yes',
  false: 'no',
  yes: 'yes',
  no: 'no',
  none: 'nothing',
  '-': 'nothing',
  all: 'all',
  changed: 'changed',
  off: 'off',
  optional: 'available',
  available: 'available',
  required: 'required',
  inherit: 'inherit',
  trusted: 'trusted',
  'factors-reset': 'factors-reset',
  'temporary-code': 'temporary-code',
  role: 'role',
  'second-person-off': 'second-person-off',
  member: 'member',
  auditor: 'auditor',
  helpdesk: 'helpdesk',
  'organisation-administrator': 'organisation-administrator',
  administrator: 'administrator',
  mailbox: 'mailbox',
  secondary: 'secondary',
  operator: 'operator',
};
/** What somebody else has typed is theirs, whatever word of ours it is the same as. */
const FREE: ReadonlySet<string> = new Set([
  'name',
  'login',
  'email',
  'group',
  'groups',
  'organisation',
  'description',
  'browser',
  'asked_by',
  'reason',
  'sender_name',
]);

/** Of a person the log says that they are others, and not which. */
const NAMES: ReadonlySet<string> = new Set(['name', 'login', 'email']);

const REASONS: Readonly<Record<string, string>> = {
  'organisation requires MFA': 'organisation',
  'MFA required for the person': 'person',
  'a factor is enrolled': 'enrolled',
  'client requires acr': 'app',
  'request asks for acr': 'request',
  'a fresh proof is asked for': 'fresh',
  'a fresh proof before another factor': 'fresh',
  'a set-up was asked for': 'set-up',
  'the person cancelled the sign-in': 'cancelled',
  'the person is disabled': 'disabled',
  'the date is over until which the person was active': 'active-until',
  'the person is a service mailbox': 'service',
  'no password has been set yet': 'no-password',
  'no factor can meet it': 'no-factor',
  'the factor held can not be checked': 'unchecked',
  'factors were reset': 'reset',
  'the password was set by a link to that address': 'link-address',
  'client is not open to the organisation': 'not-open',
  'client is open to groups of the organisation that the person is not in': 'not-in-group',
  'client is open to people with a role above member': 'no-role',
  auditor: 'role',
  helpdesk: 'role',
  'organisation-administrator': 'role',
  administrator: 'role',
  wait: 'wait',
  suspended: 'suspended',
  'wrong-password': 'wrong-password',
  'code-wrong': 'code-wrong',
  'code-used': 'code-used',
  'code-expired': 'code-expired',
  'code-older': 'code-older',
  'code-slow': 'clock',
  'code-fast': 'clock',
  'code-old-entry': 'old-entry',
  'one-time-wrong': 'code-wrong',
  'one-time-used': 'code-used',
  'enrolment-code-wrong': 'code-wrong',
  'enrolment-code-expired': 'code-expired',
  'passkey-wrong': 'passkey-wrong',
  'passkey-unknown': 'passkey-unknown',
  'passkey-cloned': 'passkey-cloned',
  expired: 'expired',
  protocol: 'protocol',
  network: 'network',
  'active-until': 'active-until',
  'last-administrator': 'last-administrator',
  'many wrong client secrets from one address': 'spray',
  'not empty': 'not-empty',
};

export function wordsOf({ details, reasons }: Pick<AuditEvent, 'details' | 'reasons'>): EventWords {
  // The app is told by its name.
  const told = Object.entries(details).filter(([name]) => name !== 'client');
  const known = told.filter(([name]) => FIELDS.has(name));
  const keys = reasons.map((reason) => REASONS[plain(reason)]);
  return {
    details: known.map(([name, value]) => detail(name, String(value))),
    reasons: [...new Set(keys.filter((key) => key !== undefined))],
    recorded: [
      ...told.filter(([name]) => !FIELDS.has(name)).map(([name, value]) => `${name}: ${value}`),
      ...reasons.filter((_, at) => keys[at] === undefined),
    ],
  };
}

/** `organisation requires MFA (email)`: by how much is in the log, not in the words. */
const plain = (reason: string): string => reason.replace(/ \(.*\)$/u, '');

function detail(field: string, value: string): EventWords['details'][number] {
  const [was = '', now] = value.split(' → ', 2);
  const isFree = FREE.has(field) && !(NAMES.has(field) && value === 'changed');
  const say = (text: string): Word[] => (isFree ? [free(text)] : words(text));
  return now === undefined
    ? { field, was: null, now: say(value) }
    : { field, was: say(was), now: say(now) };
}

const free = (text: string): Word => (text === '-' ? { key: 'nothing' } : { text });

/** Several are told one after the other, if each of them has a word. */
function words(text: string): Word[] {
  if (/^\d{4}-\d{2}-\d{2}$/u.test(text)) return [{ at: Date.parse(`${text}T12:00:00Z`) }];
  const keys = text.split(/[ ,]+/u).map((one) => VALUES[one]);
  return keys.every((key) => key !== undefined) ? keys.map((key) => ({ key })) : [{ text }];
}
