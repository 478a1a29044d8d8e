/** Why could they, or could they not, sign in? What the console tells of somebody's last sign-ins, as it was decided then. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { auditCollection, newEvent } from '../../src/audit/event.ts';
import { personCollection } from '../../src/records/person.ts';
import { memberOf } from '../support/account.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { useConsoleStory } from '../support/console-story.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { PASSWORD, type TestPerson, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let wiki: Registration;
useConsoleStory(async (story) => {
  ({ server, browser } = story);
  await server.setOrganisationMfa('required');
  wiki = await server.addClient({ name: 'Wiki' });
});

const boss = async () =>
  memberOf(server, await server.addPerson({ role: 'organisation-administrator' }, { totp: true }));

/** The sign-ins on a person's page as text, the newest first. */
async function toldOf(them: TestPerson): Promise<string[]> {
  await server.settle();
  const { html, status } = await (await boss()).open(`/admin/people/${them.person.id}`);
  assert.equal(status, 200);
  return html
    .split('<section class="sign-in">')
    .slice(1)
    .map((one) => one.slice(0, one.indexOf('</section>')).replaceAll(/<[^>]*>|\s+/gu, ' '))
    .map((one) => one.replaceAll(/ +/gu, ' '));
}

async function withPassword(them: TestPerson, password = PASSWORD) {
  const http = createHttpBrowser(server.issuer);
  const page = await http.open(authorize(wiki).url);
  return { http, page: await http.submit(page, { login: them.login, password }) };
}

const changePerson = (them: TestPerson, change: object) =>
  server.store.update(personCollection, them.person.id, (person) =>
    person ? { put: { ...person, ...change }, result: undefined } : { result: undefined },
  );

describe('the last sign-ins of somebody', () => {
  it('are none at first, and the page says so', async () => {
    const them = await server.addPerson({ name: 'Nora New' });
    assert.deepEqual(await toldOf(them), []);
    const { html } = await (await boss()).open(`/admin/people/${them.person.id}`);
    assert.match(html, /Nobody has tried to sign in as Nora New yet/u);
  });

  it('tell what was asked for and why, what was given, what was wrong, and how it ended', async () => {
    const them = await server.addPerson({}, { totp: true });
    const { http, page } = await withPassword(them);
    const wrong = them.code() === '000000' ? '111111' : '000000';
    const again = await http.submit(page, { code: wrong });
    await http.submit(again, { code: them.code() });
    const [told = '', ...more] = await toldOf(them);
    assert.deepEqual(more, []);
    const inOrder = [
      'Signed in Wiki',
      'Accepted: Password Then asked for: A second step: Authenticator app',
      'The organisation requires two-step authentication.',
      'They have set up two-step authentication.',
      'Not accepted: Authenticator app Wrong code.',
      'Accepted: Authenticator app Signed in',
    ];
    assert.match(told, new RegExp(inOrder.join('.*'), 'u'));
    assert.doesNotMatch(told, /As things are now/u);
  });

  it('end where somebody stopped, and say what stood in the way', async () => {
    const them = await server.addPerson({}, { totp: true });
    await withPassword(them);
    const [told = ''] = await toldOf(them);
    assert.match(told, /Not finished Wiki.*Then asked for: A second step: Authenticator app/u);
    const { http, page } = await withPassword(them);
    await http.submit(page, { go: 'cancel' });
    const [cancelled = '', before] = await toldOf(them);
    assert.match(cancelled, /Not signed in Wiki.*Cancelled by the person/u);
    assert.equal(before, told, 'two sign-ins');
  });

  it('name what refused somebody whatever they typed, and what would be asked now', async () => {
    const them = await server.addPerson({}, { totp: true });
    await changePerson(them, { active: false });
    await withPassword(them);
    const disabled = await toldOf(them);
    assert.match(
      disabled.join(),
      /Not signed in Wiki.*Not accepted: Password The account is disabled/u,
    );
    assert.doesNotMatch(disabled.join(), /Wrong password|As things are now/u);
    await changePerson(them, { active: true });
    const [told = ''] = await toldOf(them);
    assert.match(told, /The account is disabled\. .*As things are now: Password A second step/u);
    await changePerson(them, { passwordHash: null });
    await withPassword(them);
    assert.match((await toldOf(them))[0] ?? '', /They haven’t set a password yet/u);
  });

  it('differ from today where the rules are others since', async () => {
    const them = await server.addPerson({ mfa: 'available' });
    await server.setOrganisationMfa('off');
    try {
      await withPassword(them);
      const [told = ''] = await toldOf(them);
      assert.match(told, /Signed in Wiki.*Accepted: Password Signed in/u);
      assert.doesNotMatch(told, /As things are now/u);
    } finally {
      await server.setOrganisationMfa('required');
    }
    const [told = ''] = await toldOf(them);
    assert.match(told, /As things are now: Password Set up two-step authentication: .* requires/u);
  });

  it('are told where a newer version has asked for what this one does not know', async () => {
    const them = await server.addPerson();
    const event = newEvent({
      type: 'sign-in.password',
      at: server.now(),
      origin: { client: wiki.clientId, address: null, userAgent: null },
      person: them.person,
      details: { sign_in: 'one', next: 'terms-of-use' },
    });
    await server.store.insert(auditCollection, event.id, event);
    assert.match((await toldOf(them)).join(), /Then asked for: terms-of-use/u);
  });

  it('are an administrator’s to see, and nobody’s of another rank or organisation', async () => {
    const them = await server.addPerson();
    const member = memberOf(server, await server.addPerson({}, { totp: true }));
    assert.notEqual((await member.open(`/admin/people/${them.person.id}`)).status, 200);
  });

  for (const [where, options] of SEATS)
    it(`are read by the helpdesk, ${where}`, async () => {
      const help = await server.addPerson({ role: 'helpdesk' }, { totp: true });
      const them = await server.addPerson({ name: 'Stella Stuck' }, { totp: true });
      await withPassword(them);
      await server.settle();
      const seat = await AccountSeat.take(browser, server, options);
      await seat.open(`/admin/people/${them.person.id}`);
      await seat.signIn(help);
      await seat.heading('Stella Stuck');
      await seat.sees('The last sign-ins');
      await seat.sees('Then asked for: A second step: Authenticator app');
      await seat.close();
    });
});
