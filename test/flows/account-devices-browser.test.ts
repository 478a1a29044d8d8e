/** A new phone, a lost phone and a stolen laptop, in a real browser. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { getPerson } from '../../src/records/person.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { openBrowser, type PersonOptions } from '../support/browser.ts';
import type { TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';

const acme = useSetting();

let browser: Browser;
const seats: AccountSeat[] = [];
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());
afterEach(async () => {
  for (const seat of seats.splice(0)) await seat.close();
});

async function sitDown(options: PersonOptions): Promise<AccountSeat> {
  const seat = await AccountSeat.take(browser, acme.server, options);
  seats.push(seat);
  return seat;
}

const newPerson = (): Promise<TestPerson> =>
  acme.server.addPerson({}, { totp: true, oneTimeCodes: true });

for (const [where, options] of SEATS)
  describe(`somebody ${where}`, () => {
    it('has a new phone: the authenticator is replaced, and the old one works no more', async () => {
      const person = await newPerson();
      const seat = await sitDown(options);
      await seat.enter(person, '/account/two-step');
      await seat.heading('Two-step authentication');
      await seat.follow('Replace');
      const secret = await seat.throughWizard(person, 'Authenticator app added');
      await seat.heading('Two-step authentication');
      assert.equal(
        (await getPerson(acme.server.store, person.person.id))?.authenticators.length,
        1,
      );
      const other = await sitDown(options);
      await other.open('/account');
      await other.signIn(person);
      await other.sees('delete the entry');
      await other.giveCode(other.nextCode(secret));
      await other.heading('Your account');
    });

    it('has lost the phone: a one-time code leads in, and makes room for a new authenticator', async () => {
      const person = await newPerson();
      const seat = await sitDown(options);
      await seat.open('/account/two-step');
      await seat.givePassword(person);
      await seat.follow('One-time code');
      await seat.page.getByLabel('One-time code').fill(person.oneTimeCodes[0] ?? '');
      await seat.page.keyboard.press('Enter');
      await seat.heading('Two-step authentication');
      await seat.sees('9 unused codes');
      await seat.follow('Replace');
      await seat.throughWizard(person, 'Authenticator app added');
      await seat.heading('Two-step authentication');
    });

    it('misses the laptop: it is signed out, and trusted no more, while it is signed in', async () => {
      await acme.server.setOrganisation({ trustedDays: 30 });
      const person = await newPerson();
      const laptop = await sitDown({});
      await laptop.open('/account/computers');
      await laptop.givePassword(person);
      await laptop.page.getByLabel(/Trust this computer/u).check();
      await laptop.giveCode(laptop.nextCode(person));
      await laptop.sees('You have 1 trusted device.');

      const seat = await sitDown(options);
      await seat.enter(person, '/account/computers');
      await seat.follow('Revoke this device');
      await seat.press('Yes, revoke it');
      await seat.sees('is no longer trusted');
      await seat.goTo('Sessions & apps');
      await seat.follow('Sign out everywhere else');
      await seat.press('Yes, sign out');
      await seat.sees('You’ve been signed out in one other browser.');

      await laptop.open('/account');
      await laptop.givePassword(person);
      await laptop.page.getByLabel('Six-digit code').waitFor();
    });
  });
