/** Sample data for the account pages. */
import { FACTORS } from '../../src/policy/factors.ts';
import { FACTOR_IDS, type FactorId } from '../../src/records/factor-id.ts';
import type { Sample } from './sample.ts';
import { CODES } from './sample-sign-in.ts';

const AT = Date.UTC(2026, 10, 3, 9, 30);
const account = {
  name: 'Alice Archer',
  login: 'alice',
  email: 'alice@acme.example',
  organisation: 'Acme',
};
const none = { problem: null, errors: {} };
const frame = { account, said: null, again: false, home: '/account', console: false, ...none };
const problem = (code: string, values: Record<string, string | number> = {}) => ({
  problem: { code, values },
});

function sample(section: string, page: string, context: object, name = page): Sample {
  return {
    name: `account-${name}`,
    page: `account/${page}`,
    context: { ...frame, section, ...context },
  };
}

const signIn = {
  type: 'sign-in.completed',
  at: AT,
  outcome: 'success',
  actor: 'person',
  browser: 'Firefox on Windows',
  address: '203.0.113.7',
  app: 'Acme Webmail',
  factor: 'totp',
};

export function accountSamples(): Sample[] {
  return [...overviews(), ...twoStep(), ...passcodes(), ...places(), ...questions(), ...forms()];
}

function overviews(): Sample[] {
  const safe = {
    enrolled: true,
    since: AT,
    required: true,
    mayEnrol: true,
    factors: ['authenticator', 'passkey'],
    codesLeft: 10,
    attention: [],
    signIns: [signIn, { ...signIn, browser: 'Safari on iPhone', app: null }],
    zone: null,
  };
  const attention = [
    { why: 'required-from', values: { at: AT }, href: '/account/two-step' },
    { why: 'few-codes', values: { left: 0 }, href: '/account/two-step' },
    { why: 'unverified-address', values: {}, href: '/account/password' },
  ];
  const off = { ...safe, enrolled: false, since: null, factors: [], codesLeft: 0 };
  return [
    sample('overview', 'overview', safe),
    sample(
      'overview',
      'overview',
      { ...off, attention, zone: 'Asia/Taipei' },
      'overview-attention',
    ),
    sample('overview', 'overview', { ...off, mayEnrol: false }, 'overview-forbidden'),
    sample(
      'overview',
      'overview',
      { ...safe, codesLeft: 0, attention: attention.slice(1, 2), signIns: [signIn] },
      'overview-no-codes',
    ),
    sample('overview', 'zone', { zones: Intl.supportedValuesOf('timeZone'), zone: 'Asia/Taipei' }),
  ];
}

/** As the page gets them: one a factor, in the order of the table. */
function panels(canAdd: readonly FactorId[], items: Partial<Record<FactorId, object[]>> = {}) {
  return FACTOR_IDS.map((factor) => {
    const { label, shownAs } = FACTORS[factor];
    return { factor, label, shownAs, items: items[factor] ?? [], canAdd: canAdd.includes(factor) };
  });
}

function twoStep(): Sample[] {
  const all: readonly FactorId[] = ['totp', 'passkey', 'email-code'];
  const on = {
    enrolled: true,
    required: false,
    requiredFrom: null,
    panels: panels(['totp', 'passkey'], {
      totp: [
        { id: 'a', name: 'Pixel 9', createdAt: AT },
        { id: 'b', name: '', createdAt: AT },
      ],
      passkey: [{ id: 'p', name: 'MacBook', createdAt: AT, note: 'passkey-synced' }],
    }),
    email: { masked: 'al•••@e•••.org', since: AT },
    codesLeft: 8,
    hasCodes: true,
    canAdd: ['totp', 'passkey'],
    first: 'totp',
    mayDisable: true,
  };
  const off = {
    ...on,
    enrolled: false,
    requiredFrom: AT,
    panels: panels(all),
    email: null,
    hasCodes: false,
    mayDisable: false,
    canAdd: all,
  };
  const said = { what: 'removed', values: {} };
  const codes = { codes: CODES, left: 10, madeAt: AT };
  return [
    sample('two-step', 'two-step', { ...on, said }),
    sample('two-step', 'two-step', off, 'two-step-off'),
    sample(
      'two-step',
      'two-step',
      { ...off, panels: panels([]), canAdd: [], first: null },
      'two-step-forbidden',
    ),
    sample('two-step', 'codes', codes),
    sample('two-step', 'factor-name', {
      factor: 'totp',
      name: '',
      value: 'Pixel 9',
      back: '/account/two-step',
      again: true,
    }),
  ];
}

