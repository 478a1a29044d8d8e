/** An administrator brings an organisation to a second factor, in a real browser: looked at first, then saved, watched, reminded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { getOrganisation } from '../../src/records/organisation.ts';
import { getPerson } from '../../src/records/person.ts';
import { memberOf } from '../support/account.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { useConsoleStory } from '../support/console-story.ts';
import { byOperator } from '../support/by-operator.ts';
import type { MailServer } from '../support/mail-server.ts';
import { stepOf } from '../support/sign-in.ts';
import type { TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let smtp: MailServer;
useConsoleStory((story) => {
  ({ server, browser, smtp } = story);
});

describe('whoever looks after an organisation', () => {
  for (const [where, options] of SEATS)
    it(`sees whom stricter rules would ask, saves them, reminds and gives more time, ${where}`, async () => {
      const isPlain = options.javaScriptEnabled === false;
      const id = isPlain ? 'plain' : 'scripted';
      const name = isPlain ? 'Plain' : 'Scripted';
      await byOperator(server).addOrganisation({ id, name, mfa: 'optional' });
      const boss = await server.addPerson({ role: 'administrator' }, { totp: true });
      const [login, email] = [`late-${id}`, `late-${id}@acme.test`];
      const late = await server.addPerson({ organisation: id, login, email, name: `Lara ${name}` });
      await server.addPerson({ organisation: id }, { totp: true });
      await server.settle();

      const seat = await AccountSeat.take(browser, server, options);
      await seat.enter(boss, '/admin/organisations');
      await seat.heading('Organisations');
      await seat.follow(name);
      await seat.heading(name);
      await seat.open(`/admin/organisations/${id}/policy`);
      await seat.page.getByRole('radio', { name: /^Required/u }).check();
      await seat.press('See what this would mean');
      await seat.heading(`What this would mean at ${name}`);
      await seat.sees(`Lara ${name}`);
      assert.equal((await getOrganisation(server.store, id))?.mfa, 'optional');
      server.pauses.length = 0;
      await seat.press('Save these rules');
      assert.equal(server.pauses.length, 1, 'it is answered when every process goes by it');
      await seat.sees(`The sign-in rules of ${name} have been saved.`);
      assert.equal((await getOrganisation(server.store, id))?.mfa, 'required');

      // What was saved is told first, and counted when a minute is over.
      await server.settle();
      server.clock.ahead += 61_000;
      await server.settle();
      await seat.open(`/admin/rollout/${id}`);
      await seat.heading(`Roll-out at ${name}`);
      await seat.sees('1 of 2');
      await seat.follow('Remind…');
      await seat.press('Yes, send');
      await seat.sees('One person was mailed.');
      await server.settle();
      const mail = smtp.mails.findLast(({ to }) => to === email);
      assert.match(mail?.parsed.text ?? '', /set up two-step authentication/u);

      await seat.open(`/admin/people/${late.person.id}/extend-grace`);
      const until = new Date(server.now() + 5 * 86_400_000).toISOString().slice(0, 10);
      await seat.page.getByLabel('Until').fill(until);
      await seat.page.getByLabel('Why').fill('On leave');
      await seat.press('Give more time');
      await seat.sees(`Lara ${name} has time until`);
      await seat.sees('On leave');
      await server.settle();
      const stored = await getPerson(server.store, late.person.id);
      assert.equal(stored?.graceExtension?.reason, 'On leave');
      assert.ok(
        smtp.mails.some(
          ({ to, parsed }) => to === email && /Why: On leave/u.test(parsed.text ?? ''),
        ),
      );
      await seat.close();
    });

  it('is told where somebody else was faster, and loses nothing', async () => {
    await byOperator(server).addOrganisation({ id: 'race', name: 'Race', mfa: 'optional' });
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const form = await boss.open('/admin/organisations/race/policy');
    const asked = {
      mfa: 'required',
      from: '',
      factors: 'chosen',
      'factor-totp': 'yes',
      trustedDays: '7',
    };
    const first = await boss.submit(form, asked);
    assert.match(first.url.pathname, /^\/admin\/organisations\/race\/policy\/[\w-]{22}$/u);
    const edit = await boss.open('/admin/organisations/race/edit');
    const named = await boss.submit(edit, { name: 'Raced' });
    assert.equal(named.url.pathname, '/admin/organisations/race');
    const late = await boss.submit(first, {});
    assert.equal(late.url.pathname, '/admin/organisations/race/policy');
    assert.match(late.html, /Somebody else has changed this/u);
    assert.match(late.html, /name="trustedDays"[^>]*value="7"/u);
    const again = await boss.submit(edit, { name: 'Lost' });
    assert.equal(again.status, 409);
    const { name, mfa } = (await getOrganisation(server.store, 'race')) ?? {};
    assert.deepEqual([name, mfa], ['Raced', 'optional']);
    const looked = await boss.open(first.url.pathname);
    assert.match(looked.html, /has been changed since this was worked out/u);
    for (const [fields, problem] of [
      [{ ...asked, from: '2001-01-31' }, /still to come/u],
      [{ ...asked, trustedDays: '900' }, /from 0 to 365/u],
      [{ mfa: 'required', factors: 'chosen', trustedDays: '1' }, /can’t be the only second step/u],
    ] as const) {
      const wrong = await boss.submit(form, fields);
      assert.equal(wrong.status, 400);
      assert.match(wrong.html, problem);
    }
  });

  it('exports the board as a spreadsheet that runs nothing', async () => {
    await byOperator(server).addOrganisation({ id: 'sheet', name: 'Sheet', mfa: 'optional' });
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const page = await boss.open('/admin/groups/new');
    await boss.submit(page, { name: '=cmd()', description: '', organisation: 'sheet' });
    await server.settle();
    server.clock.ahead += 61_000;
    await server.settle();
    const { headers, html } = await boss.open('/admin/rollout/sheet/export');
    assert.match(headers.get('content-disposition') ?? '', /rollout-sheet\.csv/u);
    assert.match(
      html,
      /^organisation,group,people,enrolled,grace,overdue,email,open,mail_password,as_of$/mu,
    );
    assert.match(html, /^sheet,'=cmd\(\),0,/mu);
  });

  it('has sessions end sooner, and passcodes that name networks and end', async () => {
    await byOperator(server).addOrganisation({ id: 'brief', name: 'Brief', mfa: 'optional' });
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const them = { organisation: 'brief', login: 'bea', email: 'bea@brief.test' };
    const member = memberOf(server, await server.addPerson(them, { totp: true }));
    const asked = {
      mfa: 'optional',
      from: '',
      factors: 'chosen',
      'factor-totp': 'yes',
      trustedDays: '30',
      sessionHours: '2',
      idleMinutes: '30',
      passcodeDays: '40',
      passcodeNetworks: 'yes',
    };
    const form = await boss.open('/admin/organisations/brief/policy');
    for (const [field, value] of [
      ['sessionHours', '0'],
      ['idleMinutes', '14'],
      ['passcodeDays', '1e3'],
      // Nobody could make one that ends so soon.
      ['passcodeDays', '6'],
    ] as const)
      assert.equal((await boss.submit(form, { ...asked, [field]: value })).status, 400, field);
    const looked = await boss.submit(form, asked);
    assert.match(looked.html, /Hours until a sign-in ends/u);
    await boss.submit(looked, {});
    const again = await boss.open('/admin/organisations/brief/policy');
    assert.match(again.html, /name="idleMinutes"[^>]* value="30"/u);

    const passcode = await member.open('/account/passcodes/new');
    assert.doesNotMatch(passcode.html, /<option value="(?:0|90|365)"/u);
    const wanted = { name: 'Phone', imap: 'yes', days: '30', networks: '' };
    const open = await member.submit(passcode, wanted);
    assert.match(open.html, /name the networks that it is used from/u);
    const longer = await member.submit(passcode, {
      ...wanted,
      days: '0',
      networks: '192.0.2.0/24',
    });
    assert.match(longer.html, /live for 40 days at most/u);
    const made = await member.submit(passcode, { ...wanted, networks: '192.0.2.0/24' });
    assert.equal(made.status, 200);
    assert.match(made.html, /class="letters"/u);

    server.clock.ahead += 20 * 60_000;
    assert.equal((await member.browser.open(`${server.issuer}/account`)).url.pathname, '/account');
    server.clock.ahead += 31 * 60_000;
    const late = await member.browser.open(`${server.issuer}/account`);
    assert.equal(stepOf(late), 'password');
  });
});
