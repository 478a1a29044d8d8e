/** Sample data for the console. */
import { appSamples } from './sample-apps.ts';
import { sample } from './console-sample.ts';
import { MEANWHILE, sampleForm } from './sample-form.ts';
import type { Sample } from './sample.ts';
import { installationSamples } from './sample-installation.ts';
import { organisationSamples } from './sample-organisations.ts';

const AT = Date.UTC(2026, 10, 3, 9, 30);
const figures = [
  { name: 'overdue', count: 3, isMore: false, tone: 'bad', href: '/x' },
  { name: 'locked', count: 0, isMore: false, tone: 'good', href: '/x' },
  { name: 'approvals', count: 2, isMore: false, tone: 'warn', href: '/x' },
  { name: 'none', count: 100, isMore: true, tone: 'plain', href: '/x' },
];

export function consoleSamples(): Sample[] {
  return [
    ...overviews(),
    ...lists(),
    ...person(),
    ...mailsAndForms(),
    ...imports(),
    ...services(),
    ...many(),
    ...acts(),
    ...forms(),
    ...open(),
    ...groups(),
    ...approvals(),
    ...organisationSamples(sample),
    ...installationSamples(sample),
    ...appSamples(),
    ...audits(),
  ];
}

function overviews(): Sample[] {
  const days = Array.from({ length: 14 }, (_, at) => ({
    at: AT - (13 - at) * 86_400_000,
    count: (at * 7) % 12,
    share: (((at * 7) % 12) * 100) / 11,
  }));
  const failed = { total: 76, today: 7, days, countedAt: AT, href: '/x' };
  const installation = {
    mails: { count: 2, oldest: AT, isLate: true },
    backup: { at: AT, isElsewhere: false },
    isBackupOld: true,
    refused: { count: 3, href: '/x' },
  };
  const all = ['organisation', 'mail', 'app', 'people', 'backup'].map((name, at) => ({
    name,
    how: name,
    isDone: at === 0,
    href: at === 1 || at === 4 ? null : '/x',
  }));
  const steps = { all, done: 1, count: 5, away: '/x' };
  const shown = { figures, countedAt: AT, failed, version: '0.1.0' };
  const everything = { ...shown, role: 'administrator', everywhere: true, installation };
  const bare = {
    mails: null,
    backup: { at: null, isElsewhere: true },
    isBackupOld: false,
    refused: { count: 0, href: '/x' },
  };
  const away = { key: 'first-steps-away', values: {}, back: '/x', action: '/x', fields: [] };
  return [
    sample('overview', 'overview', { ...everything, steps: null }),
    sample('overview', 'overview', { ...everything, installation: bare, steps }, 'overview-first'),
    sample(
      'overview',
      'overview',
      {
        ...shown,
        role: 'helpdesk',
        everywhere: false,
        installation: null,
        steps: null,
        countedAt: null,
        failed: { total: 0, today: 0, days, countedAt: null, href: null },
      },
      'overview-own',
    ),
    sample('overview', 'confirm', away, 'confirm-first-steps-away'),
  ];
}

const listed = {
  id: 'a',
  href: '/admin/people/a',
  name: 'Alice Archer',
  login: 'alice',
  email: 'alice@acme.example',
  role: 'member',
  organisation: 'Acme',
  service: false,
  state: 'strong',
  active: true,
  removedAt: null,
  lastSignIn: AT,
};

