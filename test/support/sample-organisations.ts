/** Sample data for the console's pages of organisations and of the roll-out. */
import type { Config } from '../../src/config/schema.ts';
import { exampleOf } from '../../src/web/admin/pages/organisations/appearance-example.ts';
import { png } from '../branding/sample-pictures.ts';
import { sampleForm } from './sample-form.ts';
import type { Sample } from './sample.ts';

const AT = Date.UTC(2026, 10, 3, 9, 30);
const LATER = Date.UTC(2027, 0, 31);

type Make = (section: string, page: string, context: object, name?: string) => Sample;

const counts = {
  people: 1240,
  enrolled: 890,
  email: 40,
  grace: 180,
  overdue: 95,
  open: 35,
  mailPassword: 12,
  neverSignedIn: 20,
};
const none = { people: 0, enrolled: 0, email: 0, grace: 0, overdue: 0, open: 0, mailPassword: 0 };
const lists = { enrolled: '/x', email: '/x', grace: '/x', overdue: '/x' };

export function organisationSamples(sample: Make): Sample[] {
  return [...listsOf(sample), ...appearances(sample), ...policies(sample), ...boards(sample)];
}

function listsOf(sample: Make): Sample[] {
  const one = {
    href: '/x',
    id: 'acme',
    name: 'Acme',
    mfa: 'required',
    from: AT,
    domains: ['acme.example'],
    counts,
  };
  const globex = { ...one, id: 'globex', name: 'Globex', mfa: 'optional', counts: null };
  const list = { organisations: [one, globex], q: '', mayAdd: true, first: null, next: '/x' };
  const nothing = { ...list, organisations: [], q: 'zoo', next: null };
  const organisation = {
    id: 'acme',
    name: 'Acme',
    mfa: 'required',
    mfaFrom: LATER,
    factors: ['totp', 'passkey', 'one-time-codes'],
    trustedDays: 30,
    domains: ['acme.example', 'acme.test'],
  };
  const links = {
    edit: '/x',
    appearance: '/x',
    looks: LOOKS,
    policy: '/x',
    domains: '/x',
    remove: '/x',
    rollout: '/x',
  };
  const shown = { organisation, isDue: false, ...links, people: '/x', groups: '/x' };
  const unseen = { edit: null, appearance: null, looks: {}, policy: null, domains: null };
  const read = { ...shown, ...unseen, remove: null, isDue: true };
  const form = { name: '', id: '', domains: '', mfa: 'required', back: '/x', action: '/x' };
  const choices = ['off', 'optional', 'required'];
  const fields = { name: 'Acme', domains: 'acme.example', seen: 'x' };
  const named = { organisation: 'Acme', form: sampleForm(fields), back: '/x', action: '/x' };
  return [
    sample('organisations', 'organisations', list),
    sample('organisations', 'organisations', nothing, 'organisations-none'),
    sample('organisations', 'organisation', shown),
    sample(
      'organisations',
      'organisation',
      { ...read, organisation: { ...organisation, mfa: 'off', domains: [] } },
      'organisation-read',
    ),
    sample('organisations', 'organisation-new', { ...form, choices }),
    sample(
      'organisations',
      'organisation-new',
      {
        ...form,
        choices,
        errors: { id: { code: 'organisation-id-format', values: { id: 'A B' } }, name: 'required' },
      },
      'organisation-new-wrong',
    ),
    sample('organisations', 'organisation-edit', named),
    sample('organisations', 'organisation-domains', named),
    ...[
      'organisation-remove',
      'organisation-logo-remove',
      'organisation-logo-back',
      'rollout-remind',
    ].map((key) =>
      sample(
        'organisations',
        'confirm',
        {
          key,
          values: { name: 'Acme', organisation: 'Acme', scope: 'group', group: 'Sales', most: 200 },
          back: '/x',
          action: '/x',
          fields: [],
        },
        `confirm-${key}`,
      ),
    ),
  ];
}

const LOGO = { url: `data:image/png;base64,${png(64, 20).toString('base64')}` };
const LOOKS = {
  logo: { ...LOGO, width: 141, height: 44, wide: true },
  colour: '#0b5c8e',
  contact: 'IT service desk, it@acme.example, extension 4000',
  senderName: 'Acme IT',
};

