/** Sample data for the pages of the sign-in, as its steps give it (interactions/). */
import type { SentNews } from '../../interactions/parts/send-code.ts';
import type { OtherWay } from '../../interactions/parts/other-ways.ts';
import { maskAddress } from '../../src/text/mailbox.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import { creationOptions, requestOptions } from '../../src/factors/passkey-options.ts';
import type { Sample } from './sample.ts';

const issuer = 'https://login.acme.example';
const client = { id: 'webmail', name: 'Acme Webmail', uri: 'https://mail.acme.example/callback' };
const none = { problem: null, errors: {} };
const said = (code: string, values: object = {}) => ({ problem: { code, values }, errors: {} });

/** What the pages of the authenticator's codes can say. */
export const CODE_PROBLEMS: Readonly<Record<string, Record<string, number>>> = {
  'code-format': {},
  'code-wrong': {},
  'code-slow': { seconds: 70 },
  'code-fast': { seconds: 70 },
  'code-used': {},
  'code-old-entry': { date: Date.UTC(2026, 4, 3, 12) },
  'code-replaced': {},
  wait: { seconds: 30 },
  suspended: {},
};

/** What the pages of codes by mail can say besides. */
export const MAIL_PROBLEMS: Readonly<Record<string, Record<string, number | string>>> = {
  'code-wrong': {},
  'code-expired': {},
  'code-older': { reference: 'K7QX' },
  'send-again': { seconds: 12 },
  'too-many-codes': {},
};

/** What the pages of ten characters can say. */
const TEN_PROBLEMS: Readonly<Record<string, readonly string[]>> = {
  'one-time-codes': ['one-time-wrong', 'one-time-used'],
  'enrolment-code': ['enrolment-code-format', 'enrolment-code-wrong', 'enrolment-code-expired'],
};

const PASSKEY_PROBLEMS = ['passkey-wrong', 'passkey-unknown', 'passkey-cloned', 'passkey-missing'];

const ways = (present: FactorId): OtherWay[] =>
  (Object.keys(FACTORS) as FactorId[])
    .filter((factor) => factor !== present)
    .map((factor) => ({ factor, href: `/interaction/abc/${factor}` }));

/** Other factors that could be set up. */
export const setUps = (present: FactorId): OtherWay[] =>
  ways(present)
    .filter(({ factor }) => FACTORS[factor].enrolStep !== null)
    .map(({ factor }) => ({ factor, href: `/interaction/abc/${FACTORS[factor].enrolStep}` }));

/** Ten codes, as they are read from a person. */
export const CODES = (
  'K3QXV-7MTRA ZB5HN-W2LYE P4JDC-G6USO X7IRM-3FQKT AHV2Y-NB5ZW ' +
  'L6EGU-OS4DJ C2PTI-XK7RM QWF3N-YH5BA V5ZLO-E6GCJ M4DSU-T2PIK'
)
  .split(' ')
  .map((code) => ({ code, used: false }));

export function signInSamples(): Sample[] {
  return [...passwords(), ...codes(), ...mails(), ...passkeys(), ...ends()];
}

function passwords(): Sample[] {
  const page = 'interactions/password';
  const forgot = '/forgot-password?sign-in=abc';
  const alice = { client, login: 'alice', passkey: null, confirming: false, forgot };
  const required = { login: 'login-required', password: 'password-required' };
  const challenge = 'Y2hhbGxlbmdl';
  const options = requestOptions({ issuer, challenge, passkeys: [] });
  const passkey = { options, action: '/interaction/abc/passkey' };
  return [
    { name: 'password', page, context: { ...alice, login: '', ...none } },
    { name: 'password-passkey', page, context: { ...alice, login: '', ...none, passkey } },
    { name: 'password-confirm', page, context: { ...alice, confirming: true, ...none } },
    {
      name: 'password-in-wizard',
      page,
      context: { ...alice, confirming: true, postpone: 9, ...none },
    },
    {
      name: 'password-before-codes',
      page,
      context: { ...alice, confirming: true, skip: true, ...none },
    },
    { name: 'password-no-mail', page, context: { ...alice, ...none, forgot: null } },
    { name: 'password-wrong', page, context: { ...alice, ...said('wrong-password'), passkey } },
    { name: 'password-wait', page, context: { ...alice, ...said('wait', { seconds: 45 }) } },
    {
      name: 'password-again',
      page,
      context: { ...alice, again: true, ...said('signed-in-again') },
    },
    {
      name: 'password-empty',
      page,
      context: { ...alice, login: '', problem: null, errors: required },
    },
  ];
}

