/** What people are shown of what happened to their account. */
import { shownNames } from '../../src/oidc/clients/client-names.ts';
import { OPERATOR } from '../../src/audit/actor.ts';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { recentActivity, type Activity } from '../../src/audit/activity.ts';
import { auditCollection, newEvent, type NewEvent } from '../../src/audit/event.ts';
import { assertAt, memberOf } from '../support/account.ts';
import type { HtmlPage } from '../support/http-browser.ts';
import { Visitor, startPolicyServer, FIREFOX, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { newSession, present, endOtherSessions, withdrawAccess } from '../support/sessions.ts';

const DAY = 86_400_000;

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

const appName = (id: string) => shownNames(server.store)(id);
const newPerson = () => server.addPerson({}, { totp: true });

async function allOf({ person }: TestPerson, limit?: number): Promise<Activity[][]> {
  await server.settle();
  const pages: Activity[][] = [];
  let before_: string | undefined;
  do {
    const options = { appName, before: before_, ...(limit === undefined ? {} : { limit }) };
    const page = await recentActivity(server.store, person.id, options);
    pages.push(page.items);
    before_ = page.next;
    assert.ok(pages.length < 1000, 'it comes to an end');
  } while (before_ !== undefined);
  return pages;
}

/** Writes events of the person down, so many milliseconds ago each. */
async function happened(
  { person }: TestPerson,
  ago: readonly number[],
  about: Partial<NewEvent> = {},
): Promise<string[]> {
  const origin = { client: null, address: null, userAgent: null };
  const events = ago.map((ms) =>
    newEvent({ type: 'computer.trusted', at: server.now() - ms, origin, person, ...about }),
  );
  await Promise.all(events.map((event) => server.store.insert(auditCollection, event.id, event)));
  return events.map(({ id }) => id);
}

describe('recent activity', () => {
  it('tells a sign-in by its end, and tries that failed, newest first', async () => {
    const person = await newPerson();
    const visitor = await new Visitor(server, webmail).start();
    await visitor.password(person, 'not the password of anybody');
    await visitor.password(person);
    await visitor.totp(person);
    const who = await present(server, person.person.id);
    await endOtherSessions(server, who, '');
    const [items = []] = await allOf(person);
    const [ended, ...rest] = items;
    const told = items.map(({ type, outcome }) => `${type} ${outcome}`);
    // Those in the middle happened at the same moment.
    assert.deepEqual(
      [told[0], told.slice(1, -1).toSorted(), told.at(-1)],
      [
        'session.ended success',
        ['computer.new success', 'sign-in.completed success'],
        'sign-in.password refused',
      ],
    );
    assert.deepEqual([ended?.app, ended?.address], [null, '203.0.113.9']);
    const { id, at, ...signedIn } = rest.find(({ type }) => type === 'sign-in.completed')!;
    assert.deepEqual(signedIn, {
      type: 'sign-in.completed',
      outcome: 'success',
      actor: 'person',
      browser: 'Firefox on Windows',
      address: '127.0.0.1',
      app: 'Webmail',
      factor: 'totp',
    });
    assert.ok(id !== '' && Math.abs(at - server.now()) < 60_000);
  });

  it('has nothing of another person, and no identifiers or reasons', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    await newSession(server, webmail, other);
    assert.deepEqual(await allOf(person), [[]]);
    const origin = { client: webmail.clientId, address: '2001:db8:77:1::9', userAgent: FIREFOX };
    const details = { reference: 'K7', factor: 'totp' };
    await happened(person, [0], { origin, details, reasons: ['secret reason'] });
    const [[shown] = []] = await allOf(person);
    assert.equal(shown?.address, '2001:db8:77:1::9');
    const text = JSON.stringify(shown);
    for (const hidden of ['K7', 'secret', person.person.id, webmail.clientId, FIREFOX])
      assert.ok(!text.includes(hidden), `${hidden} in ${text}`);
  });

  it('names the app whose access was withdrawn, and says what the operator did', async () => {
    const person = await newPerson();
    await newSession(server, webmail, person);
    const who = await present(server, person.person.id);
    await withdrawAccess(server, who, webmail.clientId);
    await happened(person, [-1000], { type: 'factors.reset', actor: OPERATOR });
    const [[reset, withdrawn] = []] = await allOf(person);
    assert.deepEqual(
      [reset?.type, reset?.actor, reset?.browser, reset?.address, reset?.app],
      ['factors.reset', 'operator', null, null, null],
    );
    assert.deepEqual([withdrawn?.type, withdrawn?.app], ['access.withdrawn', 'Webmail']);
  });

  it('is paged without gaps or repeats, over months, and over many at one moment', async () => {
    const person = await newPerson();
    const apart = Array.from({ length: 30 }, (_, at) => at * 4 * DAY);
    const atOnce = Array.from({ length: 30 }, () => 50 * DAY);
    const ids = await happened(person, [...apart, ...atOnce]);
    await happened(person, [DAY, 60 * DAY], { type: 'sign-in.factor' });
    for (const limit of [1, 7, 60, 100]) {
      const pages = await allOf(person, limit);
      const items = pages.flat();
      assert.deepEqual(items.map(({ id }) => id).toSorted(), ids.toSorted(), String(limit));
      assert.ok(items.every(({ at }, nth) => nth === 0 || at <= items[nth - 1]!.at));
      assert.ok(pages.every((page) => page.length <= limit));
      assert.equal(pages.length, Math.ceil(60 / limit));
    }
  });

  it('begins at the newest end for a place that is none', async () => {
    const person = await newPerson();
    const [id] = await happened(person, [1000]);
    for (const before_ of ['', 'x', '1 ', `9999999999999999 ${id}`, '-1 a', '12 \u0000']) {
      const { items } = await recentActivity(server.store, person.person.id, {
        appName,
        before: before_,
      });
      assert.deepEqual(
        items.map((item) => item.id),
        [id],
      );
    }
  });
});

