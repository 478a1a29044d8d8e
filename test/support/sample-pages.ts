/** Sample data for every page, as the server passes it: for looking at pages, and for testing that all of them render. */
import type { Context } from 'koa';
import QRCode from 'qrcode';
import { Problem, type ProblemCode } from '../../src/problem.ts';
import { findWayOn } from '../../src/web/way-on.ts';
import { accountSamples } from './sample-account.ts';
import { consoleSamples } from './sample-console.ts';
import { CODES, setUps, signInSamples } from './sample-sign-in.ts';
import type { Sample } from './sample.ts';

const issuer = 'https://login.acme.example';
const action = '/interaction/abc/step';
const client = { id: 'webmail', name: 'Acme Webmail', uri: 'https://mail.acme.example/callback' };
const values = {
  organisation: 'Acme',
  name: 'Alice Archer',
  email: 'alice@acme.example',
  login: 'alice archer',
};
const none = { problem: null, errors: {} };

/** Codes that reach the error page, with their values. */
export const PAGE_PROBLEMS: Readonly<Record<string, Record<string, string>>> = {
  'unknown-client': {},
  'redirect-uri': {},
  'interaction-expired': {},
  'interaction-foreign': {},
  'already-finished': {},
  csrf: {},
  'too-large': {},
  'content-type': {},
  'upload-unreadable': {},
  'request-aborted': {},
  'request-too-long': {},
  'too-many-sign-ins': { minutes: '12' },
  'not-found': {},
  'not-signed-in': {},
  'method-not-allowed': { allow: 'GET, HEAD, OPTIONS' },
  'account-door': {},
  'changed-meanwhile': {},
  'factor-not-allowed': {},
  host: { issuer: 'https://login.acme.example' },
  'ambiguous-request': { issuer: 'https://login.acme.example' },
  'link-spent': {},
  'link-expired': {},
  'link-unknown': {},
  'set-up-done': {},
  'set-up-begin': {},
  unavailable: {},
  busy: {},
  server: {},
  oauth: { error: 'invalid_request', description: "missing required parameter 'code_challenge'" },
};

/** Why a password is refused, besides its length. */
const PASSWORD_PROBLEMS = [
  'password-common',
  'password-breached',
  'password-row',
  'password-names',
];

export async function samplePages(): Promise<Sample[]> {
  const samples = [
    ...accountSamples(),
    ...consoleSamples(),
    ...signInSamples(),
    ...(await wizard()),
    ...others(),
    ...(await errorPages()),
    ...waysOn(),
  ];
  const kept = { printPage: `${action}/print`, downloadPage: `${action}/download` };
  return samples.map(({ name, page, context }) => ({
    name,
    page,
    context: { csrf: 'token', org: null, here: '/', action, ...kept, ...context },
  }));
}

const at = (step: string) => ({ name: `enrol-${step}`, page: `interactions/totp-enrol-${step}` });

async function wizard(): Promise<Sample[]> {
  const uri =
    'otpauth://totp/Acme:alice%40acme.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme';
  const qr = await QRCode.toString(uri, { type: 'svg', margin: 2, errorCorrectionLevel: 'M' });
  const secret = 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP';
  const names = { account: 'alice@acme.example', issuerName: 'Acme' };
  const common = {
    purpose: 'sign-in',
    second: 21,
    others: setUps('totp'),
    postpone: 0,
    named: null,
    adding: '',
    voluntary: false,
    previous: 'restart',
  };
  const later = { ...common, postpone: 12 };
  const wrong = { code: 'code-replaced', values: {} };
  return [
    { ...at('begin'), context: common },
    {
      ...at('begin'),
      name: 'enrol-begin-set-up',
      context: { ...common, purpose: 'set-up', others: [] },
    },
    { ...at('begin'), name: 'enrol-begin-postpone', context: later },
    {
      ...at('begin'),
      name: 'enrol-begin-another',
      context: { ...common, others: [], adding: 'another', voluntary: true, previous: 'cancel' },
    },
    { ...at('install'), context: common },
    { ...at('scan'), context: { ...common, ...names, qr, uri, secret, pendingId: 'pending' } },
    {
      ...at('scan'),
      name: 'enrol-scan-postpone',
      context: { ...later, ...names, qr, uri, secret, pendingId: 'pending' },
    },
    { ...at('code'), context: { ...common, ...none, pendingId: 'pending' } },
    {
      ...at('code'),
      name: 'enrol-code-replaced',
      context: { ...common, errors: {}, problem: wrong, pendingId: 'pending' },
    },
  ];
}

