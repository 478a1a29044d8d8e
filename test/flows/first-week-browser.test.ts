/**
 * The first week of an installation, in a real browser and without the command line: the first administrator sets it
 * up, gives the organisation its looks, invites ten people, makes a group, connects an app, looks at what stricter
 * rules would mean, watches the roll-out; the helpdesk asks for a reset that a second person approves; somebody leaves.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { getClient } from '../../src/oidc/clients/clients.ts';
import { makeSetUpLink } from '../../src/operations/installation/set-up-link.ts';
import { getOrganisation } from '../../src/records/organisation.ts';
import { findPerson, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { png } from '../branding/sample-pictures.ts';
import { AccountSeat } from '../support/account-seat.ts';
import { useConsoleStory } from '../support/console-story.ts';
import { performedByOperator } from '../support/by-operator.ts';
import type { MailServer } from '../support/mail-server.ts';
import { PASSWORD, type TestPerson, type TestServer } from '../support/server.ts';

/** Where pictures of it are kept, if anywhere. */
const { STORY_PICTURES } = process.env;
const ID = 'umbrella';
const NAMES = ['Otto', 'Hana', 'Wendy', 'Lena', 'Paul', 'Ines', 'Sam', 'Tara', 'Uwe', 'Vera'];

let server: TestServer;
let browser: Browser;
let smtp: MailServer;
useConsoleStory((story) => {
  ({ server, browser, smtp } = story);
});

const loginOf = (name: string): string => name.toLowerCase();
const emailOf = (name: string): string => `${loginOf(name)}@umbrella.test`;
async function stored(name: string): Promise<Person> {
  await server.settle();
  return (await findPerson(server.store, loginOf(name))) ?? assert.fail(name);
}

let count = 0;
async function picture({ page }: AccountSeat, name: string): Promise<void> {
  count += 1;
  if (STORY_PICTURES === undefined) return;
  const path = `${STORY_PICTURES}/${String(count).padStart(2, '0')}-${name}.png`;
  await page.screenshot({ path, fullPage: true });
}

/** From the link to the console. */
async function setUp(seat: AccountSeat): Promise<void> {
  const { page } = seat;
  const token = valueOf(await makeSetUpLink(server, performedByOperator(server.now()), 86_400));
  await seat.open(`/setup?token=${token}`);
  const form = { organisation: 'Umbrella', name: 'Ada Admin', email: emailOf('ada'), login: 'ada' };
  for (const [id, text] of Object.entries(form)) await page.locator(`#${id}`).fill(text);
  for (const id of ['password', 'password_repeat']) await page.locator(`#${id}`).fill(PASSWORD);
  await picture(seat, 'set-up');
  await seat.press('Continue to two-step authentication');
  await seat.press('Begin setup');
  await seat.press('Next');
  const secret = (await page.locator('#secret').innerText()).replaceAll(/\s/gu, '');
  await seat.press('Next');
  await seat.giveCode(seat.nextCode(secret));
  await seat.heading('You have enrolled in MFA');
  await seat.follow('Go to the administration');
  await seat.signIn({ login: 'ada' } as TestPerson, secret);
  await seat.heading('Administration');
  await seat.sees('What to do first');
  await picture(seat, 'console');
}

async function giveLooks(seat: AccountSeat): Promise<void> {
  const { page } = seat;
  await seat.open(`/admin/organisations/${ID}/domains`);
  await page.getByRole('textbox').first().fill('umbrella.test');
  await seat.press('Save');
  await seat.sees('Saved: Umbrella.');
  await seat.open(`/admin/organisations/${ID}/appearance`);
  const logo = { name: 'logo.png', mimeType: 'image/png', buffer: png(300, 90) };
  await page.locator('#logo').setInputFiles(logo);
  await page.locator('#colour').fill('#0b5c8e');
  await page.locator('#contact').fill('IT service desk, extension 4000');
  await seat.press('Save');
  await seat.sees('The appearance of Umbrella has been saved.');
  await picture(seat, 'organisation');
  assert.equal((await getOrganisation(server.store, ID))?.logo?.width, 300);
}

async function invite(seat: AccountSeat, name: string): Promise<string> {
  const { page } = seat;
  await seat.open('/admin/people/new');
  await page.locator('#name').fill(`${name} Umbrella`);
  await page.locator('#login').fill(loginOf(name));
  await page.locator('#email').fill(emailOf(name));
  const organisation = page.locator('#organisation');
  if ((await organisation.count()) > 0) await organisation.selectOption(ID);
  await seat.press('Add');
  await seat.sees('an invitation has been mailed');
  const { parsed } = await smtp.accepted(emailOf(name));
  assert.match(String(parsed.subject), /Umbrella/u);
  return /http\S+\/set-password\?token=\S+/u.exec(String(parsed.text))?.[0] ?? assert.fail();
}

/** By the link in the mail, then the wizard; answers their seat at the account page, and their secret. */
async function accept(link: string, name: string): Promise<{ seat: AccountSeat; secret: string }> {
  const seat = await AccountSeat.take(browser, server, {});
  await seat.page.goto(link);
  await seat.heading('Set your password');
  const login = loginOf(name);
  for (const box of await seat.page.locator('input[type=password]').all()) await box.fill(PASSWORD);
  await seat.press('Set password');
  await seat.heading('Your password is set');
  await seat.open('/account');
  await seat.givePassword({ login });
  return { seat, secret: await seat.throughWizard({ login } as TestPerson) };
}

async function giveRole(seat: AccountSeat, name: string, role: string): Promise<void> {
  const { id } = await stored(name);
  await seat.open(`/admin/people/${id}/edit`);
  await seat.page.locator(`#role-${role}`).check();
  await seat.press('Save');
  await seat.sees(`Saved: ${name} Umbrella.`);
}