function lists(): Sample[] {
  const list = {
    people: [
      listed,
      { ...listed, name: 'Bob Brandt', login: 'bob', email: 'bob@acme.example', state: 'overdue' },
      { ...listed, name: 'Chen Mei-ling', login: 'meiling', role: 'helpdesk', state: 'email' },
      { ...listed, name: 'Dora Dirks', login: 'dora', state: 'grace', lastSignIn: null },
      { ...listed, name: 'Emil Ek', login: 'emil', state: 'none', active: false },
      { ...listed, name: 'Fay Fox', login: 'fay', state: 'none', active: false, removedAt: AT },
    ],
    mayAdd: true,
    files: ['csv', 'jsonl'].map((format) => ({ format, href: '/x' })),
    acts: [] as string[],
    select: '/x',
    plain: null as string | null,
    filters: {},
    isFiltered: false,
    stateIds: ['none', 'email', 'strong', 'grace', 'overdue'],
    roleIds: ['member', 'auditor', 'helpdesk', 'organisation-administrator', 'administrator'],
    flags: ['locked', 'disabled', 'neverSignedIn'].map((id) => ({ id, on: false })),
    organisations: [
      { id: 'acme', label: 'Acme' },
      { id: 'globex', label: 'Globex' },
    ],
    next: '/admin/people?after=x',
    previous: null,
    first: null,
    isComplete: true,
  };
  const none = { ...list, people: [], next: null };
  const asked = { filters: { q: 'zoe', state: 'overdue' }, isFiltered: true };
  return [
    sample('people', 'people', list),
    sample(
      'people',
      'people',
      { ...list, acts: ['group', 'mfa', 'disable'], select: null, plain: '/x' },
      'people-select',
    ),
    sample('people', 'people', { ...none, organisations: [] }, 'people-none'),
    sample('people', 'people', { ...none, ...asked, isComplete: false }, 'people-none-found'),
    sample(
      'people',
      'people',
      { ...none, ...asked, next: '/x', first: '/x', previous: '/x' },
      'people-go-on',
    ),
  ];
}

const subject = {
  id: 'Zm9vYmFyYmF6cXV4MTIzNA',
  name: 'Alice Archer',
  login: 'alice',
  email: 'alice@acme.example',
  role: 'member',
  active: true,
  organisation: 'Acme',
  effective: 'required',
  removedAt: null,
  service: false,
};
const tabs = (here: string) =>
  ['overview', 'security', 'sessions', 'computers', 'passcodes', 'mails', 'groups', 'activity'].map(
    (id) => ({
      id,
      href: '/x',
      here: id === here,
    }),
  );

function person(): Sample[] {
  const act = (page: string, style: string) => ({ page, href: `/x/${page}`, style });
  const moment = (kind: string, methods: string[], more: object = {}) => ({
    kind,
    methods,
    times: 1,
    reasons: [],
    recorded: [],
    asked: null,
    askedFor: [],
    ...more,
  });
  const overview = {
    subject,
    tabs: tabs('overview'),
    groups: ['Finance', 'Berlin'],
    speaks: 'zh-Hant',
    createdAt: AT,
    passwordSet: true,
    lock: null,
    steps: [
      { step: 'password', factors: [], reasons: [] },
      {
        step: 'factor',
        factors: ['authenticator', 'one-time-codes'],
        reasons: ['organisation', 'enrolled'],
      },
      { step: 'done', factors: [], reasons: [] },
    ],
    activeUntil: AT,
    attributes: [{ name: 'department', value: 'Sales' }],
    others: 'cost_centre=4711',
    invitation: null as object | null,
    signIns: [
      {
        at: AT,
        ending: 'refused',
        app: 'Acme Webmail',
        where: ['Firefox on Windows', '203.0.113.7'],
        moments: [
          moment('given', ['password'], {
            asked: { step: 'factor', factors: ['authenticator', 'one-time-codes'] },
            reasons: ['organisation', 'enrolled'],
          }),
          moment('wrong', ['authenticator'], { times: 3, reasons: ['code-used'] }),
        ],
        now: null,
      },
      {
        at: AT,
        ending: 'completed',
        app: 'Acme Webmail',
        where: ['Firefox on Windows', '203.0.113.7'],
        moments: [
          moment('given', ['password', 'trusted-computer']),
          moment('completed', ['password'], { reasons: ['organisation'] }),
        ],
        now: [
          { step: 'password', factors: [], reasons: [] },
          { step: 'factor', factors: ['authenticator'], reasons: ['organisation', 'enrolled'] },
        ],
      },
      {
        at: AT,
        ending: 'open',
        app: 'Wiki',
        where: ['Safari on iPhone', '203.0.113.9'],
        moments: [
          moment('wrong', ['passkey'], {
            reasons: ['passkey-unknown'],
            asked: { step: 'factor', factors: ['passkey'] },
            askedFor: ['app'],
            recorded: ['moon is full'],
          }),
          moment('postponed', []),
          moment('cancelled', []),
        ],
        now: null,
      },
    ],
    edits: ['edit', 'attributes', 'move'].map((page) => act(page, 'secondary')),
    acts: [act('disable', 'danger'), act('lock-down', 'danger'), act('delete', 'danger')],
  };
  const leaving = {
    ...overview,
    subject: { ...subject, role: 'auditor', active: false, removedAt: AT },
    lock: { until: AT },
    groups: [],
    speaks: null,
    activeUntil: null,
    attributes: [],
    others: '',
    invitation: invited('over'),
    signIns: [],
    passwordSet: false,
    steps: [{ step: 'refuse', factors: [], reasons: ['disabled'] }],
    acts: [act('keep', 'secondary')],
  };
  return [
    sample('people', 'person', overview),
    sample('people', 'person', leaving, 'person-leaving'),
    ...securities(),
  ];
}