function others(): Sample[] {
  const short = { code: 'password-short', values: { minimum: 15 } };
  const empty = { organisation: '', name: '', email: '', login: '' };
  const setPassword = { login: 'alice', minimum: 15, bars: false };
  const forgot = { login: '', back: '/interaction/abc' };
  const sent = { back: '/interaction/abc', minutes: 60, sender: 'Acme <login@acme.example>' };
  return [
    { name: 'setup', page: 'setup/begin', context: { ...none, values: empty, minimum: 8 } },
    {
      name: 'setup-wrong',
      page: 'setup/begin',
      context: {
        problem: null,
        errors: { login: 'login-format', password_repeat: 'password-repeat' },
        values,
        minimum: 8,
      },
    },
    { name: 'setup-password', page: 'setup/password', context: { ...none, login: 'alice' } },
    {
      name: 'setup-password-wrong',
      page: 'setup/password',
      context: { errors: {}, problem: { code: 'password-other', values: {} }, login: 'alice' },
    },
    { name: 'setup-done', page: 'setup/done', context: { codes: CODES, login: 'alice', issuer } },
    { name: 'setup-done-later', page: 'setup/done', context: { codes: [], login: '', issuer } },
    { name: 'set-password', page: 'account/set-password', context: { ...none, ...setPassword } },
    {
      name: 'set-password-short',
      page: 'account/set-password',
      context: { problem: null, errors: { password: short }, ...setPassword },
    },
    {
      name: 'set-password-bars',
      page: 'account/set-password',
      context: { ...none, ...setPassword, minimum: 8, bars: true },
    },
    ...PASSWORD_PROBLEMS.map((code) => ({
      name: `set-${code}`,
      page: 'account/set-password',
      context: { problem: null, errors: { password: code }, ...setPassword },
    })),
    {
      name: 'set-password-done',
      page: 'account/set-password-done',
      context: { back: '/interaction/abc' },
    },
    { name: 'set-password-done-alone', page: 'account/set-password-done', context: { back: null } },
    { name: 'forgot-password', page: 'account/forgot-password', context: { ...none, ...forgot } },
    {
      name: 'forgot-password-empty',
      page: 'account/forgot-password',
      context: { problem: null, errors: { login: 'login-required' }, ...forgot, back: null },
    },
    {
      name: 'forgot-password-too-many',
      page: 'account/forgot-password',
      context: { problem: { code: 'too-many-links', values: {} }, errors: {}, ...forgot },
    },
    { name: 'forgot-password-sent', page: 'account/forgot-password-sent', context: sent },
    {
      name: 'forgot-password-sent-alone',
      page: 'account/forgot-password-sent',
      context: { ...sent, back: null },
    },
    {
      name: 'logout',
      page: 'oidc/logout',
      context: { formAction: '/session/end/confirm', xsrf: 'x', client: null },
    },
    {
      name: 'logout-client',
      page: 'oidc/logout',
      context: { formAction: '/session/end/confirm', xsrf: 'x', client },
    },
    { name: 'logged-out', page: 'oidc/logged-out', context: { client: null } },
    { name: 'logged-out-client', page: 'oidc/logged-out', context: { client } },
    { name: 'client-redirect', page: 'client-redirect', context: { to: '/auth/abc' } },
    {
      name: 'form-post',
      page: 'oidc/form-post',
      context: {
        action: 'https://mail.acme.example/callback',
        fields: [{ name: 'code', value: 'abc' }],
      },
    },
    ...devicePages(),
    { name: 'home', page: 'home', context: {} },
    { name: 'starting', page: 'starting', context: {} },
    { name: 'not-set-up', page: 'setup/not-yet', context: {} },
  ];
}

