/** Sample data for the console’s pages about apps. */
import { templateValues } from '../../src/templates/template.ts';
import { TEMPLATES } from '../../src/templates/templates.ts';
import { fieldsOf, PART_IDS, type AppField } from '../../src/web/admin/apps/fields.ts';
import type { ClientRecord } from '../../src/records/client.ts';
import { MEANWHILE, sampleForm } from './sample-form.ts';
import { sample } from './console-sample.ts';
import type { Sample } from './sample.ts';

const AT = Date.UTC(2026, 10, 3, 9, 30);
const app = { id: 'wiki', name: 'Wiki', kind: 'web', firstParty: true, own: false };
const TABS = ['overview', 'who', 'settings', 'secrets', 'preview', 'refusals', 'used'];
const tabs = (here: string) => TABS.map((id) => ({ id, href: '/x', here: id === here }));
const needs = [
  { name: 'client_id', value: 'wiki' },
  { name: 'issuer', value: 'https://id.acme.example' },
  { name: 'discovery', value: 'https://id.acme.example/.well-known/openid-configuration' },
  { name: 'scopes', value: 'openid profile email offline_access' },
];

export function appSamples(): Sample[] {
  return [
    ...lists(),
    ...overviews(),
    ...settings(),
    ...adding(),
    ...whos(),
    ...secrets(),
    ...looks(),
    ...resources(),
  ];
}

function lists(): Sample[] {
  const one = {
    href: '/x',
    ...app,
    openTo: 'Acme, Globex, Initech',
    more: 2,
    refused: 0,
  };
  const own = { ...one, id: 'latchkey-account', name: 'Latchkey account', own: true, openTo: null };
  const list = {
    listed: [
      { ...one, id: 'acme-webmail', name: 'Acme Webmail', openTo: null, refused: 3 },
      { ...one, id: 'backup-job', name: 'Backup job', kind: 'service', openTo: null },
      own,
      { ...one, id: 'survey', name: 'Survey', kind: 'spa', firstParty: false, openTo: '', more: 0 },
      one,
    ],
    everywhere: true,
    mayAdd: true,
    filters: {},
    isFiltered: false,
    kindIds: ['web', 'spa', 'native', 'device', 'service', 'resource', 'mail'],
    stateIds: ['refused', 'ending', 'third-party'],
    organisations: [
      { id: 'acme', label: 'Acme' },
      { id: 'globex', label: 'Globex' },
    ],
    first: null,
    next: '/x',
  };
  const none = { ...list, listed: [], next: null };
  const asked = { filters: { q: 'zoo' }, isFiltered: true };
  const theirs = { everywhere: false, mayAdd: false, organisations: [], kindIds: ['web'] };
  return [
    sample('apps', 'apps', list),
    sample('apps', 'apps', { ...list, ...theirs, stateIds: ['third-party'] }, 'apps-own'),
    sample('apps', 'apps', none, 'apps-none'),
    sample('apps', 'apps', { ...none, ...theirs }, 'apps-none-open'),
    sample('apps', 'apps', { ...none, ...asked }, 'apps-none-found'),
    sample('apps', 'apps', { ...none, ...asked, next: '/x' }, 'apps-go-on'),
  ];
}

function overviews(): Sample[] {
  const overview = {
    app,
    tabs: tabs('overview'),
    clientUri: 'https://wiki.acme.example',
    redirectUris: ['https://wiki.acme.example/login/callback'],
    createdAt: AT,
    openTo: { names: 'Acme, Globex', more: 1 },
    lastUsedAt: AT,
    ending: AT,
    needs,
    everything: true,
    remove: '/x',
  };
  const theirs = {
    lastUsedAt: null,
    ending: undefined,
    needs: [],
    everything: false,
    remove: null,
  };
  return [
    sample('apps', 'app', overview),
    sample(
      'apps',
      'app',
      {
        ...overview,
        ...theirs,
        tabs: tabs('overview').slice(0, 2),
        openTo: { names: 'Acme', more: 0 },
      },
      'app-theirs',
    ),
  ];
}

const client = { id: 'wiki', kind: 'web' } as ClientRecord;
const VALUES: Readonly<Record<string, string>> = {
  name: 'Wiki',
  firstParty: 'yes',
  clientUri: 'https://wiki.acme.example',
  redirectUris: 'https://wiki.acme.example/login/callback\nhttps://wiki.acme.example/auth/oidc',
  requireAcr: 'urn:latchkey:acr:mfa',
  errors: 'redirect',
  scopes: 'openid\nprofile\nemail\ngroups',
  groups: 'named',
  groupNames: 'acme/it-staff\nacme/Finance',
  rolesClaim: 'roles',
  roles: 'admin = acme/it-staff',
  tokenEndpointAuthMethod: 'client_secret_basic',
  alg: 'RS256',
  accessToken: '600',
};