const invited = (state: string) => ({
  state,
  at: AT,
  until: AT,
  answer: state === 'refused' ? '550 5.1.1' : null,
  again: { href: '/x/invite' },
});

/** What was mailed to somebody, and the forms about one person that end much or say much. */
function mailsAndForms(): Sample[] {
  const mail = { id: 'm', template: 'invitation', orderedAt: AT, to: 'al•••@a•••.example' };
  const mails = [
    { ...mail, state: 'handed-over', answer: '250 2.0.0' },
    { ...mail, template: 'email-code', state: 'expired', answer: null },
    { ...mail, template: 'account-changed', state: 'refused', answer: '550 5.1.1' },
    { ...mail, template: 'reminder', state: 'queued', answer: '451 4.7.1' },
    { ...mail, template: 'suspended', state: 'failed', answer: null },
  ];
  const list = { subject, tabs: tabs('mails'), mails, sends: true, first: null, next: '/x' };
  const none = { ...list, mails: [], sends: false, next: null };
  const down = {
    subject,
    counts: { sessions: 2, computers: 1, passcodes: 3 },
    factors: 2,
    passwordSet: true,
    choices: ['disabled', 'password'],
    until: 'disabled',
    reset: '/x/reset',
    back: '/x',
    action: '/x',
  };
  const names = ['given_name', 'family_name', 'phone', 'department', 'employee_number'];
  const attributes = {
    subject,
    boxes: names,
    form: sampleForm({ department: 'Sales', others: 'cost_centre=4711\nfloors:=[1,2]' }),
    shown: 'cost_centre floors',
    back: '/x',
    action: '/x',
  };
  const line = { code: 'attribute-line', values: { line: 'nonsense' } };
  const move = {
    subject,
    values: { ...subject, sessions: 1, computers: 0, passcodes: 2, groups: 2 },
    isMember: true,
    organisations: [{ id: 'globex', label: 'Globex' }],
    form: sampleForm({}),
    chosen: '',
    back: '/x',
    action: '/x',
  };
  const auditor = { ...subject, role: 'auditor' };
  return [
    sample('people', 'person-mails', { ...list, invitation: null }),
    ...['none', 'queued', 'handed-over', 'refused', 'expired', 'failed', 'over'].map((state) =>
      sample(
        'people',
        'person-mails',
        { ...none, invitation: invited(state) },
        `person-mails-${state}`,
      ),
    ),
    sample('people', 'person-lock-down', down),
    sample(
      'people',
      'person-lock-down',
      { ...down, factors: 0, reset: null, passwordSet: false, errors: { until: 'required' } },
      'person-lock-down-wrong',
    ),
    sample('people', 'person-attributes', attributes),
    sample(
      'people',
      'person-attributes',
      { ...attributes, errors: { phone: 'attribute-phone', others: line } },
      'person-attributes-wrong',
    ),
    sample('people', 'person-move', move),
    sample(
      'people',
      'person-move',
      { ...move, subject: auditor, isMember: false, errors: { organisation: 'required' } },
      'person-move-wrong',
    ),
    sample('people', 'person-move', { ...move, organisations: [] }, 'person-move-nowhere'),
  ];
}