function devicePages(): Sample[] {
  const entered = { action: '/device', typed: 'WDJB-MJHT', errors: {}, problem: null };
  const wrong = (code: string) => ({ ...entered, problem: { code, values: {} } });
  const wait = { code: 'wait', values: { seconds: 30, minutes: 0 } };
  const asked = { at: Date.UTC(2026, 10, 30, 9, 12), address: '203.0.113.24', program: '' };
  const shown = { action: '/device', userCode: 'WDJB-MJHT', client: { name: 'Living room TV' } };
  return [
    { name: 'device', page: 'device/code', context: { ...entered, typed: '' } },
    { name: 'device-filled-in', page: 'device/code', context: entered },
    {
      name: 'device-format',
      page: 'device/code',
      context: { ...entered, typed: 'WDJB-MJH', errors: { user_code: 'user-code-format' } },
    },
    { name: 'device-unknown', page: 'device/code', context: wrong('user-code-unknown') },
    { name: 'device-expired', page: 'device/code', context: wrong('user-code-expired') },
    { name: 'device-used', page: 'device/code', context: wrong('user-code-used') },
    { name: 'device-wait', page: 'device/code', context: { ...entered, problem: wait } },
    { name: 'device-confirm', page: 'device/confirm', context: { ...shown, asked, account: null } },
    {
      name: 'device-confirm-account',
      page: 'device/confirm',
      context: { ...shown, asked, account: { name: 'Alice Archer', login: 'alice' } },
    },
    {
      name: 'device-confirm-long',
      page: 'device/confirm',
      context: {
        ...shown,
        client: { name: 'Wohnzimmerfernseher'.repeat(5) },
        account: { name: 'Alice Archer', login: 'a'.repeat(60) },
        asked: { ...asked, address: '2001:db8:85a3::8a2e:370:7334', program: 'Chrome on Android' },
      },
    },
    { name: 'device-done', page: 'device/done', context: {} },
    { name: 'device-cancelled', page: 'device/cancelled', context: {} },
  ];
}

/** As the server answers them; the app is not known. */
async function errorPages(): Promise<Sample[]> {
  const nothing = {
    get: () => Promise.resolve(undefined),
    find: () => Promise.reject(new Error()),
  };
  const wayOn = findWayOn(nothing);
  const codes = Object.entries({ ...PAGE_PROBLEMS, 'person-unknown': {} });
  const ctx = {
    method: 'GET',
    path: '/here',
    originalUrl: '/here',
    query: {},
  } as unknown as Context;
  return Promise.all(
    codes.map(async ([code, said]) => {
      const status = ['server', 'unavailable', 'busy'].includes(code) ? 503 : 400;
      const way = await wayOn(ctx, new Problem(code as ProblemCode, { status, values: said }));
      const back = code === 'csrf' ? '/interaction/abc' : null;
      const context = { code, values: said, back, way, requestId: '01J9ZK3V7Q' };
      return { name: `error-${code}`, page: 'error', context };
    }),
  );
}

/** A sign-in that is over leads on. */
function waysOn(): Sample[] {
  const shown = { back: null, requestId: '', values: {} };
  const app = { href: 'https://mail.acme.example/', to: 'app', client: 'Acme webmail' };
  const long = { ...app, client: 'Postfach'.repeat(12) };
  const ways = { app, long, account: { href: '/account', to: 'account', client: null } };
  return Object.entries(ways).map(([where, way]) => ({
    name: `way-on-to-${where}`,
    page: 'error',
    context: { ...shown, code: 'already-finished', way },
  }));
}