const NOTHING = PART_IDS.flatMap((part) => fieldsOf(client, part)).map(({ name }) => [name, '']);
const FILLED = { ...(Object.fromEntries(NOTHING) as Record<string, string>), ...VALUES };

function settings(): Sample[] {
  const fact = ({ name, kind, worded }: AppField) => {
    const text = VALUES[name] ?? '';
    if (kind === 'flag') return { name, flag: text === 'yes' };
    return worded && text !== '' ? { name, word: text } : { name, lines: text.split('\n') };
  };
  const parts = PART_IDS.map((id) => ({ id, href: '/x', facts: fieldsOf(client, id).map(fact) }));
  const box = (field: AppField) => ({
    ...field,
    values: field.values ?? [],
  });
  const form = { app, shown: sampleForm(FILLED), errors: {}, back: '/x', action: '/x' };
  const edits = PART_IDS.map((part) =>
    sample(
      'apps',
      'app-edit',
      { ...form, part, boxes: fieldsOf(client, part).map(box) },
      `app-edit-${part}`,
    ),
  );
  const addresses = fieldsOf(client, 'addresses').map(box);
  const uri = 'https://*.acme.example/cb';
  const values = { uri, reason: 'there are no wildcards', key: 'uri-wildcard' };
  const wrong = { ...form, part: 'addresses', boxes: addresses };
  const late = { ...wrong, shown: sampleForm(FILLED, MEANWHILE) };
  return [
    sample('apps', 'app-settings', { app, tabs: tabs('settings'), parts }),
    ...edits,
    sample(
      'apps',
      'app-edit',
      { ...wrong, errors: { redirectUris: { code: 'app-uri', values } } },
      'app-edit-wrong',
    ),
    sample('apps', 'app-edit', late, 'app-edit-late'),
  ];
}

function adding(): Sample[] {
  const of = (id: string) => ({ id, href: '/x' });
  const templates = [
    'roundcube16',
    'roundcube17',
    'dovecot',
    'nextcloud',
    'oauth2-proxy',
    'apache',
  ];
  const kinds = ['web', 'spa', 'native', 'device', 'service', 'resource', 'mail'];
  const openTo = {
    chosen: 'some',
    all: [
      { id: 'acme', label: 'Acme', on: true },
      { id: 'globex', label: 'Globex', on: false },
    ],
    written: null,
  };
  const form = {
    formId: 'k7qfx9m2tdk7qfx9m2tdk7qfx9m2td',
    template: 'nextcloud',
    kind: 'web',
    name: 'Nextcloud',
    url: '',
    redirectUris: null,
    id: null,
    thirdParty: false,
    resources: [],
    resource: '',
    protocols: [],
    openTo,
    back: '/x',
    errors: {},
    action: '/x',
  };
  const byHand = { ...form, template: null, name: '', url: null, redirectUris: '', id: '' };
  const resources = [{ id: 'urn:latchkey:mail', label: 'urn:latchkey:mail' }];
  const mail = {
    ...byHand,
    kind: 'mail',
    redirectUris: null,
    thirdParty: null,
    resources,
    protocols: ['imap', 'smtp'].map((id) => ({ id, on: true })),
    openTo: { chosen: '', all: [], written: 'acme\nglobex' },
  };
  const config = { issuer: 'https://id.acme.example', mailbox: {}, branding: { name: 'Acme' } };
  const secret = 'p1sVgYc1Q0Zl6sYb3m8kz0h2Xo5fWqTnR7uEdJ4aLxM';
  const about = { clientId: 'nextcloud', secret, url: 'https://cloud.acme.example' };
  const files = TEMPLATES.nextcloud.files(templateValues(config, about));
  const handed = {
    app: { id: 'nextcloud', name: 'Nextcloud' },
    secret,
    isNew: true,
    oldUntil: null,
    steps: ['nextcloud-run'],
    files: files.map(({ where, text }, at) => ({ id: `file-${at}`, where, text, isSecret: true })),
    needs,
    settings: '/x',
    back: '/x',
  };
  const rotated = { ...handed, isNew: false, oldUntil: AT, files: [], steps: [] };
  return [
    sample('apps', 'app-choose', {
      templates: templates.map(of),
      kinds: kinds.map(of),
      back: '/x',
    }),
    sample('apps', 'app-add', form),
    sample('apps', 'app-add', byHand, 'app-add-web'),
    sample('apps', 'app-add', mail, 'app-add-mail'),
    sample(
      'apps',
      'app-add',
      { ...form, errors: { url: 'app-url', openTo: 'required' } },
      'app-add-wrong',
    ),
    sample('apps', 'app-handed-over', handed),
    sample('apps', 'app-handed-over', rotated, 'app-rotated'),
  ];
}