/** A file that is chosen, and how far it has come. */
function imports(): Sample[] {
  const states = ['looking', 'looked', 'running', 'done', 'broken'];
  const form = {
    modes: ['create', 'update', 'upsert'],
    mode: 'upsert',
    keys: ['login', 'id'],
    key: 'login',
    organisations: [
      { id: 'acme', label: 'Acme' },
      { id: 'globex', label: 'Globex' },
    ],
    organisation: 'acme',
    organisationName: 'Acme',
    columns: 'id, login, email, name, organisation',
    most: 100_000,
    megabytes: 20,
    imports: states.map((state) => ({ href: '/x', file: `${state}.csv`, startedAt: AT, state })),
    back: '/x',
    action: '/x',
  };
  const counts = { created: 120, updated: 3, unchanged: 40, bad: 1200 };
  const job = {
    file: 'people.csv',
    startedAt: AT,
    line: 600,
    lines: 1400,
    ...counts,
    mode: 'upsert',
    wouldBe: null,
    broken: null as object | null,
    badLines: [
      { line: 3, code: 'import-role', values: {} },
      { line: 7, code: 'import-value', values: { column: '<b>mfa</b>' } },
    ],
    further: 1198,
    results: '/x',
    back: '/x',
    action: '/x',
  };
  const broken = { code: 'import-columns', values: { columns: '“nme”', known: 'name, login' } };
  return [
    sample('people', 'people-import', form),
    sample(
      'people',
      'people-import',
      { ...form, organisations: [], imports: [], errors: { file: 'required' } },
      'people-import-wrong',
    ),
    ...states.map((state) =>
      sample(
        'people',
        'people-import-job',
        { ...job, state, ...(state === 'broken' ? { broken, badLines: [], further: 0 } : {}) },
        `people-import-${state}`,
      ),
    ),
  ];
}

/** Those by whom nobody signs in. */
function services(): Sample[] {
  const one = { href: '/x', name: 'Scanner', login: 'scanner', email: 'scanner@acme.example' };
  const list = {
    mailboxes: [
      { ...one, organisation: 'Acme', passcodes: 2, active: true },
      { ...one, name: 'Old copier', organisation: 'Globex', passcodes: 0, active: false },
    ],
    everywhere: true,
    mayAdd: true,
    back: '/x',
    first: null,
    next: '/x',
  };
  const added = {
    fields: { name: '', login: '', email: '' },
    organisations: [],
    organisation: 'acme',
    organisationName: 'Acme',
    back: '/x',
    action: '/x',
  };
  const scanner = { ...subject, name: 'Scanner', login: 'scanner', service: true };
  const code = {
    subject: scanner,
    name: 'Second floor',
    networks: '203.0.113.0/24',
    days: '365',
    expiries: ['7', '30', '90', '365'],
    protocols: ['imap', 'pop3', 'smtp', 'sieve'].map((id) => ({ id, on: id === 'smtp' })),
    back: '/x',
    action: '/x',
  };
  const errors = { networks: 'network-wide', protocols: 'protocol-missing' };
  const letters = ['ABCD', 'EFGH', 'IJKL', 'MNOP'];
  return [
    sample('people', 'services', list),
    sample('people', 'services', { ...list, mailboxes: [], next: null }, 'services-none'),
    sample('people', 'service-new', added),
    sample('people', 'service-passcode-new', code),
    sample('people', 'service-passcode-new', { ...code, errors }, 'service-passcode-wrong'),
    sample('people', 'service-passcode', {
      subject: scanner,
      name: 'Second floor',
      letters,
      back: '/x',
    }),
  ];
}