function codes(): Sample[] {
  const page = 'interactions/totp';
  const who = { login: 'alice', second: 12, others: [], trustDays: 0 };
  const more = { others: ways('totp'), trustDays: 30 };
  const ten = { ...who, left: 7 };
  const reset = { login: 'alice', previous: 'restart', postpone: 0 };
  const withTen = (step: string, context: object): Sample[] => [
    { name: step, page: `interactions/${step}`, context: { ...context, ...none } },
    ...(TEN_PROBLEMS[step] ?? []).map((code) => ({
      name: `${step}-${code}`,
      page: `interactions/${step}`,
      context: { ...context, ...said(code) },
    })),
  ];
  return [
    { name: 'totp', page, context: { ...who, ...none } },
    { name: 'totp-all', page, context: { ...who, ...none, ...more } },
    ...Object.entries(CODE_PROBLEMS).map(([code, values]) => ({
      name: `totp-${code}`,
      page,
      context: { ...who, ...said(code, values), ...more },
    })),
    ...withTen('one-time-codes', { ...ten, others: ways('one-time-codes') }),
    ...withTen('enrolment-code', reset),
    {
      name: 'enrolment-code-postpone',
      page: 'interactions/enrolment-code',
      context: { ...reset, ...none, postpone: 1 },
    },
  ];
}

const news = (state: SentNews['state'], again = 0): SentNews => ({
  reference: 'K7QX',
  state,
  again,
});

function mails(): Sample[] {
  const address = maskAddress('alice.archer@home.example');
  const mail = { masked: address, minutes: 15, sender: 'Acme <login@acme.example>' };
  const page = 'interactions/email-code';
  const base = { ...mail, login: 'alice', second: 12, others: [], trustDays: 0, ...none };
  const full = { ...base, others: ways('email-code'), trustDays: 30 };
  const enrol = 'interactions/email-code-enrol';
  const first = {
    ...mail,
    ...none,
    masked: '',
    login: 'alice',
    mailbox: 'alice@acme.example',
    address: '',
    sent: null,
    adding: false,
    previous: 'previous',
    others: setUps('email-code'),
    postpone: 0,
  };
  const typed = { ...first, masked: address, sent: news('handed-over', 9) };
  return [
    { name: 'email-code', page, context: { ...base, sent: null } },
    { name: 'email-code-all', page, context: { ...full, sent: null } },
    { name: 'email-code-queued', page, context: { ...full, sent: news('queued', 28) } },
    { name: 'email-code-handed-over', page, context: { ...full, sent: news('handed-over', 24) } },
    { name: 'email-code-alone', page, context: { ...base, sent: news('handed-over') } },
    ...(['refused', 'failed', 'expired'] as const).map((state) => ({
      name: `email-code-${state}`,
      page,
      context: { ...full, sent: news(state) },
    })),
    ...Object.entries(MAIL_PROBLEMS).map(([code, values]) => ({
      name: `email-code-${code}`,
      page,
      context: {
        ...full,
        ...said(code, values),
        sent: news('handed-over', code === 'send-again' ? 12 : 0),
      },
    })),
    { name: 'email-code-enrol', page: enrol, context: first },
    { name: 'email-code-enrol-known', page: enrol, context: { ...first, masked: address } },
    {
      name: 'email-code-enrol-own-mailbox',
      page: enrol,
      context: { ...first, ...said('email-own-mailbox'), address: 'alice@acme.example' },
    },
    {
      name: 'email-code-enrol-format',
      page: enrol,
      context: { ...first, ...said('email-format'), address: 'alice', postpone: 12 },
    },
    { name: 'email-code-enrol-sent', page: enrol, context: typed },
    {
      name: 'email-code-enrol-wrong',
      page: enrol,
      context: { ...typed, ...said('code-wrong'), postpone: 12 },
    },
  ];
}