describe('the overview', () => {
  const signInsOn = ({ html }: HtmlPage): string[] =>
    [
      ...html
        .slice(html.search(/Last (?:<span[^>]*>)?sign-ins/u))
        .matchAll(/<strong>([^<]*)<\/strong>/gu),
    ].map(([, browser = '']) => browser);

  it('shows the last three sign-ins, behind whatever else has happened', async () => {
    const person = await newPerson();
    const origin = { client: null, address: '203.0.113.7', userAgent: FIREFOX };
    await happened(person, [5000, 4000, 3000], { type: 'sign-in.completed', origin });
    await happened(
      person,
      Array.from({ length: 60 }, (_, at) => at),
    );
    const { items } = await recentActivity(server.store, person.person.id, {
      appName,
      only: 'sign-in.completed',
      limit: 2,
    });
    assert.deepEqual(
      items.map(({ type }) => type),
      ['sign-in.completed', 'sign-in.completed'],
    );
    const member = memberOf(server, person);
    const shown = signInsOn(await member.open('/account'));
    assert.equal(shown.length, 3);
  });

  it('shows the one that led here where the log has none, and no tick for codes that are gone', async () => {
    const person = await newPerson();
    const member = memberOf(server, person);
    const page = await member.open('/account');
    await server.settle();
    for (const { id } of await server.eventsOf(person, 'sign-in.completed'))
      await server.store.delete(auditCollection, id);
    const later = await member.open('/account');
    assert.equal(signInsOn(later).length, 1);
    assert.doesNotMatch(page.html, /<li>No unused one-time codes/u);
    assert.match(page.html, /<p>No unused one-time codes/u);
  });
});

describe('the page of the activity', () => {
  it('says which factor was used, refused, added', async () => {
    const person = await server.addPerson({}, { totp: true, email: true });
    const visitor = await new Visitor(server, webmail).start();
    await visitor.password(person);
    await visitor.send({ code: '000000' });
    const member = memberOf(server, person);
    await member.open('/account');
    await happened(person, [-1000], { type: 'factor.enrolled', details: { factor: 'passkey' } });
    await happened(person, [-2000], { type: 'factor.removed', details: {} });
    await happened(person, [-3000], {
      type: 'code.refused',
      outcome: 'refused',
      details: { asked: 'enrolment-code' },
    });
    await happened(person, [-4000], { details: { factor: 'email-code' } });
    await server.settle();
    const { html } = await member.open('/account/activity');
    const rows = [...html.matchAll(/<td role="cell"><div>\s*<strong>([^]*?)<\/td>/gu)];
    const told = rows.map(([, cell = '']) =>
      cell
        .replaceAll(/<[^>]*>/gu, ' ')
        .trim()
        .replaceAll(/\s{2,}/gu, ' | '),
    );
    // Those of the one sign-in happened at the same moment.
    assert.deepEqual(told.toSorted(), [
      'Code from the authenticator app | Refused | Webmail',
      'Code from your administrator | Refused',
      'Computer trusted | Code by email',
      'Passkey added',
      'Second step removed',
      'Sign-in from a new computer | Latchkey account',
      'Signed in | Code from the authenticator app | Latchkey account',
    ]);
  });
});

describe('"This wasn’t me"', () => {
  it('cancelled where a fresh proof is asked for, leads back and asks for none again', async () => {
    const member = memberOf(server, await newPerson());
    await member.open('/account/activity');
    server.clock.ahead += 301_000;
    const question = await member.browser.open(`${server.issuer}/account/not-me`);
    assert.match(question.url.pathname, /^\/interaction\/[^/]+\/password$/u);
    assertAt(await member.browser.submit(question, { go: 'cancel' }), '/account/activity');
  });
});