function securities(): Sample[] {
  const acts = {
    mfa: { href: '/x/mfa' },
    extend: { href: '/x/extend-grace' },
    remind: { href: '/x/remind' },
    invite: { href: '/x/invite' },
    unlock: { href: '/x/unlock' },
    temporaryCode: { href: '/x/temporary-code' },
    reset: { href: '/x/reset' },
    signOut: { href: '/x/sign-out' },
  };
  const asked = {
    own: 'inherit',
    organisation: 'required',
    organisationName: 'Acme',
    from: 0,
    isDue: true,
    duties: false,
  };
  const factor = { name: 'Pixel 9', label: 'authenticator', factor: 'totp', createdAt: AT };
  const on = {
    subject,
    tabs: tabs('security'),
    asked,
    enrolled: true,
    factors: [
      { ...factor, remove: '/x/remove' },
      { ...factor, name: '', label: 'email-codes', factor: 'email-code', remove: null },
    ],
    codesLeft: 8,
    hasCodes: true,
    lock: null,
    sessions: 2,
    computers: 1,
    passcodes: 3,
    passwordSet: true,
    codePending: false,
    extension: null,
    temporaryUntil: AT,
    acts,
  };
  const off = {
    ...on,
    asked: { ...asked, own: 'required', from: AT, isDue: false },
    enrolled: false,
    factors: [],
    hasCodes: false,
    lock: { until: null },
    codePending: true,
    extension: { until: AT, reason: 'Abroad until then' },
    acts: { ...acts, mfa: null, reset: null, signOut: null },
  };
  const mfa = {
    subject,
    choices: ['inherit', 'available', 'required'],
    form: sampleForm({ mfa: 'required', from: '2027-01-31' }),
    organisationMfa: 'optional',
    computers: 2,
    duties: false,
    back: '/x',
    action: '/x/mfa',
  };
  return [
    sample('people', 'person-security', on),
    sample('people', 'person-security', off, 'person-security-off'),
    sample('people', 'person-mfa', mfa),
    sample('people', 'person-mfa', { ...mfa, errors: { from: 'date-past' } }, 'person-mfa-wrong'),
    ...[{}, { errors: { until: 'grace-earlier', reason: 'required' } }].map((more, at) =>
      sample(
        'people',
        'person-extend-grace',
        {
          subject,
          from: AT,
          isDue: at === 0,
          until: '',
          reason: '',
          days: 30,
          most: 200,
          back: '/x',
          action: '/x',
          ...more,
        },
        `person-extend-grace${at === 0 ? '' : '-wrong'}`,
      ),
    ),
    sample('people', 'person-today', { subject, code: 'K7QFX-9M2TD', until: AT, back: '/x' }),
    sample('people', 'person-reset', {
      subject,
      code: 'K7QFX-9M2TD',
      validFor: 86_400,
      back: '/x',
    }),
  ];
}

function many(): Sample[] {
  const one = { name: 'Alice Archer', login: 'alice', href: '/x', may: true, isDone: false };
  const asked = {
    people: [one, { ...one, name: 'Bob Brandt', login: 'bob' }],
    others: [
      { ...one, name: 'Chen Mei-ling', may: false },
      { ...one, name: 'Emil Ek', isDone: true },
    ],
    who: 'a b',
    groups: [{ id: 'g', label: 'Finance' }],
    group: '',
    from: '',
    back: '/x',
    action: '/x',
  };
  const problem = { code: 'last-administrator', values: {} };
  const failed = [{ name: 'Dora Dirks', href: '/x', problem }];
  return [
    ...['group', 'mfa', 'remind', 'disable'].map((act) =>
      sample('people', 'people-many', { ...asked, act }, `people-many-${act}`),
    ),
    sample(
      'people',
      'people-many',
      { ...asked, act: 'mfa', people: [], others: [] },
      'people-many-none',
    ),
    sample('people', 'people-many-done', { act: 'disable', done: 3, failed, back: '/x' }),
  ];
}