function appearances(sample: Make): Sample[] {
  const config = {
    branding: { name: 'Example Sign-in' },
    mail: { from: 'login@example.org' },
  } as Pick<Config, 'branding' | 'mail'>;
  const { logo, ...words } = LOOKS;
  const form = {
    organisation: 'Acme',
    form: sampleForm(words),
    logo,
    removeLogo: '/x',
    back: '/x',
    action: '/x',
    types: 'image/png,image/jpeg,image/webp',
    bounds: { kib: 32, side: 1024 },
    longest: { contact: 200, senderName: 60 },
    lost: '',
    isTried: false,
  };
  const picture = { ...LOGO, type: 'png', width: 64, height: 20 };
  const shown = exampleOf(config, { ...words, name: 'Acme', logo: picture });
  const tried = { ...words, colour: '#ffcc00', name: 'Acme', logo: { ...picture, type: 'webp' } };
  const nothing = { logo: null, colour: null, contact: null, senderName: null, name: 'Acme' };
  const named = (page: object, name: string): Sample =>
    sample('organisations', 'organisation-appearance', { ...form, ...page }, name);
  return [
    named(shown, 'organisation-appearance'),
    named(
      {
        ...exampleOf(config, tried),
        form: sampleForm({ ...words, colour: tried.colour }),
        isTried: true,
        lost: 'logo.webp',
      },
      'organisation-appearance-tried',
    ),
    named(
      {
        ...exampleOf(config, nothing),
        logo: null,
        form: sampleForm({ colour: 'red' }),
        errors: { logo: 'logo-drawing', colour: 'colour-format' },
      },
      'organisation-appearance-wrong',
    ),
  ];
}

function policies(sample: Make): Sample[] {
  const factors = ['authenticator', 'passkey', 'email-codes', 'one-time-codes'].map(
    (label, at) => ({ field: `factor-${at}`, label, on: at !== 2 }),
  );
  const form = {
    organisation: 'Acme',
    choices: ['off', 'optional', 'required'],
    form: sampleForm({
      mfa: 'required',
      from: '2027-01-31',
      trustedDays: '30',
      sessionHours: '12',
      idleMinutes: '',
      passcodeDays: '90',
      passcodeNetworks: 'yes',
    }),
    longestTrust: 365,
    factors,
    back: '/x',
    action: '/x',
  };
  const was = { mfa: 'optional', mfaFrom: null, factors: ['totp', 'email-code'], trustedDays: 30 };
  const person = { href: '/x', name: 'Alice Archer', login: 'alice', losesMail: false };
  const preview = {
    organisation: 'Acme',
    changes: ['mfa', 'grace_until', 'factors', 'trusted_days', 'session_seconds'],
    was,
    becomes: {
      mfa: 'required',
      mfaFrom: LATER,
      factors: ['totp'],
      trustedDays: 7,
      sessionAbsolute: 43_200,
    },
    counts: { 'locked-out': 2, refused: 1, asked: 214, mail: 3 },
    seen: 1240,
    about: 1240,
    isDone: true,
    at: LATER,
    most: 200,
    isCut: true,
    nobody: false,
    isStale: false,
    first: null,
    next: '/x',
    people: [
      { ...person, consequence: 'locked-out', apps: ['Your account', 'Webmail'] },
      { ...person, name: 'Bob Brandt', login: 'bob', consequence: 'refused', apps: ['Wiki'] },
      { ...person, name: 'Dora Dirks', consequence: 'asked', losesMail: true, apps: ['Webmail'] },
      { ...person, name: 'Emil Ek', consequence: null, losesMail: true, apps: [] },
    ],
    back: '/x',
    action: '/x',
  };
  const nobody = { 'locked-out': 0, refused: 0, asked: 0, mail: 0 };
  const quiet = { ...preview, counts: nobody, nobody: true, people: [], isCut: false, at: null };
  const running = { ...preview, isDone: false, seen: 2000, about: 84_000 };
  const stale = { ...preview, isStale: true };
  const wrong = { errors: { factors: 'administrator-locked-out', trustedDays: 'trusted-days' } };
  return [
    sample('organisations', 'organisation-policy', form),
    sample(
      'organisations',
      'organisation-policy',
      { ...form, ...wrong },
      'organisation-policy-wrong',
    ),
    sample('organisations', 'organisation-preview', preview),
    sample('organisations', 'organisation-preview', quiet, 'organisation-preview-nobody'),
    sample('organisations', 'organisation-preview', running, 'organisation-preview-running'),
    sample('organisations', 'organisation-preview', stale, 'organisation-preview-stale'),
  ];
}

function boards(sample: Make): Sample[] {
  const row = { href: '/x', name: 'Acme', counts, lists };
  const rows = [row, { ...row, name: 'Globex', counts: null }];
  const whole = { name: 'Acme', counts, lists, remind: '/x' };
  const group = { id: 'g', name: 'Sales', counts: { ...counts, people: 40, overdue: 2 }, lists };
  const board = {
    organisation: 'Acme',
    href: '/x',
    whole,
    groups: [
      { ...group, remind: '/x' },
      { ...group, name: 'Board', counts: none, remind: null },
    ],
    madeAt: AT,
    export: '/x',
    everywhere: true,
    first: null,
    next: '/x',
  };
  const empty = {
    ...board,
    whole: { ...whole, counts: none, remind: null },
    groups: [],
    madeAt: null,
    everywhere: false,
    next: null,
  };
  return [
    sample('rollout', 'rollouts', { rows, madeAt: AT, first: null, next: '/x' }),
    sample(
      'rollout',
      'rollouts',
      { rows: [], madeAt: null, first: null, next: null },
      'rollouts-none',
    ),
    sample('rollout', 'rollout', board),
    sample('rollout', 'rollout', empty, 'rollout-none'),
  ];
}