function whos(): Sample[] {
  const row = { name: 'Acme', groups: ['it-staff', 'Finance'], edit: '/x' };
  const rows = [
    row,
    { ...row, name: 'Globex', groups: null },
    { ...row, name: 'Initech', groups: [] },
  ];
  const who = { app, tabs: tabs('who'), rows, all: false, edit: '/x', first: null, next: '/x' };
  const group = { id: 'g', field: 'group-g', name: 'Finance', description: 'The books', on: true };
  const groups = [group, { ...group, id: 'h', field: 'group-h', name: 'it-staff', on: false }];
  const form = {
    app,
    shown: sampleForm({ may: 'groups' }),
    back: '/x',
    errors: {},
    action: '/x',
  };
  const chosen = { ...form, organisation: 'Acme', groups };
  const openTo = {
    chosen: 'all',
    all: [{ id: 'acme', label: 'Acme', on: false }],
    written: null,
  };
  return [
    sample('apps', 'app-who', who),
    sample('apps', 'app-who', { ...who, rows: [], edit: null, next: null }, 'app-who-none'),
    sample('apps', 'app-groups', chosen),
    sample(
      'apps',
      'app-groups',
      { ...chosen, groups: [], shown: sampleForm({ may: 'groups' }, MEANWHILE) },
      'app-groups-late',
    ),
    sample('apps', 'app-open', { ...form, openTo }),
  ];
}

function secrets(): Sample[] {
  const one = {
    id: '5f0c1a9e',
    createdAt: AT,
    expiresAt: null,
    expired: false,
    usedAt: AT,
    usedFrom: '203.0.113.7',
    end: '/x',
  };
  const all = [
    { ...one, id: 'b1946ac9', usedAt: null, usedFrom: '' },
    { ...one, expiresAt: AT },
    { ...one, id: '1dcca233', expiresAt: AT, expired: true },
  ];
  const values = { name: 'Wiki', id: 'wiki', organisations: 2, usedAt: AT, secret: '5f0c1a9e' };
  const uri = 'https://wiki.acme.example/login/oidc/callback';
  const accept = {
    uri,
    nearest: 'https://wiki.acme.example/login/callback',
    rest: 'oidc/callback',
  };
  const asked = (key: string, more: object = {}) =>
    sample(
      'apps',
      'confirm',
      { key, values: { ...values, ...more }, back: '/x', action: '/x', fields: [] },
      `confirm-${key}`,
    );
  const rotate = {
    app,
    overlaps: [0, 1, 7, 30, 90],
    chosen: '7',
    seen: 'x',
    back: '/x',
    errors: {},
  };
  return [
    sample('apps', 'app-secrets', { app, tabs: tabs('secrets'), secrets: all, rotate: '/x' }),
    sample('apps', 'app-rotate', { ...rotate, action: '/x' }),
    asked('app-remove'),
    asked('app-remove-service', { usedAt: 0 }),
    asked('app-secret-end'),
    asked('app-accept', accept),
  ];
}