function acts(): Sample[] {
  const values = {
    name: 'Alice Archer',
    login: 'alice',
    email: 'alice@acme.example',
    organisation: 'Acme',
    sessions: 2,
    computers: 1,
    passcodes: 3,
    factor: 'Pixel 9',
    what: 'Firefox on Windows',
  };
  const keys = [
    'reset',
    'temporary-code',
    'unlock',
    'invite',
    'remind',
    'sign-out',
    'disable',
    'enable',
    'delete',
    'keep',
    'totp-remove',
    'session-end',
    'app-end',
    'passcode-end',
  ];
  return keys.map((key) =>
    sample(
      'people',
      'confirm',
      { key: `person-${key}`, values, back: '/x', action: '/x', fields: [] },
      `confirm-${key}`,
    ),
  );
}

function forms(): Sample[] {
  const fields = {
    name: 'Alice Archer',
    login: 'alice',
    email: 'alice@acme.example',
    activeUntil: '2027-01-31',
  };
  const group = { id: 'g', field: 'group-g', name: 'Finance', description: '', on: true };
  const groups = [
    group,
    { ...group, id: 'h', field: 'group-h', name: 'Berlin', description: 'The office', on: false },
  ];
  const added = {
    fields: { name: '', login: '', email: '' },
    organisations: [],
    organisation: 'acme',
    organisationName: 'Acme',
    groups,
    mail: true,
    invite: true,
    action: '/x',
  };
  const wrong = {
    ...added,
    fields,
    organisations: [
      { id: 'acme', label: 'Acme' },
      { id: 'globex', label: 'Globex' },
    ],
    groups: [],
    mail: false,
    errors: { login: 'login-taken', email: 'required' },
  };
  const edited = { subject, languages: ['en', 'zh-Hant'], mayEnd: true, back: '/x', action: '/x' };
  const filled = { ...fields, language: 'zh-Hant', role: 'member' };
  const form = sampleForm(filled);
  const roles = ['member', 'auditor', 'helpdesk', 'organisation-administrator', 'administrator'];
  return [
    sample('people', 'person-new', added),
    sample('people', 'person-new', wrong, 'person-new-wrong'),
    sample('people', 'person-edit', { ...edited, form, secondPerson: true, roles }),
    sample(
      'people',
      'person-edit',
      { ...edited, form: sampleForm(filled, MEANWHILE), roles },
      'person-edit-late',
    ),
    sample('people', 'person-change-groups', { subject, form, groups, back: '/x', action: '/x' }),
    sample(
      'people',
      'person-change-groups',
      { subject, groups: [], back: '/x' },
      'person-change-groups-none',
    ),
    ...groupTabs(),
  ];
}

function open(): Sample[] {
  const session = {
    browser: 'Firefox on Windows',
    address: '203.0.113.7',
    signedInAt: AT,
    lastUsedAt: AT,
    apps: ['Acme Webmail', 'Wiki'],
    end: '/x',
  };
  const app = { name: 'Acme Webmail', lastUsedAt: AT, asleep: false, offline: true, end: '/x' };
  const computer = {
    name: 'Office',
    browser: 'Firefox on Windows',
    createdAt: AT,
    lastUsedAt: AT,
    expiresAt: AT,
    end: '/x',
  };
  const passcode = {
    name: 'Old phone',
    protocols: ['imap', 'smtp'],
    networks: ['203.0.113.0/24'],
    createdAt: AT,
    expiresAt: AT,
    expired: true,
    last: { at: AT, protocol: 'imap', address: '203.0.113.7' },
    end: '/x',
  };
  const things = {
    sessions: { sessions: [session, { ...session, apps: [] }], apps: [app] },
    computers: { computers: [computer], days: 30 },
    passcodes: {
      passcodes: [passcode, { ...passcode, expired: false, last: null, end: null }],
      add: { href: '/x' },
    },
  };
  const nothing = {
    sessions: { sessions: [], apps: [] },
    computers: { computers: [], days: 0 },
    passcodes: { passcodes: [], add: null },
  };
  return (['sessions', 'computers', 'passcodes'] as const).flatMap((tab) => {
    const page = `person-${tab}`;
    const shared = { subject, tabs: tabs(tab) };
    return [
      sample('people', page, { ...shared, ...things[tab] }),
      sample('people', page, { ...shared, ...nothing[tab] }, `${page}-none`),
    ];
  });
}