function passkeys(): Sample[] {
  const page = 'interactions/passkey';
  const enrol = 'interactions/passkey-enrol';
  const challenge = 'Y2hhbGxlbmdl';
  const person = { id: 'abc', login: 'alice', name: 'Alice Archer', passkeys: [] };
  const options = requestOptions({ issuer, challenge, passkeys: [] });
  const made = creationOptions({ issuer, challenge, rpName: 'Acme', person });
  const second = { login: 'alice', options, others: ways('passkey'), trustDays: 30, password: '' };
  const alone = { login: '', options, others: [], trustDays: 0 };
  const first = {
    ...none,
    name: '',
    options: made,
    adding: false,
    previous: 'previous',
    others: setUps('passkey'),
    postpone: 0,
  };
  return [
    { name: 'passkey', page, context: { ...second, ...none } },
    {
      name: 'passkey-alone',
      page,
      context: { ...alone, ...said('passkey-wrong'), password: '/interaction/abc/password' },
    },
    ...PASSKEY_PROBLEMS.map((code) => ({
      name: `passkey-${code}`,
      page,
      context: { ...second, ...said(code) },
    })),
    { name: 'passkey-enrol', page: enrol, context: first },
    {
      name: 'passkey-enrol-postpone',
      page: enrol,
      context: { ...first, previous: 'restart', others: [], postpone: 12 },
    },
    {
      name: 'passkey-enrol-name',
      page: enrol,
      context: { ...first, errors: { name: 'required' } },
    },
    {
      name: 'passkey-enrol-limit',
      page: enrol,
      context: { ...first, ...said('passkey-limit'), adding: true },
    },
  ];
}

/** The last page of each set-up, and what comes after a sign-in. */
function ends(): Sample[] {
  const enrolled = { codes: CODES, hidden: false, second: 21, client, login: 'alice', issuer };
  const page = 'interactions/one-time-codes-new';
  const madeAt = Date.UTC(2026, 10, 3, 9, 30);
  const printed = { codes: CODES, login: 'alice', organisation: 'Acme', madeAt, issuer };
  return [
    ...(['totp', 'passkey', 'email-code'] as const).map((factor) => ({
      name: `enrolled-${factor}`,
      page: 'interactions/enrolled',
      context: { ...enrolled, factor },
    })),
    {
      name: 'enrolled-hidden',
      page: 'interactions/enrolled',
      context: { ...enrolled, factor: 'totp', codes: [], hidden: true },
    },
    {
      name: 'enrolled-again',
      page: 'interactions/enrolled',
      context: { ...enrolled, factor: 'passkey', codes: [], added: true },
    },
    ...[2, 0].map((left) => ({
      name: `one-time-codes-new-${left}`,
      page,
      context: { left, codes: [], ...none },
    })),
    { name: 'one-time-codes-new-made', page, context: { left: 10, ...printed, ...none } },
    {
      name: 'one-time-codes-print',
      page: 'interactions/one-time-codes-print',
      context: {
        ...printed,
        codes: CODES.map((one, at) => ({ ...one, used: at === 1 || at === 6 })),
      },
    },
    ...['Alice Archer', 'Alexandra Wilhelmina Featherstonehaugh-Cholmondeley'].map((name, at) => ({
      name: at === 0 ? 'select-account' : 'select-account-long',
      page: 'interactions/select-account',
      context: { client, person: { name, login: name.toLowerCase().replaceAll(' ', '.') } },
    })),
    {
      name: 'not-open',
      page: 'interactions/not-open',
      context: { client, login: 'alice', organisation: 'Acme', by: 'organisation' },
    },
    {
      name: 'not-open-groups',
      page: 'interactions/not-open',
      context: { client, login: 'alice', organisation: 'Acme', by: 'groups' },
    },
    {
      name: 'factor-barred',
      page: 'interactions/factor-barred',
      context: { client, login: 'alice', masked: maskAddress('alice.archer@home.example') },
    },
    {
      name: 'consent',
      page: 'interactions/consent',
      context: {
        client: { name: 'Acme Calendar', uri: 'calendar.acme.example' },
        person: { name: 'Alice Archer' },
        wants: {
          scopes: ['openid', 'profile', 'email', 'phone', 'groups', 'offline_access'],
          resourceScopes: [
            { name: 'mail', description: '' },
            { name: 'calendar.read', description: 'see your calendar' },
          ],
          claims: [],
          own: ['department', 'roles'],
        },
        knows: null,
      },
    },
    {
      name: 'consent-more',
      page: 'interactions/consent',
      context: {
        client: { name: 'Acme Calendar', uri: 'calendar.acme.example' },
        person: { name: 'Alice Archer' },
        wants: {
          scopes: ['offline_access'],
          claims: ['name', 'preferred_username', 'locale'],
          own: [],
        },
        knows: { scopes: ['openid'], claims: ['email', 'email_verified'], own: [] },
      },
    },
    {
      name: 'go-on',
      page: 'interactions/go-on',
      context: { client: { name: 'Acme Notes', uri: null }, person: { name: 'Alice Archer' } },
    },
  ];
}
