/** The audit log in the console: filtered by whoever looks, and taken along as a file of what is filtered. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { auditCollection, newEvent } from '../../src/audit/event.ts';
import { memberOf, type Member } from '../support/account.ts';
import { byOperator } from '../support/by-operator.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let root: Member;
let auditor: Member;
let ann: Member;
before(async () => {
  server = await startTestServer();
  await byOperator(server).addOrganisation({ name: 'Globex', mfa: 'optional' });
  const somebody = async (role: 'administrator' | 'auditor' | 'member', more: object = {}) =>
    memberOf(server, await server.addPerson({ role, ...more }, { totp: true }));
  root = await somebody('administrator');
  auditor = await somebody('auditor');
  ann = await somebody('member', { login: 'ann', email: 'ann@acme.test' });
  const other = await somebody('member', {
    organisation: 'globex',
    login: 'gil',
    email: 'gil@globex.test',
  });
  await happen(ann, 'sign-out', '=HYPERLINK("https://evil.example")');
  await happen(other, 'sign-out', 'Firefox');
});
after(() => server.stop());

async function happen({ person }: Member, type: 'sign-out', userAgent: string): Promise<void> {
  await server.settle();
  const { id, organisation } = person.person;
  const origin = { client: 'webmail', address: '192.0.2.1', userAgent };
  const at = server.now();
  const event = newEvent({ type, at, origin, person: { id, organisation } });
  await server.store.insert(auditCollection, event.id, event);
}

const typesOn = ({ html }: { html: string }): number =>
  (html.match(/<tr role="row">/gu) ?? []).length;

async function fileFor(member: Member, query: string) {
  const page = await member.open(`/admin/audit/export?${query}`);
  assert.equal(page.status, 200);
  return page;
}

describe('the audit log in the console', () => {
  it('is filtered by person and by who did it, by their names as well as by their ids', async () => {
    const { id } = ann.person.person;
    for (const typed of ['ann', 'ANN@acme.test', id]) {
      const page = await auditor.open(`/admin/audit?type=sign-out&person=${typed}`);
      assert.match(page.html, /Signed out/u, typed);
      assert.match(page.html, new RegExp(`value="${typed}"`, 'u'));
      const actor = await auditor.open(`/admin/audit?type=sign-out&actor=${typed}`);
      assert.ok(typesOn(actor) >= 1, typed);
    }
    const none = await auditor.open('/admin/audit?person=nobody-at-all');
    assert.match(none.html, /Nothing like that has happened/u);
    assert.match((await root.open('/admin/audit?actor=operator')).html, /By the operator/u);
  });

  it('tells nobody of another organisation, not even that a name is somebody’s', async () => {
    const theirs = await auditor.open('/admin/audit?person=gil');
    const nobodys = await auditor.open('/admin/audit?person=nil');
    const plain = ({ html }: { html: string }) => html.replaceAll(/[gn]il|nonce-?\S+/gu, '');
    assert.match(theirs.html, /Nothing like that has happened/u);
    assert.equal(typesOn(theirs), typesOn(nobodys));
    assert.equal(plain(theirs).length, plain(nobodys).length);
    assert.match((await root.open('/admin/audit?person=gil')).html, /Signed out/u);
    const file = await fileFor(auditor, 'format=jsonl');
    assert.ok(file.html.includes('"organisation":"acme"'));
    assert.ok(!file.html.includes('globex'));
  });

  it('is taken along as CSV in which nothing is a formula, and as JSON lines', async () => {
    const page = await root.open('/admin/audit?type=sign-out&person=ann');
    const hrefs = [...page.html.matchAll(/href="([^"]*audit\/export[^"]*)"/gu)].map(([, to]) =>
      String(to).replaceAll('&amp;', '&'),
    );
    assert.deepEqual(
      hrefs.map((href) => new URL(href, server.issuer).searchParams.get('format')),
      ['csv', 'jsonl'],
    );
    const csv = await root.open(hrefs[0] ?? '');
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(csv.headers.get('content-disposition') ?? '', /^attachment; filename="audit-/u);
    assert.equal(csv.headers.get('cache-control'), 'no-store');
    const [first = [], ...rows] = parse(csv.html);
    assert.equal(rows.length, 1);
    const cell = (name: string): string | undefined => rows[0]?.[first.indexOf(name)];
    assert.equal(cell('user_agent'), '\'=HYPERLINK("https://evil.example")');
    assert.equal(cell('type'), 'sign-out');
    const lines = (await root.open(hrefs[1] ?? '')).html.trimEnd().split('\n');
    const [event] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual([lines.length, event?.['person']], [1, ann.person.person.id]);
  });

  it('has everything in the file, however much there is, and nothing that is asked for wrongly', async () => {
    const { id, organisation } = ann.person.person;
    const origin = { client: 'many', address: null, userAgent: null };
    for (let count = 0; count < 1_200; count += 1) {
      const at = server.now() - count;
      const event = newEvent({ type: 'sign-in.factor', at, origin, person: { id, organisation } });
      await server.store.insert(auditCollection, event.id, event);
    }
    const lines = async (query: string) =>
      (await fileFor(root, query)).html.trimEnd().split('\n').length;
    assert.equal(await lines('client=many&format=jsonl'), 1_200);
    assert.equal(await lines('client=many&type=nonsense&after=nonsense&format=xml'), 1_201);
    assert.equal(await lines('client[$ne]=x&person=%7B%22$ne%22%3Anull%7D&format=jsonl'), 1);
  });

  it('is for those who may see it: helpdesk and members get no file either', async () => {
    for (const role of ['helpdesk', 'member'] as const) {
      const member = memberOf(server, await server.addPerson({ role }, { totp: true }));
      const { status, html } = await member.open('/admin/audit/export?format=csv');
      assert.equal(status, 403, role);
      assert.doesNotMatch(html, /recorded_at/u);
    }
  });
});