function looks(): Sample[] {
  const asked = { person: '', scope: '' };
  const ask = {
    app,
    tabs: tabs('preview'),
    asked,
    scopes: 'openid profile',
    preview: null,
    errors: {},
  };
  const claim = {
    claim: 'name',
    value: '"Alice Archer"',
    inIdToken: true,
    atUserinfo: true,
    from: { text: 'the person’s name', key: 'from-name' },
    why: null,
  };
  const why = { text: 'there is nothing to say of this person', key: 'why-nothing' };
  const preview = {
    name: 'Alice Archer',
    href: '/x',
    scopes: 'openid profile email',
    otherScopes: ['phone'],
    thirdParty: true,
    resource: null,
    refused: null,
    claims: [
      claim,
      { ...claim, claim: 'email', value: '"alice@acme.example"', inIdToken: false },
      { ...claim, claim: 'zoneinfo', value: null, inIdToken: false, atUserinfo: false, why },
    ],
    documents: [
      { id: 'idToken', text: '{\n  "iss": "https://id.acme.example",\n  "aud": "wiki"\n}' },
      { id: 'userinfo', text: null },
      { id: 'introspection', text: null },
    ],
  };
  const shut = {
    ...preview,
    refused: { details: [], reasons: ['not-in-group'], recorded: ['something new'] },
    claims: [],
    documents: [],
  };
  const said = { asked: { person: 'alice', scope: 'openid profile email phone' } };
  const refusal = {
    endpoint: 'authorization',
    reason: 'redirect_uri',
    worded: true,
    value: 'https://wiki.acme.example/login/oidc/callback',
    count: 14,
    firstAt: AT,
    lastAt: AT,
    accept: '/x',
  };
  const registered = {
    redirect_uri: ['https://wiki.acme.example/login/callback'],
    post_logout_redirect_uri: [],
    scope: ['openid', 'profile'],
  };
  const refused = { app, tabs: tabs('refusals'), registered, first: null, next: '/x' };
  const other = { ...refusal, reason: 'invalid_request', worded: false, value: '', accept: null };
  const event = {
    at: AT,
    type: 'sign-in.completed',
    refused: false,
    person: { name: 'Alice Archer', href: '/x' },
    actor: 'person',
    actorName: null,
    app: 'Wiki',
    where: ['Firefox on Windows', '203.0.113.7'],
    details: [{ field: 'factor', was: null, now: [{ key: 'totp' }] }],
    reasons: ['organisation', 'enrolled'],
    recorded: ['acr: urn:latchkey:acr:mfa'],
  };
  const used = { app, tabs: tabs('used'), log: '/x', first: null, next: '/x' };
  return [
    sample('apps', 'app-preview', ask, 'app-preview-empty'),
    sample('apps', 'app-preview', { ...ask, ...said, preview }),
    sample('apps', 'app-preview', { ...ask, ...said, preview: shut }, 'app-preview-refused'),
    sample(
      'apps',
      'app-preview',
      { ...ask, asked: { person: 'nobody', scope: '' }, errors: { person: 'app-person' } },
      'app-preview-nobody',
    ),
    sample('apps', 'app-refusals', { ...refused, refusals: [refusal, other] }),
    sample('apps', 'app-refusals', { ...refused, refusals: [], next: null }, 'app-refusals-none'),
    sample('apps', 'app-used', { ...used, shown: [event] }),
    sample('apps', 'app-used', { ...used, shown: [], next: null }, 'app-used-none'),
  ];
}

function resources(): Sample[] {
  const api = {
    href: '/x',
    id: 'https://api.acme.example/orders',
    own: false,
    scopes: 'orders:read orders:write',
    format: 'jwt',
    lifetime: 600,
  };
  const mail = { ...api, id: 'urn:latchkey:mail', own: true, scopes: 'mail', format: 'opaque' };
  const scope = {
    name: 'orders:read',
    description: 'see your orders',
    acr: 'urn:latchkey:acr:mfa',
  };
  const shown = {
    resource: { ...api, alg: 'ES256', createdAt: AT },
    scopes: [scope],
    clients: [{ name: 'Orders', href: '/x', belongs: true }],
    edit: '/x',
    remove: '/x',
  };
  const builtIn = {
    ...shown,
    resource: { ...mail, alg: 'RS256', createdAt: null },
    scopes: [{ name: 'mail', description: '', acr: 'none' }],
    clients: [],
    remove: null,
  };
  const tokens = { scopes: '', format: 'opaque', alg: 'RS256', lifetime: '600' };
  const form = {
    isNew: true,
    own: false,
    id: '',
    shown: sampleForm(tokens),
    floors: [],
    acrs: ['none', 'urn:latchkey:acr:mfa', 'phr'],
    formats: ['opaque', 'jwt'],
    algs: ['ES256', 'RS256'],
    back: '/x',
    errors: {},
    action: '/x',
  };
  const filled = { ...tokens, scopes: 'orders:read = see your orders', 'acr-orders:read': 'phr' };
  const edited = {
    ...form,
    isNew: false,
    id: api.id,
    shown: sampleForm(filled),
    floors: ['orders:read'],
  };
  const values = { scope: 'openid', reason: 'it is one of OpenID’s', key: 'scope-openid' };
  const wrong = { scopes: { code: 'scope-format', values } };
  const confirm = { values: { id: api.id, scopes: 'orders:read' }, back: '/x', action: '/x' };
  return [
    sample('resources', 'resources', { resources: [mail, api], mayAdd: true }),
    sample('resources', 'resource', shown),
    sample('resources', 'resource', builtIn, 'resource-own'),
    sample('resources', 'resource-form', form),
    sample('resources', 'resource-form', { ...edited, errors: wrong }, 'resource-form-wrong'),
    sample(
      'resources',
      'resource-form',
      { ...edited, own: true, shown: sampleForm(filled, MEANWHILE) },
      'resource-form-own',
    ),
    sample(
      'resources',
      'confirm',
      { ...confirm, key: 'resource-remove', fields: [] },
      'confirm-resource-remove',
    ),
  ];
}
