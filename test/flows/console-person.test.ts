/** One person in the console: everything of theirs edited, locked down, moved; what was mailed to them; and that what is typed is data. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { getPerson, type Person } from '../../src/records/person.ts';
import { getProfile } from '../../src/records/profile.ts';
import { memberOf, saidOn } from '../support/account.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { useConsoleStory } from '../support/console-story.ts';
import { byOperator } from '../support/by-operator.ts';
import { openThings } from '../support/open-things.ts';
import type { MailServer } from '../support/mail-server.ts';
import { EXPRESSION, RECKONED } from '../support/payloads.ts';
import type { TestPerson, TestServer } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';

let server: TestServer;
let browser: Browser;
let smtp: MailServer;
useConsoleStory(async (story) => {
  ({ server, browser, smtp } = story);
  await server.setOrganisationMfa('optional');
  await byOperator(server).addOrganisation({ name: 'Globex', mfa: 'optional' });
});

const staff = async (
  role: 'administrator' | 'organisation-administrator' | 'helpdesk' | 'auditor',
) => memberOf(server, await server.addPerson({ role }, { totp: true }));

async function recordOf({ person }: TestPerson): Promise<Person> {
  await server.settle();
  return (await getPerson(server.store, person.id)) ?? assert.fail();
}

describe('an account that somebody else is in', () => {
  for (const [where, options] of SEATS)
    it(`is locked down in one act, which says before what ends, ${where}`, async () => {
      const boss = await server.addPerson({ role: 'organisation-administrator' }, { totp: true });
      const login = options.javaScriptEnabled === false ? 'lena' : 'lars';
      const name = `${login} Lock`;
      const them = await server.addPerson(
        { login, name, email: `${login}@acme.test` },
        { totp: true },
      );
      const { clientId } = await server.addClient({ name: 'Wiki' });
      await openThings(server, them.person, clientId);
      const member = memberOf(server, them);
      await member.open('/account');
      const before = await recordOf(them);
      const seat = await AccountSeat.take(browser, server, options);
      await seat.enter(boss, '/admin');
      await seat.heading('Administration');
      await seat.open(`/admin/people/${them.person.id}`);
      await seat.follow('Lock down…');
      await seat.heading(`Lock down the account of ${name}?`);
      await seat.sees('one application code end.');
      await seat.page.getByLabel('A new password', { exact: false }).check();
      await seat.press('Yes, lock down');
      await seat.sees(`The account of ${name} is locked down until`);
      const now = await recordOf(them);
      assert.deepEqual([now.active, now.passwordHash, now.passcodes], [true, null, []]);
      assert.ok(now.epoch > before.epoch && now.trustEpoch > before.trustEpoch);
      assert.equal(now.authenticators.length, 1);
      assert.equal(stepOf(await member.browser.open(`${server.issuer}/account`)), 'password');
      await smtp.accepted(`${login}@acme.test`);
      await server.settle();
      const mailed = smtp.mails.filter(({ to }) => to === `${login}@acme.test`);
      // Of several that are handed over at one moment any may come last.
      const texts = mailed.map(({ parsed }) => String(parsed.text));
      const told = /An administrator has locked your\s+account/u;
      assert.ok(
        texts.some((text) => told.test(text)),
        texts.join('\n'),
      );
      await seat.close();
    });

  it('is disabled with it unless told, and a choice of nobody’s making is none', async () => {
    const boss = await staff('organisation-administrator');
    const them = await server.addPerson({ name: 'Dora' });
    const at = `/admin/people/${them.person.id}/lock-down`;
    const question = await boss.open(at);
    assert.match(question.html, /value="disabled" checked/u);
    assert.equal((await boss.submit(question, { until: '{"$ne":null}' })).status, 400);
    assert.equal((await recordOf(them)).active, true);
    assert.match(saidOn(await boss.submit(question, { until: 'disabled' })), /Dora is disabled/u);
    assert.equal((await recordOf(them)).active, false);
    const help = await staff('helpdesk');
    assert.equal((await help.open(at)).status, 403);
  });
});

describe('everything of a person', () => {
  it('is edited: language, the last day, and what apps are told', async () => {
    const boss = await staff('organisation-administrator');
    const them = await server.addPerson({ name: 'Edna Edit', login: 'edna' });
    const at = `/admin/people/${them.person.id}`;
    const form = await boss.open(`${at}/edit`);
    const saved = await boss.submit(form, {
      name: 'Edna',
      language: 'zh-Hant',
      activeUntil: '2099-01-31',
    });
    assert.match(saidOn(saved), /Saved: Edna/u);
    const { language, activeUntil } = await recordOf(them);
    assert.deepEqual([language, activeUntil], ['zh-Hant', Date.UTC(2099, 1, 1)]);
    const again = await boss.open(`${at}/edit`);
    assert.match(again.html, /value="2099-01-31"/u);
    for (const [activeUntil, problem] of [
      ['2001-01-31', 'still to come'],
      ['2099-02-31', 'Enter a date'],
    ] as const) {
      const wrong = await boss.submit(again, { name: 'Edna', language: '', activeUntil });
      assert.equal(wrong.status, 400);
      assert.match(wrong.html, new RegExp(problem, 'u'));
    }
    await boss.submit(again, { name: 'Edna', language: '', activeUntil: '' });
    const now = await recordOf(them);
    assert.deepEqual([now.language, now.activeUntil], [null, null]);

    const attributes = await boss.open(`${at}/attributes`);
    const wrong = await boss.submit(attributes, { phone: 'call me', others: 'nonsense' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.html, /“nonsense” can’t be read/u);
    const phone = await boss.submit(attributes, { phone: 'call me', others: '' });
    assert.match(phone.html, /id="phone-error"/u);
    await boss.submit(attributes, { department: 'Sales', others: 'cost=47\nfloors:=["1","2"]' });
    const profile = await getProfile(server.store, them.person.id);
    assert.deepEqual(
      [profile.department, profile.attributes],
      ['Sales', { cost: '47', floors: ['1', '2'] }],
    );
    const overview = (await boss.open(at)).html;
    for (const shown of ['Sales', 'cost=47']) assert.ok(overview.includes(shown), shown);
    const change = await boss.open(`${at}/attributes`);
    await boss.submit(change, { department: '', others: 'cost=48' });
    const left = await getProfile(server.store, them.person.id);
    assert.deepEqual([left.department, left.attributes], [null, { cost: '48' }]);
  });

  it('is moved to another organisation by the installation’s administrators alone', async () => {
    const [root, boss] = [await staff('administrator'), await staff('organisation-administrator')];
    const them = await server.addPerson({ name: 'Max Move', login: 'max' });
    const at = `/admin/people/${them.person.id}/move`;
    assert.equal((await boss.open(at)).status, 403);
    const before = await recordOf(them);
    const question = await root.open(at);
    assert.match(question.html, /Max Move \(max, [^)]*\) leaves Acme/u);
    for (const organisation of ['', 'acme', 'nowhere', '{"$ne":null}'])
      assert.equal((await root.submit(question, { organisation })).status, 400, organisation);
    const moved = await root.submit(question, { organisation: 'globex' });
    assert.match(saidOn(moved), /Max Move is in Globex now/u);
    const now = await recordOf(them);
    assert.deepEqual([now.organisation, now.role, now.groups], ['globex', 'member', []]);
    assert.ok(now.epoch > before.epoch);
    assert.equal((await boss.open(`/admin/people/${them.person.id}`)).status, 404);
  });
});

describe('the mails of a person', () => {
  it('are shown with what the mail server said, and how far an invitation has come', async () => {
    const [boss, help, auditor] = [
      await staff('organisation-administrator'),
      await staff('helpdesk'),
      await staff('auditor'),
    ];
    const form = await boss.open('/admin/people/new');
    const fields = { name: 'Ivy Invited', login: 'ivy', email: 'ivy@acme.test', invite: 'yes' };
    const added = await boss.submit(form, fields);
    await smtp.accepted('ivy@acme.test');
    await server.settle();
    const at = added.url.pathname;
    const overview = await help.open(at);
    assert.match(
      overview.html,
      /A link was mailed on <time[^>]*>[^<]*<\/time>\. They have not used it yet\./u,
    );
    for (const who of [boss, help, auditor]) {
      const { html } = await who.open(`${at}/mails`);
      assert.match(html, /<strong>Link to set a password<\/strong>/u);
      assert.match(html, /iv•••@a•••\.test/u);
      assert.match(html, /Sent[\s\S]*The mail server said 250/u);
      assert.doesNotMatch(html, /token=|ivy@acme\.test<\/span>\s*<\/td>/u);
    }
    server.clock.ahead += 8 * 86_400_000;
    const over = await (await staff('helpdesk')).open(at);
    assert.match(over.html, /was not used and is no longer valid/u);
  });
});

const PAYLOADS = [
  '{"$ne":null}',
  "'; drop table person; --",
  EXPRESSION,
  '<script>alert(1)</script>',
  '=HYPERLINK("https://evil.example")',
  '../../etc/passwd',
  '__proto__',
];

describe('what is typed into a form about people', () => {
  it('is data: kept as it is, shown as it is, or refused with a reason', async () => {
    const root = await staff('administrator');
    const them = await server.addPerson({ name: 'Pat Payload', login: 'pat' });
    const at = `/admin/people/${them.person.id}`;
    const forms: [path: string, fields: string[]][] = [
      [`${at}/edit`, ['name', 'login', 'email', 'language', 'activeUntil', 'role']],
      [`${at}/attributes`, ['given_name', 'department', 'phone', 'others', 'shown']],
      [`${at}/lock-down`, ['until']],
      [`${at}/move`, ['organisation']],
      ['/admin/people/import', ['mode', 'key', 'organisation']],
      ['/admin/people/new', ['name', 'login', 'email', 'organisation']],
    ];
    for (const payload of PAYLOADS) {
      for (const [path, names] of forms)
        for (const name of [...names, `${names[0]}[$ne]`, '__proto__', 'constructor']) {
          const page = await root.open(path);
          const answer = await root.submit(page, { [name]: payload });
          assert.ok(
            [200, 400, 404, 409].includes(answer.status),
            `${path} ${name}: ${answer.status}`,
          );
          const shown = answer.html.replaceAll('&#39;', "'");
          assert.ok(
            !shown.includes('<script>alert') && !shown.includes(RECKONED),
            `${path} ${name}`,
          );
        }
      for (const list of [
        `q=${encodeURIComponent(payload)}`,
        `after=${encodeURIComponent(payload)}`,
      ])
        for (const path of ['/admin/people', '/admin/people/export', `${at}/mails`])
          assert.equal((await root.open(`${path}?${list}`)).status, 200, `${path} ${list}`);
    }
    const now = await recordOf(them);
    assert.deepEqual(
      [now.active, now.role, now.organisation, now.epoch >= 1],
      [true, 'member', 'acme', true],
    );
  });
});

describe('a service mailbox', () => {
  for (const [where, options] of SEATS)
    it(`is added, gets a code that is shown once, and nobody signs in by it, ${where}`, async () => {
      const boss = await server.addPerson({ role: 'organisation-administrator' }, { totp: true });
      const login = options.javaScriptEnabled === false ? 'copier' : 'scanner';
      const seat = await AccountSeat.take(browser, server, options);
      await seat.enter(boss, '/admin');
      await seat.heading('Administration');
      await seat.goTo('People');
      await seat.follow('Service mailboxes');
      await seat.follow('Add a service mailbox');
      await seat.page.getByLabel('Name', { exact: true }).fill(`The ${login}`);
      await seat.page.getByLabel('Login name').fill(login);
      await seat.page.getByLabel('Email address').fill(`${login}@acme.test`);
      await seat.press('Add');
      await seat.sees('Make an application code for each of its devices.');
      await seat.follow('Add application code');
      await seat.page.locator('#name').fill('Second floor');
      await seat.page.locator('#networks').fill('0.0.0.0/0');
      await seat.press('Create code');
      await seat.sees('A network as wide as these is no limit.');
      await seat.page.locator('#networks').fill('192.0.2.0/24');
      await seat.press('Create code');
      const letters = (await seat.page.locator('#passcode').innerText()).replaceAll(/\s/gu, '');
      assert.match(letters, /^[A-Z]{16}$/u);
      await seat.page.locator('main .actions a').click();
      await seat.sees('Second floor');
      assert.doesNotMatch(await seat.page.content(), new RegExp(letters, 'u'));
      const tabs = seat.page.getByRole('navigation', { name: 'Pages about' });
      await tabs.getByRole('link', { name: 'Overview' }).click();
      await seat.sees('Nobody signs in by a service mailbox.');
      await seat.close();
    });
});