async function toConsole(seat: AccountSeat, name: string, secret: string): Promise<void> {
  await seat.open('/admin');
  await seat.signIn({ login: loginOf(name) } as TestPerson, secret);
  await seat.heading('Administration');
}

async function makeGroup(seat: AccountSeat): Promise<void> {
  const { page } = seat;
  await seat.open('/admin/groups/new');
  await page.locator('#name').fill('Finance');
  const organisation = page.locator('#organisation');
  if ((await organisation.count()) > 0) await organisation.selectOption(ID);
  await seat.press('Add');
  await seat.sees('The group Finance has been added.');
  await page.goto(`${page.url()}/add`);
  await page.locator('#login').fill('paul');
  await page.keyboard.press('Enter');
  await seat.sees('Paul Umbrella is in Finance now.');
  await picture(seat, 'group');
}

async function connectApp(seat: AccountSeat): Promise<void> {
  const { page } = seat;
  await seat.open('/admin/add-app/nextcloud');
  await page.getByLabel('Name').fill('Team Cloud');
  await page.getByLabel('Address of the app').fill('https://cloud.umbrella.test/');
  const some = page.getByLabel('Only these organisations');
  if ((await some.count()) > 0) {
    await some.check();
    await page.locator(`#organisation-${ID}`).check();
  }
  await seat.press('Add');
  await seat.heading('Team Cloud has been added');
  await picture(seat, 'app');
  assert.deepEqual((await getClient(server.store, 'team-cloud'))?.organisations, [ID]);
}

async function changeRules(seat: AccountSeat): Promise<void> {
  await seat.open(`/admin/organisations/${ID}/policy`);
  await seat.page.locator('#trustedDays').fill('7');
  await seat.page.getByRole('radio', { name: /^Required/u }).check();
  await seat.press('See what this would mean');
  await seat.heading('What this would mean at Umbrella');
  await picture(seat, 'policy-preview');
  await seat.press('Save these rules');
  await seat.sees('The sign-in rules of Umbrella have been saved.');
  await server.settle();
  server.clock.ahead += 61_000;
  await server.settle();
  await seat.open(`/admin/rollout/${ID}`);
  await seat.heading('Roll-out at Umbrella');
  // Ada and the three who have accepted; the others have not come yet.
  await seat.sees('4 of 11');
  await picture(seat, 'board');
}

/** The helpdesk asks, somebody else approves, the helpdesk hands the code over. */
async function resetTogether(help: AccountSeat, second: AccountSeat): Promise<string> {
  await second.goTo('Approvals');
  await second.follow('Demand a second person…');
  await second.press('Yes, demand it');
  await second.sees('demands a second person from now on');
  const { id } = await stored('Wendy');
  await help.open(`/admin/people/${id}/security`);
  await help.follow('Reset…');
  await help.press('Yes, ask');
  await help.sees('Somebody else has to approve it within 24 hours');
  await second.goTo('Approvals');
  await picture(second, 'approvals');
  await second.page.getByRole('link', { name: /^Approve…/u }).click();
  await second.press('Yes, approve');
  await second.sees('Approved.');
  await help.goTo('Approvals');
  await help.page.getByRole('link', { name: /^See the code…/u }).click();
  await help.press('Show the code');
  await help.heading('Two-step authentication has been reset');
  await picture(help, 'reset');
  assert.equal((await stored('Wendy')).authenticators.length, 0);
  return (await help.page.locator('#hand-over').innerText()).replaceAll(/\s+/gu, '-');
}

describe('an installation', () => {
  it('is set up, filled with people and looked after in a browser alone', async () => {
    const ada = await AccountSeat.take(browser, server, {});
    await setUp(ada);
    await giveLooks(ada);
    const links = new Map<string, string>();
    for (const name of NAMES) links.set(name, await invite(ada, name));
    await ada.goTo('People');
    await picture(ada, 'people');
    const accepted = async (name: string) => accept(links.get(name) ?? '', name);
    const [otto, hana, wendy] = [
      await accepted('Otto'),
      await accepted('Hana'),
      await accepted('Wendy'),
    ];
    await giveRole(ada, 'Otto', 'organisation-administrator');
    await giveRole(ada, 'Hana', 'helpdesk');
    await makeGroup(ada);
    await connectApp(ada);
    await changeRules(ada);

    await toConsole(otto.seat, 'Otto', otto.secret);
    await toConsole(hana.seat, 'Hana', hana.secret);
    const code = await resetTogether(hana.seat, otto.seat);
    await wendy.seat.open('/account');
    await wendy.seat.givePassword({ login: 'wendy' });
    await wendy.seat.page.getByLabel('Code from your administrator').fill(code);
    await wendy.seat.page.keyboard.press('Enter');
    await wendy.seat.throughWizard({ login: 'wendy' } as TestPerson);

    const { id } = await stored('Lena');
    await otto.seat.open(`/admin/people/${id}/delete`);
    await otto.seat.press('Yes, delete');
    await otto.seat.sees('Lena Umbrella has been disabled and will be removed in seven days.');
    await picture(otto.seat, 'leaver');
    assert.equal((await stored('Lena')).active, false);

    await ada.goTo('Overview');
    // All but the backup, which is made by whoever runs the server.
    await ada.sees('4 of 5 done');
    await picture(ada, 'overview');
    for (const { seat } of [{ seat: ada }, otto, hana, wendy]) {
      assert.deepEqual(seat.person.problems, []);
      await seat.close();
    }
  });
});