function groupTabs(): Sample[] {
  const frame = { subject, tabs: tabs('groups'), first: null, next: '/x' };
  const app = { href: '/x', opens: true, told: [] };
  const opened = {
    apps: [
      { ...app, name: 'Team Cloud', told: ['groups: Finance'] },
      { ...app, name: 'Wiki' },
    ],
    isCut: false,
  };
  const one = {
    name: 'Finance',
    description: 'Who books',
    at: AT,
    opened,
    href: '/x',
    leave: '/x',
  };
  const by = { actor: 'administrator', name: 'Olivia Okafor' };
  const other = { name: 'Berlin', description: '', at: null, by: null, href: '/x', leave: '/x' };
  const groups = [
    { ...one, by },
    { ...other, opened: { apps: [], isCut: false } },
  ];
  const seen = groups.map((group) => ({ ...group, href: null, leave: null, opened: null }));
  return [
    sample('people', 'person-groups', { ...frame, theirs: groups, change: '/x' }),
    sample(
      'people',
      'person-groups',
      { ...frame, theirs: seen, change: null },
      'person-groups-seen',
    ),
    sample('people', 'person-groups', { ...frame, theirs: [], change: '/x' }, 'person-groups-none'),
  ];
}

function groups(): Sample[] {
  const one = {
    href: '/x',
    name: 'Finance',
    description: 'Who sees the books',
    organisation: 'acme',
  };
  const list = { everywhere: true, mayAdd: true, first: null, next: '/x' };
  const member = { href: '/x', name: 'Alice Archer', login: 'alice', remove: '/x/remove' };
  const app = { name: 'Team Cloud', href: '/x', opens: true, told: ['groups: Finance'] };
  const told = { ...app, name: 'Wiki', opens: false, told: ['roles: editor', 'sees_books: true'] };
  const group = {
    group: one,
    opened: { apps: [app, told], isCut: true },
    members: [member, { ...member, name: 'Bob Brandt', login: 'bob' }],
  };
  const links = { add: '/x/add', edit: '/x/edit', remove: '/x/remove', first: null, next: null };
  const none = { add: null, edit: null, remove: null };
  const filled = { name: 'Finance', description: 'Who sees the books' };
  const form = { organisations: [], organisation: 'acme', back: '/x' };
  return [
    sample('groups', 'groups', { ...list, groups: [one, { ...one, name: 'Berlin' }] }),
    sample('groups', 'groups', { ...list, groups: [], next: null }, 'groups-none'),
    sample('groups', 'group', { ...group, ...links }),
    sample(
      'groups',
      'group',
      { ...group, ...links, ...none, opened: { apps: [], isCut: false }, members: [] },
      'group-none',
    ),
    sample('groups', 'group-form', {
      ...form,
      isNew: true,
      form: sampleForm({ name: '', description: '' }),
      action: '/x',
    }),
    sample(
      'groups',
      'group-form',
      { ...form, isNew: false, form: sampleForm(filled, MEANWHILE), action: '/x' },
      'group-form-meanwhile',
    ),
    sample('groups', 'group-add', { group: 'Finance', login: '', back: '/x', action: '/x' }),
  ];
}