function places(): Sample[] {
  const computer = {
    name: 'Firefox on Windows',
    browser: 'Firefox on Windows',
    createdAt: AT,
    lastUsedAt: AT,
    expiresAt: AT,
  };
  const computers = [
    { ...computer, id: 'a', here: true },
    { ...computer, id: 'b', name: 'Laptop', browser: 'Safari on macOS', here: false },
  ];
  const session = {
    id: 'a',
    browser: 'Firefox on Windows',
    address: '203.0.113.7',
    signedInAt: AT,
    lastUsedAt: AT,
    current: true,
    apps: ['Acme Webmail', 'Calendar'],
  };
  const sessions = [session, { ...session, id: 'b', current: false, apps: [], address: '' }];
  const apps = [
    {
      id: 'webmail',
      name: 'Acme Webmail',
      firstParty: true,
      offline: false,
      lastUsedAt: AT,
      sees: ['profile', 'email', 'groups'],
    },
    {
      id: 'calendar',
      name: 'Calendar',
      firstParty: false,
      offline: true,
      lastUsedAt: AT,
      sees: ['email', 'phone'],
    },
    {
      id: 'planner',
      name: 'Planner',
      asleep: true,
      firstParty: false,
      offline: false,
      lastUsedAt: null,
    },
  ];
  const events = [
    { ...signIn, label: 'authenticator' },
    { ...signIn, label: null, factor: 'trusted-computer' },
    { ...signIn, type: 'factor.enrolled', label: 'passkey', factor: 'passkey', app: null },
    { ...signIn, type: 'factor.removed', label: null, factor: null, app: null },
    { ...signIn, type: 'sign-in.password', label: null, factor: null, outcome: 'refused' },
    {
      ...signIn,
      type: 'sign-in.factor',
      label: 'email-codes',
      factor: 'email-code',
      outcome: 'refused',
      browser: null,
      further: 12,
    },
    {
      ...signIn,
      type: 'password.link',
      label: null,
      factor: null,
      actor: 'operator',
      browser: null,
      address: null,
      app: null,
    },
  ];
  const older = '/account/activity?before=1';
  return [
    sample('computers', 'computers', { computers, others: 1, days: 30 }),
    sample('computers', 'computers', { computers: [], others: 0, days: 30 }, 'computers-none'),
    sample('computers', 'computers', { computers: [], others: 0, days: 0 }, 'computers-off'),
    sample(
      'computers',
      'factor-name',
      {
        factor: 'computer',
        name: 'Laptop',
        value: 'Laptop',
        browser: 'Safari on macOS',
        back: '/account/computers',
      },
      'computer-name',
    ),
    sample('sessions', 'sessions', { sessions, others: 1, apps }),
    sample('sessions', 'sessions', { sessions: [session], others: 0, apps: [] }, 'sessions-one'),
    sample('activity', 'activity', { events, older, later: true }),
    sample('activity', 'activity', { events: [], older: null, later: false }, 'activity-none'),
  ];
}

function questions(): Sample[] {
  const question = (key: string, values: object, more: object = {}) =>
    sample('two-step', 'confirm', { key, values, back: '/account', fields: [], ...more }, key);
  const name = { name: 'Pixel 9' };
  const browser = { browser: 'Firefox on Windows' };
  const address = { address: 'alice@elsewhere.example' };
  return [
    question('totp-remove', name),
    question('passkey-remove', name),
    question('disable', {}),
    question('codes-new', { left: 2 }),
    question('computer-revoke', browser),
    question('computer-revoke-here', browser),
    question('computers-revoke-others', { count: 2 }),
    question('session-end', browser),
    question('session-end-here', browser),
    question('sessions-end-others', { count: 2 }),
    question('app-withdraw', { app: 'Calendar' }),
    question('not-me', {}),
    question('address-remove', address, problem('factor-required')),
    question('email-mfa-on', address),
    question('email-mfa-off', address),
  ];
}

function forms(): Sample[] {
  const second = { address: 'alice@elsewhere.example', verified: true };
  const addresses = { mailbox: account.email, second, codesByMail: true, canMail: true };
  const sent = { address: second.address, reference: 'K7QF', state: 'handed-over', again: 21 };
  const verify = { sent, masked: 'al•••@e•••.example', minutes: 15, sender: 'login@acme.example' };
  const change = { login: 'alice', minimum: 8 };
  return [
    sample('password', 'password', addresses),
    sample('password', 'password', { ...addresses, second: null }, 'password-no-address'),
    sample('password', 'password-change', change),
    sample(
      'password',
      'password-change',
      {
        ...change,
        problem: null,
        errors: {
          present: 'password-present',
          password: { code: 'password-short', values: { minimum: 8 } },
          password_repeat: 'password-repeat',
        },
      },
      'password-wrong',
    ),
    sample('password', 'address', { address: '', mailbox: account.email }),
    sample('password', 'address-verify', verify),
    sample('password', 'address-verify', { ...verify, ...problem('code-wrong') }, 'address-wrong'),
    {
      name: 'account-signed-out',
      page: 'account/signed-out',
      context: { refused: null, home: '/account' },
    },
    {
      name: 'account-cancelled',
      page: 'account/signed-out',
      context: { refused: 'access_denied', home: '/account' },
    },
  ];
}

function passcodes(): Sample[] {
  const mail = {
    id: 'a',
    name: 'Mail on my phone',
    protocols: ['imap', 'smtp'],
    networks: [],
    createdAt: AT,
    expiresAt: null,
    expired: false,
    last: { at: AT, protocol: 'imap', address: '203.0.113.7' },
  };
  const old = { ...mail, name: 'Old', expiresAt: AT, expired: true, last: null };
  const range = { ...old, id: 'b', networks: ['192.0.2.0/24'], expired: false };
  const form = {
    name: '',
    days: '30',
    networks: '',
    expiries: ['0', '7', '30'],
    protocols: ['imap', 'pop3', 'smtp', 'sieve'].map((id) => ({ id, on: id === 'imap' })),
  };
  const errors = { name: 'required', protocols: 'protocol-missing', networks: 'network-format' };
  const made = { letters: ['ABCD', 'EFGH', 'IJKL', 'MNOP'], name: mail.name, login: 'alice' };
  return [
    sample('passcodes', 'passcodes', { passcodes: [mail, range, old], mayAdd: true }),
    sample('passcodes', 'passcodes', { passcodes: [], mayAdd: true }, 'passcodes-none'),
    sample('passcodes', 'passcodes', { passcodes: [mail], mayAdd: false }, 'passcodes-full'),
    sample('passcodes', 'passcode-new', form),
    sample('passcodes', 'passcode-new', { ...form, errors }, 'passcode-wrong'),
    sample('passcodes', 'passcode-made', made),
  ];
}
