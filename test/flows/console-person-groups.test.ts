/** People → the person → Groups: which ones, what each opens, since when and by whom; and in and out of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { addGroup, addGroupInput } from '../../src/operations/groups/add-group.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { getPerson, personCollection, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { eventsOf } from '../support/factors.ts';
import { memberOf, saidOn } from '../support/account.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { useConsoleStory } from '../support/console-story.ts';
import type { TestPerson, TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
useConsoleStory(async (story) => {
  ({ server, browser } = story);
  await server.setOrganisationMfa('optional');
  await byOperator(server).addOrganisation({ name: 'Globex', mfa: 'optional' });
});

type Role = 'administrator' | 'organisation-administrator' | 'helpdesk' | 'auditor';
const staff = async (role: Role, name: string = role) =>
  memberOf(server, await server.addPerson({ role, name }, { totp: true }));

let made = 0;
async function aGroup(organisation = 'acme') {
  made += 1;
  const input = addGroupInput.parse({ organisation, name: `Crew ${made}`, description: '' });
  const parts = { store: server.store, relay: { soon: () => undefined } };
  return valueOf(await addGroup(parts, performedByOperator(server.now()), input));
}

async function recordOf({ person }: TestPerson): Promise<Person> {
  await server.settle();
  return (await getPerson(server.store, person.id)) ?? assert.fail();
}

const textOf = (html: string): string => html.replaceAll(/<[^>]*>/gu, ' ').replaceAll(/\s+/gu, ' ');

describe('the groups of somebody', () => {
  it('are none at first, and the page says so', async () => {
    const boss = await staff('organisation-administrator');
    const them = await server.addPerson({ name: 'Nils None' });
    const page = await boss.open(`/admin/people/${them.person.id}/groups`);
    assert.match(page.html, /Nils None is in no group/u);
    assert.match(page.html, /aria-current="page">Groups</u);
  });

  it('are given by a form, and told with who gave them, since when and what they open', async () => {
    const boss = await staff('organisation-administrator', 'Bea Boss');
    const group = await aGroup();
    const other = await aGroup();
    const wiki = await server.addClient({ name: 'Wiki of crews' });
    await server.store.update(organisationCollection, 'acme', (organisation) =>
      organisation
        ? { put: { ...organisation, apps: { [wiki.clientId]: [group.id] } }, result: undefined }
        : { result: undefined },
    );
    const them = await server.addPerson({ name: 'Gina Given' });
    const at = `/admin/people/${them.person.id}/groups`;
    const form = await boss.open(`${at}/change`);
    const saved = await boss.submit(form, { [`group-${group.id}`]: 'yes' });
    assert.equal(saved.url.pathname, at);
    assert.match(saidOn(saved), /The groups of Gina Given have been saved/u);
    assert.deepEqual((await recordOf(them)).groups, [group.id]);
    const told = textOf((await boss.open(at)).html);
    const inOrder = `${group.name} Opens Wiki of crews Since .* By Bea Boss`;
    assert.match(told, new RegExp(inOrder, 'u'));
    assert.doesNotMatch(told, new RegExp(other.name, 'u'));
  });

  it('are told without who and when where that is not stored', async () => {
    const auditor = await staff('auditor');
    const group = await aGroup();
    const them = await server.addPerson();
    await server.store.update(personCollection, them.person.id, (person) =>
      person
        ? { put: { ...person, groups: [group.id], groupsSince: {} }, result: undefined }
        : { result: undefined },
    );
    const told = textOf((await auditor.open(`/admin/people/${them.person.id}/groups`)).html);
    assert.match(told, new RegExp(group.name, 'u'));
    assert.doesNotMatch(told, /Since|By /u);
  });

  it('end by a question, once', async () => {
    const boss = await staff('organisation-administrator');
    const group = await aGroup();
    const them = await server.addPerson({ name: 'Olga Out', groups: [group.id] });
    const at = `/admin/people/${them.person.id}/groups`;
    const question = await boss.open(`${at}/${group.id}/remove`);
    assert.match(question.html, new RegExp(`Take Olga Out out of ${group.name}`, 'u'));
    const gone = await boss.submit(question);
    assert.equal(gone.url.pathname, at);
    assert.match(saidOn(gone), /Olga Out is no longer in/u);
    assert.deepEqual((await recordOf(them)).groups, []);
    assert.equal((await boss.open(`${at}/nothing/remove`)).status, 404);
    const event = (await eventsOf(server, them)).find(({ type }) => type === 'person.changed');
    assert.equal(event?.details['groups'], `-${group.name}`);
  });

  it('are seen, and not changed, by who may look alone; and nobody else’s are there', async () => {
    const group = await aGroup();
    const them = await server.addPerson({ groups: [group.id] });
    const at = `/admin/people/${them.person.id}/groups`;
    for (const role of ['helpdesk', 'auditor'] as const) {
      const member = await staff(role);
      const page = await member.open(at);
      assert.match(page.html, new RegExp(group.name, 'u'));
      assert.doesNotMatch(page.html, /groups\/change|\/remove/u);
      assert.equal((await member.open(`${at}/change`)).status, 403);
      assert.equal((await member.open(`${at}/${group.id}/remove`)).status, 403);
    }
    const elsewhere = memberOf(
      server,
      await server.addPerson(
        { role: 'organisation-administrator', organisation: 'globex' },
        { totp: true },
      ),
    );
    for (const page of ['', '/change', `/${group.id}/remove`])
      assert.equal((await elsewhere.open(`${at}${page}`)).status, 404, page);
    const boss = await staff('organisation-administrator');
    const peer = await server.addPerson({ role: 'organisation-administrator' }, { totp: true });
    const theirs = `/admin/people/${peer.person.id}/groups`;
    assert.doesNotMatch((await boss.open(theirs)).html, /groups\/change/u, 'of the same rank');
  });

  for (const [where, options] of SEATS)
    it(`are given and taken in a browser, ${where}`, async () => {
      const boss = await server.addPerson({ role: 'organisation-administrator' }, { totp: true });
      const group = await aGroup();
      const them = await server.addPerson({ name: 'Bob Browser' });
      const seat = await AccountSeat.take(browser, server, options);
      await seat.open(`/admin/people/${them.person.id}/groups`);
      await seat.signIn(boss);
      await seat.heading('Bob Browser');
      await seat.sees('Bob Browser is in no group.');
      await seat.follow('Add or remove…');
      await seat.page.getByLabel(group.name).check();
      await seat.press('Save');
      await seat.sees('The groups of Bob Browser have been saved.');
      await seat.page.getByRole('link', { name: 'Take out' }).click();
      await seat.press('Yes, take out');
      await seat.sees(`Bob Browser is no longer in ${group.name}.`);
      assert.deepEqual((await recordOf(them)).groups, []);
      await seat.close();
    });
});