function approvals(): Sample[] {
  const none = { approve: null, refuse: null, withdraw: null, code: null };
  const one = {
    what: 'factors-reset',
    name: 'Alice Archer',
    href: '/x',
    role: null,
    asker: 'Hana Help',
    at: AT,
    until: AT,
    approver: null,
    isOwn: false,
  };
  const requests = [
    { ...one, ...none, approve: '/x', refuse: '/x' },
    { ...one, ...none, what: 'role', role: 'helpdesk', isOwn: true, withdraw: '/x' },
    { ...one, ...none, isOwn: true, approver: 'Omar Okafor', code: '/x' },
    { ...one, ...none, what: 'second-person-off', name: 'Acme', href: null },
  ];
  const rule = { id: 'acme', name: 'Acme', on: true, href: '/x' };
  const list = { requests, isMore: true, rule, organisations: [] };
  const organisations = [
    { id: 'acme', label: 'Acme' },
    { id: 'globex', label: 'Globex' },
  ];
  const values = {
    name: 'Alice Archer',
    login: 'alice',
    email: 'alice@acme.example',
    organisation: 'Acme',
    asker: 'Hana Help',
    sessions: 2,
    computers: 1,
    passcodes: 3,
  };
  const roles = { role: 'helpdesk', was: 'member' };
  const keys = [
    'person-reset-ask',
    'person-temporary-code-ask',
    'approval-factors-reset-approve',
    'approval-temporary-code-approve',
    'approval-role-approve',
    'approval-second-person-off-approve',
    'approval-refuse',
    'approval-withdraw',
    'approval-see-code',
    'approval-rule-on',
    'approval-rule-off',
  ];
  return [
    sample('approvals', 'approvals', list),
    sample(
      'approvals',
      'approvals',
      { requests: [], isMore: false, rule: { ...rule, on: false }, organisations },
      'approvals-none',
    ),
    ...keys.map((key) =>
      sample(
        'approvals',
        'confirm',
        {
          key,
          values,
          roles: key === 'approval-role-approve' ? roles : {},
          back: '/x',
          action: '/x',
          fields: [],
        },
        `confirm-${key}`,
      ),
    ),
  ];
}

function audits(): Sample[] {
  const event = {
    at: AT,
    type: 'factors.reset',
    refused: false,
    person: { name: 'Alice Archer', href: '/x' },
    actor: 'administrator',
    actorName: 'Olivia Okafor',
    app: 'Latchkey administration',
    where: ['Firefox on Windows', '203.0.113.7'],
    details: [{ field: 'to', was: null, now: [{ key: 'mailbox' }] }],
    reasons: [],
    recorded: [],
  };
  const events = [
    event,
    {
      ...event,
      type: 'sign-in.factor',
      refused: true,
      actor: 'person',
      actorName: null,
      app: 'Acme Webmail',
      details: [{ field: 'asked', was: null, now: [{ key: 'totp' }] }],
      reasons: ['code-used'],
    },
    {
      ...event,
      type: 'person.changed',
      details: [
        { field: 'name', was: [{ text: 'Alice A.' }], now: [{ text: 'Alice Archer' }] },
        { field: 'mfa', was: [{ key: 'inherit' }], now: [{ key: 'required' }] },
        { field: 'grace_until', was: [{ key: 'nothing' }], now: [{ at: AT }] },
      ],
    },
    {
      ...event,
      type: 'sign-in.completed',
      actor: 'person',
      app: 'Acme Webmail',
      details: [{ field: 'factor', was: null, now: [{ key: 'totp' }] }],
      reasons: ['organisation', 'enrolled'],
      recorded: ['acr: urn:latchkey:acr:mfa', 'amr: pwd otp mfa'],
    },
    {
      ...event,
      type: 'client.added',
      person: null,
      actor: 'operator',
      app: null,
      where: [],
      details: [],
    },
  ];
  const list = {
    shown: events,
    filters: {},
    isFiltered: false,
    types: ['factors.reset', 'sign-in.factor'],
    files: ['csv', 'jsonl'].map((format) => ({ format, href: '/x' })),
    first: null,
    next: '/x',
  };
  const none = { ...list, shown: [], next: null, filters: { type: 'sign-out' }, isFiltered: true };
  const activity = {
    subject,
    tabs: tabs('activity'),
    shown: events,
    log: '/x',
    first: null,
    next: '/x',
  };
  return [
    sample('audit', 'audit', list),
    sample('audit', 'audit', none, 'audit-none'),
    sample('people', 'person-activity', activity),
    sample(
      'people',
      'person-activity',
      { ...activity, shown: [], log: null, next: null },
      'person-activity-none',
    ),
  ];
}
