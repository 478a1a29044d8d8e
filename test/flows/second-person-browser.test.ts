/**
 * A lost phone where the organisation demands a second person, in a real browser: the helpdesk asks for a
 * reset, somebody else approves it, the helpdesk sees the code once, and its owner sets up two-step authentication anew.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { demandSecondPerson } from '../../src/operations/approvals/organisation-rule.ts';
import { getPerson } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { memberOf, saidOn } from '../support/account.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { useConsoleStory } from '../support/console-story.ts';
import { performedByOperator } from '../support/by-operator.ts';
import type { MailServer } from '../support/mail-server.ts';
import { endingParts, present } from '../support/sessions.ts';
import type { TestPerson, TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let smtp: MailServer;
useConsoleStory((story) => {
  ({ server, browser, smtp } = story);
});

async function somebody(role: 'helpdesk' | 'organisation-administrator' | 'member', name: string) {
  const login = name.toLowerCase().replaceAll(' ', '-');
  const email = `${login}@acme.test`;
  const person = await server.addPerson({ role, name, login, email }, { totp: true });
  await server.settle();
  return person;
}

async function seated(who: TestPerson, options: object): Promise<AccountSeat> {
  const seat = await AccountSeat.take(browser, server, options);
  await seat.enter(who, '/admin');
  await seat.heading('Administration');
  return seat;
}

describe('whoever has lost their phone', () => {
  for (const [where, options] of SEATS)
    it(`is reset by two people, and sets up anew with the code that one of them saw once, ${where}`, async () => {
      const end = options.javaScriptEnabled === false ? 'Two' : 'One';
      const help = await somebody('helpdesk', `Hana ${end}`);
      const boss = await somebody('organisation-administrator', `Olivia ${end}`);
      const them = await somebody('member', `Wendy ${end}`);
      const { name } = them.person;

      const second = await seated(boss, options);
      await second.goTo('Approvals');
      if (end === 'One') {
        await second.sees('Nothing waits for approval.');
        await second.follow('Demand a second person…');
        await second.press('Yes, demand it');
        await second.sees('demands a second person from now on');
      }

      const asker = await seated(help, options);
      await asker.open(`/admin/people/${them.person.id}/security`);
      await asker.follow('Reset…');
      await asker.heading(`Ask to reset two-step authentication of ${name}?`);
      await asker.press('Yes, ask');
      await asker.sees('Somebody else has to approve it within 24 hours');
      assert.equal((await getPerson(server.store, them.person.id))?.authenticators.length, 1);
      const { parsed: told } = await smtp.accepted(them.person.email);
      assert.match(String(told.text), new RegExp(`Hana ${end} has asked to reset`, 'u'));
      await asker.goTo('Approvals');
      await asker.sees('You have asked for this.');
      assert.equal(await asker.page.getByRole('link', { name: /^Approve…/u }).count(), 0);

      await second.open('/admin');
      await second.sees('Waiting for a second person');
      await second.goTo('Approvals');
      await second.page.getByRole('link', { name: /^Approve…/u }).click();
      await second.heading(`Approve the reset for ${name}?`);
      await second.press('Yes, approve');
      await second.sees('Approved.');
      assert.equal(await second.page.getByRole('link', { name: /^See the code…/u }).count(), 0);
      assert.equal((await getPerson(server.store, them.person.id))?.authenticators.length, 0);

      await asker.goTo('Approvals');
      await asker.page.getByRole('link', { name: /^See the code…/u }).click();
      await asker.press('Show the code');
      await asker.heading('Two-step authentication has been reset');
      const code = (await asker.page.locator('#hand-over').innerText()).replaceAll(/\s+/gu, '-');
      await asker.goTo('Approvals');
      await asker.sees('Nothing waits for approval.');

      const owner = await AccountSeat.take(browser, server, options);
      await owner.open('/account');
      await owner.givePassword(them);
      await owner.page.getByLabel('Code from your administrator').fill(code);
      await owner.page.keyboard.press('Enter');
      await owner.throughWizard(them);
      assert.equal((await present(server, them.person.id)).authenticators.length, 1);
      for (const seat of [second, asker, owner]) await seat.close();
    });
});

async function rule(on: boolean): Promise<void> {
  const performed = performedByOperator(server.now());
  valueOf(await demandSecondPerson(endingParts(server), performed, 'acme', on));
}

describe('a question that is no longer the right one', () => {
  it('is asked again: nobody is reset at once who said yes to asking, nor the other way round', async () => {
    const boss = memberOf(server, await somebody('organisation-administrator', 'Olivia Three'));
    const them = await somebody('member', 'Wendy Three');
    const at = `/admin/people/${them.person.id}`;
    for (const on of [true, false]) {
      await rule(!on);
      const asked = await boss.open(`${at}/reset`);
      await rule(on);
      assert.equal((await boss.submit(asked, {})).status, 409);
      const { authenticators, requests = [] } = await present(server, them.person.id);
      assert.deepEqual([authenticators.length, requests.length], [1, 0]);
    }
  });

  it('waits for another role too, and keeps what else was changed in the form', async () => {
    const boss = memberOf(server, await somebody('organisation-administrator', 'Olivia Four'));
    const second = memberOf(server, await somebody('organisation-administrator', 'Oscar Four'));
    const them = await somebody('member', 'Wendy Four');
    await rule(true);
    const form = await boss.open(`/admin/people/${them.person.id}/edit`);
    assert.match(form.html, /waits until somebody else has approved it/u);
    const done = await boss.submit(form, { name: 'Wendy Five', role: 'helpdesk' });
    assert.match(saidOn(done), /You have asked for another role for Wendy Five/u);
    const { name, role, requests = [] } = await present(server, them.person.id);
    assert.deepEqual([name, role, requests.length], ['Wendy Five', 'member', 1]);
    const path = `/admin/approvals/people/${them.person.id}/${requests[0]?.id}/approve`;
    const own = await boss.open(path);
    assert.match(own.html, /You have asked for this yourself/u);
    assert.equal((await boss.submit(own, {})).status, 403);
    const asked = await second.open(path);
    assert.match(asked.html, /becomes: Helpdesk\. Now: Member\./u);
    assert.match(saidOn(await second.submit(asked, {})), /^Approved/u);
    assert.equal((await present(server, them.person.id)).role, 'helpdesk');
    assert.equal((await second.open(path)).status, 409);
    const { parsed } = await smtp.accepted(them.person.email);
    assert.match(String(parsed.text), /another role/u);
  });
});
