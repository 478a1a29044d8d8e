/** People in the console, in a real browser: found, looked at, asked for more, helped. */
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { clientCollection } from '../../src/records/client.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { auditCollection } from '../../src/audit/event.ts';
import { addGroup } from '../../src/operations/groups/add-group.ts';
import { findPerson, getPerson, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { memberOf, saidOn } from '../support/account.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { useConsoleStory } from '../support/console-story.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { updatePerson } from '../support/operator.ts';
import { BROWSER, openThings, PROGRAM } from '../support/open-things.ts';
import type { MailServer } from '../support/mail-server.ts';
import type { TestPerson, TestServer } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';

let server: TestServer;
let browser: Browser;
let smtp: MailServer;
useConsoleStory(async (story) => {
  ({ server, browser, smtp } = story);
  await server.setOrganisationMfa('optional');
});

const groupOf = (name: string) => ({ organisation: 'acme', name, description: '' });

async function recordOf({ person }: TestPerson): Promise<Person> {
  await server.settle();
  const found = await getPerson(server.store, person.id);
  assert.ok(found);
  return found;
}

describe('whoever looks after people', () => {
  for (const [where, options] of SEATS)
    it(`finds somebody, requires a second step of them and resets it, ${where}`, async () => {
      const role = 'organisation-administrator' as const;
      const boss = await server.addPerson({ role, name: 'Olivia Okafor' }, { totp: true });
      const login = options.javaScriptEnabled === false ? 'wendy' : 'walter';
      const name = `${login} Winter`;
      const them = await server.addPerson({ login, name }, { totp: true });
      await server.settle();
      const seat = await AccountSeat.take(browser, server, options);
      await seat.open('/admin');
      await seat.signIn(boss);
      await seat.heading('Administration');
      await seat.goTo('People');
      await seat.page.getByLabel('Search').fill(login.slice(0, 4));
      await seat.page.keyboard.press('Enter');
      await seat.follow(name);
      await seat.heading(name);
      await seat.follow('Security');
      await seat.follow('Change');
      await seat.page.getByLabel('Required', { exact: false }).first().check();
      await seat.page.getByRole('radio', { name: /^Required/u }).check();
      await seat.press('Save');
      await seat.sees(`Two-step authentication is required of ${name}.`);
      assert.equal((await recordOf(them)).mfa, 'required');

      await seat.follow('Reset…');
      await seat.heading(`Reset two-step authentication of ${name}?`);
      await seat.press('Yes, reset');
      await seat.heading('Two-step authentication has been reset');
      const code = await seat.page.locator('#hand-over').innerText();
      assert.match(code, /^[A-Z2-7]{5}\s+[A-Z2-7]{5}$/u);
      assert.equal((await recordOf(them)).authenticators.length, 0);
      await seat.follow(`Back to ${name}`);
      await seat.sees('they need the code that they were given');
      await seat.close();
    });
});

describe('the keyboard', () => {
  it('goes to the search with "/" from everywhere, but not out of a box', async () => {
    const boss = await server.addPerson({ role: 'administrator' }, { totp: true });
    const seat = await AccountSeat.take(browser, server, {});
    await seat.enter(boss, '/admin');
    await seat.heading('Administration');
    // Its script is there.
    await seat.page.waitForLoadState('domcontentloaded');
    await seat.page.keyboard.press('/');
    await seat.heading('People');
    await seat.page.locator('#q:focus').waitFor();
    await seat.page.keyboard.type('a/b');
    assert.equal(await seat.page.locator('#q').inputValue(), 'a/b');
    await seat.page.getByRole('link', { name: 'Groups' }).focus();
    await seat.page.keyboard.press('/');
    await seat.page.keyboard.type('new');
    assert.equal(await seat.page.locator('#q').inputValue(), 'new');
    await seat.close();
  });

  it('is at what went wrong where a question is asked again', async () => {
    const boss = await server.addPerson({ role: 'administrator' }, { totp: true });
    const them = await server.addPerson({}, { totp: true });
    const [factor] = them.person.authenticators;
    const seat = await AccountSeat.take(browser, server, {});
    await seat.enter(boss, '/admin');
    await seat.heading('Administration');
    const at = `/admin/people/${them.person.id}/factors/totp/${factor?.id}/remove`;
    await seat.open(at);
    await seat.press('Yes, remove');
    await seat.page.locator('#notice:focus').waitFor();
    await seat.close();
  });
});

describe('a proof that has grown old', () => {
  it('is asked for again, and the form comes back filled in', async () => {
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const them = await server.addPerson();
    const path = `/admin/people/${them.person.id}/mfa`;
    const form = await boss.open(path);
    server.clock.ahead += 360_000;
    const fields = { mfa: 'required', from: '2099-01-31' };
    const again = await boss.submit(form, fields);
    assert.equal(again.url.pathname, path);
    assert.match(again.html, /You have signed in again/u);
    assert.match(again.html, /value="2099-01-31"/u);
    assert.match(again.html, /value="required" checked/u);
    const done = await boss.submit(again, fields);
    assert.match(saidOn(done), /is required of/u);
    const { mfa, mfaFrom } = await recordOf(them);
    assert.deepEqual([mfa, mfaFrom], ['required', Date.UTC(2099, 0, 31)]);
    for (const [from, problem] of [
      ['2001-01-31', 'still to come'],
      ['2099-02-31', 'Enter a date'],
      ["'; drop table person", 'Enter a date'],
    ] as const) {
      const wrong = await boss.submit(form, { mfa: 'required', from });
      assert.equal(wrong.status, 400);
      assert.match(wrong.html, new RegExp(problem, 'u'));
    }
  });
});

describe('the helpdesk', () => {
  it('unlocks without a fresh proof, signs out and resets with one, and may no more', async () => {
    const help = memberOf(server, await server.addPerson({ role: 'helpdesk' }, { totp: true }));
    const them = await server.addPerson({}, { totp: true });
    const member = memberOf(server, them);
    await member.open('/account');
    const at = `/admin/people/${them.person.id}`;
    const page = await help.open(`${at}/security`);
    for (const offered of ['reset', 'sign-out'])
      assert.match(page.html, new RegExp(`${at}/${offered}`, 'u'));
    for (const not of ['mfa', 'disable', 'factors'])
      assert.doesNotMatch(page.html, new RegExp(`${at}/${not}`, 'u'));

    server.clock.ahead += 360_000;
    const unlocked = await help.submit(await help.open(`${at}/unlock`), {});
    assert.match(saidOn(unlocked), /can try again at once/u);
    const out = await help.submit(await help.open(`${at}/sign-out`), {});
    assert.match(saidOn(out), /signed out everywhere/u);
    assert.equal(stepOf(await member.browser.open(`${server.issuer}/account`)), 'password');
    await server.settle();
    const { items } = await server.store.find(auditCollection, {
      index: 'personAt',
      from: `${them.person.id} `,
      below: `${them.person.id}!`,
      limit: 100,
    });
    const ended = items.find(({ value }) => value.details['everywhere'] === true);
    assert.equal(ended?.value.actor, 'administrator');
    assert.equal(ended.value.actorId, help.person.person.id);
    assert.equal(ended.value.client, 'latchkey-admin');
  });
});

describe('what somebody has open', () => {
  it('is shown, and ended one by one; its owner is mailed, and the log has it', async () => {
    const help = memberOf(server, await server.addPerson({ role: 'helpdesk' }, { totp: true }));
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'organisation-administrator' }, { totp: true }),
    );
    const { clientId } = await server.addClient({ name: 'Wiki' });
    const kinds = [
      { by: help, tab: 'sessions', kind: 'session', called: BROWSER, told: 'A session was ended' },
      { by: help, tab: 'sessions', kind: 'app', called: 'Wiki', told: 'The access of an app was' },
      {
        by: help,
        tab: 'computers',
        kind: 'computer',
        called: BROWSER,
        told: 'The trust in a comp',
      },
      { by: boss, tab: 'passcodes', kind: 'passcode', called: PROGRAM, told: 'was revoked' },
    ] as const;
    for (const { by, tab, kind, called, told } of kinds) {
      const email = `otto-${kind}@acme.test`;
      const { person } = await server.addPerson({
        name: 'Otto Open',
        login: `otto-${kind}`,
        email,
      });
      const open = await openThings(server, person, clientId);
      const at = `/admin/people/${person.id}`;
      const end = `${at}/${kind}s/${open[kind]}/end`;
      const page = await by.open(`${at}/${tab}`);
      assert.ok(page.html.includes(called) && page.html.includes(`"${end}"`), kind);
      const asked = await by.open(end);
      for (const word of [called, 'Otto Open', `otto-${kind}`])
        assert.ok(asked.html.includes(word), kind);
      const done = await by.submit(asked, {});
      assert.equal(done.url.pathname, `${at}/${tab}`);
      assert.ok(saidOn(done).includes(called) && !done.html.includes(`"${end}"`), kind);
      const { parsed } = await smtp.accepted(email);
      assert.match(String(parsed.text), new RegExp(`An administrator [^:]*:\\s${called}`, 'u'));
      assert.equal((await by.open(end)).status, 404);
      await server.settle();
      const activity = (await help.open(`${at}/activity`)).html;
      assert.ok(activity.includes(told) && activity.includes(`By ${by.person.person.name}`), kind);
    }
    const them = await server.addPerson({ name: 'Otto Open' });
    const at = `/admin/people/${them.person.id}`;
    await openThings(server, them.person, clientId);
    // The helpdesk sees passcodes, and does not end them.
    const codes = (await help.open(`${at}/passcodes`)).html;
    assert.ok(codes.includes(PROGRAM) && !codes.includes('/end"'));
    const activity = (await help.open(`${at}/activity`)).html;
    assert.doesNotMatch(activity, /admin\/audit\?/u);
    assert.match((await boss.open(`${at}/activity`)).html, /admin\/audit\?person=/u);
  });
});

describe('one of several factors', () => {
  it('is taken away, and the last one is not', async () => {
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const [a, b] = [
      await server.addPerson({}, { totp: true }),
      await server.addPerson({}, { totp: true }),
    ];
    const authenticators = [...a.person.authenticators, ...b.person.authenticators];
    const them = await server.addPerson({ authenticators });
    const at = `/admin/people/${them.person.id}/factors/totp`;
    const [first, last] = authenticators;
    const gone = await boss.submit(await boss.open(`${at}/${first?.id}/remove`), {});
    assert.match(saidOn(gone), /^Removed/u);
    const kept = await boss.submit(await boss.open(`${at}/${last?.id}/remove`), {});
    assert.equal(kept.status, 409);
    assert.match(kept.html, /role="alert"/u);
    assert.deepEqual(
      (await recordOf(them)).authenticators.map(({ id }) => id),
      [last?.id],
    );
    assert.equal((await boss.open(`${at}/${first?.id}/remove`)).status, 404);
  });
});

describe('somebody who is disabled, deleted or enabled', () => {
  it('is out at once, and what was done can be taken back', async () => {
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const them = await server.addPerson({ name: '<b>Eve</b> {{ 7 * 7 }}' });
    const at = `/admin/people/${them.person.id}`;
    const act = async (name: string) => boss.submit(await boss.open(`${at}/${name}`), {});
    const disabled = await act('disable');
    assert.match(disabled.html, /&lt;b&gt;Eve&lt;\/b&gt; \{\{ 7 \* 7 \}\} has been disabled/u);
    assert.match(disabled.html, new RegExp(`"${at}/enable">Enable again</a>`, 'u'));
    assert.equal((await recordOf(them)).active, false);
    await act('enable');
    assert.match((await act('delete')).html, new RegExp(`"${at}/keep">Don’t delete</a>`, 'u'));
    const { active, deletion } = await recordOf(them);
    assert.deepEqual([active, deletion?.wasActive], [false, true]);
    await act('keep');
    assert.equal((await recordOf(them)).active, true);
  });
});

describe('several people at once', () => {
  it('are asked for more, grouped and disabled; what did not work is told by name', async () => {
    const role = 'organisation-administrator' as const;
    const boss = memberOf(server, await server.addPerson({ role }, { totp: true }));
    const parts = { store: server.store, relay: { soon: () => undefined } };
    const added = await addGroup(parts, performedByOperator(server.now()), groupOf('Many'));
    const group = valueOf(added).id;
    const [a, b] = [
      await server.addPerson({ name: 'Ada Many' }),
      await server.addPerson({ name: 'Ben Many' }),
    ];
    const chief = await server.addPerson({ role: 'administrator', name: 'Cleo Chief' });
    await server.settle();
    const list = await boss.open('/admin/people?q=Ada&select=yes');
    assert.match(list.html, new RegExp(`name="id" value="${a.person.id}"`, 'u'));
    const open = async (act: string, ...who: TestPerson[]) => {
      const query = new URLSearchParams(who.map(({ person }) => ['id', person.id]));
      return boss.open(`/admin/people/many?${query}&act=${act}`);
    };
    const asked = await open('mfa', a, b, chief);
    assert.match(asked.html, /Require two-step authentication of 2 people/u);
    assert.match(asked.html, /Left out[\s\S]*Cleo Chief/u);
    const wrong = await boss.submit(asked, { from: '2001-01-31' });
    assert.equal(wrong.status, 400);
    assert.match(saidOn(await boss.submit(asked, {})), /required of 2 more people/u);
    assert.deepEqual(
      [(await recordOf(a)).mfa, (await recordOf(b)).mfa, (await recordOf(chief)).mfa],
      ['required', 'required', 'inherit'],
    );
    const reminding = await open('remind', a, b, boss.person, chief);
    assert.match(reminding.html, /Remind 2 people[\s\S]*Left out/u);
    assert.match(saidOn(await boss.submit(reminding, {})), /2 people were mailed/u);
    assert.match(String((await smtp.accepted(a.person.email)).parsed.text), /two-step/u);
    const again = await boss.submit(await open('remind', a, b), {});
    assert.match(again.html, /It didn’t work with 2 people[\s\S]*Ada Many/u);
    const grouping = await open('group', a, b);
    assert.equal((await boss.submit(grouping, {})).status, 400);
    await boss.submit(grouping, { group });
    assert.deepEqual((await recordOf(a)).groups, [group]);
    const full = await open('group', a, b);
    assert.match(full.html, /Add 2 people/u);
    const failing = await boss.submit(full, { group: 'nothing-there' });
    assert.match(failing.html, /It didn’t work with 2 people[\s\S]*Ada Many[\s\S]*Ben Many/u);
    assert.match(saidOn(await boss.submit(await open('disable', a, b), {})), /2 people have been/u);
    assert.deepEqual([(await recordOf(a)).active, (await recordOf(b)).active], [false, false]);
    const nobody = await open('disable', a, chief);
    assert.match(nobody.html, /nobody to do this with/u);
    const forged = await boss.submit(asked, { who: chief.person.id, act: 'disable' });
    assert.equal((await recordOf(chief)).active, true, forged.html.slice(0, 200));
  });
});

describe('a group that two edit at once', () => {
  it('loses nothing: the second one is told, with what is there now, and may save it all the same', async () => {
    const role = 'organisation-administrator' as const;
    const [one, other] = [
      memberOf(server, await server.addPerson({ role }, { totp: true })),
      memberOf(server, await server.addPerson({ role }, { totp: true })),
    ];
    const parts = { store: server.store, relay: { soon: () => undefined } };
    const added = await addGroup(parts, performedByOperator(server.now()), groupOf('Contended'));
    const at = `/admin/groups/${valueOf(added).id}/edit`;
    const [first, second] = [await one.open(at), await other.open(at)];
    const saved = await one.submit(first, { name: 'Contended', description: 'By the first' });
    assert.match(saidOn(saved), /^Saved/u);
    const late = await other.submit(second, { name: 'Renamed', description: '' });
    assert.equal(late.status, 409);
    assert.match(late.html, /Somebody else has changed this[\s\S]*By the first/u);
    assert.match(late.html, /value="Renamed"/u);
    const again = await other.submit(late, { name: 'Renamed', description: 'By the second' });
    assert.match(saidOn(again), /^Saved: Renamed/u);
  });
});

describe('somebody new', () => {
  it('is added in one form, invited by mail, edited and put into groups', async () => {
    const role = 'organisation-administrator' as const;
    const boss = memberOf(server, await server.addPerson({ role }, { totp: true }));
    const performed = performedByOperator(server.now());
    const parts = { store: server.store, relay: { soon: () => undefined } };
    const added = await addGroup(parts, performed, groupOf('Finance'));
    const [group, later] = [
      valueOf(added),
      valueOf(await addGroup(parts, performed, groupOf('Berlin'))),
    ];
    const form = await boss.open('/admin/people/new');
    const fields = { name: ' Nina New ', login: 'nina', email: 'nina@acme.test', invite: 'yes' };
    const empty = await boss.submit(form, { login: '', name: '' });
    assert.equal(empty.status, 400);
    assert.equal(empty.html.match(/class="error"/gu)?.length, 3);
    const theirs = { ...fields, organisation: 'globex', [`group-${group.id}`]: 'yes' };
    const done = await boss.submit(form, theirs);
    assert.match(saidOn(done), /Nina New has been added, and an invitation has been mailed/u);
    const id = done.url.pathname.split('/').at(-1) ?? '';
    const person = await getPerson(server.store, id);
    assert.ok(person);
    const { organisation, groups, passwordHash } = person;
    assert.deepEqual([organisation, groups, passwordHash], ['acme', [group.id], null]);
    const { parsed } = await smtp.accepted('nina@acme.test');
    const link = /https?:\S+token=\S+/u.exec(parsed.text ?? '')?.[0] ?? '';
    const invited = createHttpBrowser(server.issuer);
    assert.equal((await invited.open(link)).status, 200);
    assert.ok(!server.output.join('').includes(link.split('token=')[1] ?? link));

    const again = await boss.submit(form, { ...fields, name: 'Nina <i>Again</i>' });
    assert.equal(again.status, 409);
    assert.match(again.html, /Nina &lt;i&gt;Again/u);

    // An address outside the organisation's domains is not its administrators' to give, and nothing is lost.
    const outside = { name: 'Otto', login: 'otto', email: 'otto@gmail.example', invite: 'yes' };
    const foreign = await boss.submit(form, outside);
    assert.equal(foreign.status, 403);
    assert.match(foreign.html, /Addresses of “Acme” are in acme\.test\./u);
    assert.match(foreign.html, /value="otto@gmail.example"[^>]*aria-invalid="true"/u);
    assert.equal(await findPerson(server.store, 'otto'), undefined);

    const edit = `/admin/people/${id}/edit`;
    // Nor is it when somebody has another one already; within the domains it is.
    const elsewhere = { name: 'Nina N.', email: 'nina@gmail.example' };
    const refused = await boss.submit(await boss.open(edit), elsewhere);
    assert.equal(refused.status, 403);
    assert.match(refused.html, /value="Nina N\."/u);
    assert.match(refused.html, /value="nina@gmail.example"[^>]*aria-invalid="true"/u);
    const renamed = await boss.submit(await boss.open(edit), {
      name: 'Nina Newman',
      email: 'nina.newman@acme.test',
      login: 'nina.newman',
      role: 'helpdesk',
    });
    const { login, email } = (await getPerson(server.store, id)) ?? {};
    assert.deepEqual([login, email], ['nina.newman', 'nina.newman@acme.test']);
    assert.match(saidOn(renamed), /Saved: Nina Newman/u);
    const page = await boss.open(edit);
    assert.doesNotMatch(page.html, /value="administrator"/u);
    await boss.submit(page, { name: 'Nina Newman', role: 'administrator' });
    assert.equal((await getPerson(server.store, id))?.role, 'helpdesk');
    const inGroups = await boss.open(`/admin/people/${id}/groups/change`);
    await boss.submit(inGroups, { [`group-${later.id}`]: 'yes' });
    assert.deepEqual((await getPerson(server.store, id))?.groups, [later.id]);
  });
});

describe('a group', () => {
  it('is added, gets a member and loses them, is renamed and removed', async () => {
    const role = 'organisation-administrator' as const;
    const boss = memberOf(server, await server.addPerson({ role }, { totp: true }));
    const them = await server.addPerson({ name: 'Mia Member' });
    const form = await boss.open('/admin/groups/new');
    const made = await boss.submit(form, { name: 'Readers', organisation: 'globex' });
    assert.match(saidOn(made), /The group Readers has been added/u);
    const at = made.url.pathname;
    assert.equal((await boss.submit(form, { name: 'readers' })).status, 409);
    const adding = await boss.open(`${at}/add`);
    assert.equal((await boss.submit(adding, { login: 'nobody' })).status, 400);
    const added = await boss.submit(adding, { login: them.login });
    assert.match(saidOn(added), /Mia Member is in Readers now/u);
    const id = at.split('/').at(-1) ?? '';
    assert.deepEqual((await recordOf(them)).groups, [id]);
    assert.match((await boss.open(at)).html, /Mia Member/u);
    await boss.submit(await boss.open(`${at}/members/${them.person.id}/remove`), {});
    assert.deepEqual((await recordOf(them)).groups, []);
    await boss.submit(await boss.open(`${at}/edit`), { name: 'Writers' });
    assert.match((await boss.open('/admin/groups')).html, /Open Writers/u);
    assert.match((await boss.open(at)).html, /No app is open to it by name/u);
    const redirectUris = ['https://shelf.example/cb'];
    const about = { name: 'Team Shelf', organisations: ['acme'], scopes: ['openid', 'groups'] };
    const { client } = await byOperator(server).addClient({ kind: 'web', ...about, redirectUris });
    const roles = [{ value: 'editor', group: id }];
    const claims = [{ name: 'reads', group: id }];
    await server.store.put(clientCollection, client.id, { ...client, roles, claims });
    const apps = [{ client: client.id, groups: [id] }];
    const performed = performedByOperator(server.now());
    valueOf(await changeOrganisation(server, performed, 'acme', { apps }));
    const { html } = await boss.open(at);
    for (const told of ['groups: Writers', `${client.rolesClaim}: editor`, 'reads: true'])
      assert.ok(html.includes(`Is told “${told}”`), told);
    assert.match(html, /Team Shelf[\s\S]*Open to this group, and not to everybody/u);
    // Whoever sees no apps is told of none.
    const help = memberOf(server, await server.addPerson({ role: 'helpdesk' }, { totp: true }));
    assert.doesNotMatch((await help.open(at)).html, /Team Shelf/u);
    await boss.submit(await boss.open(`${at}/remove`), {});
    assert.equal((await boss.open(at)).status, 404);
  });
});

describe('the audit log', () => {
  it('says who did what to whom, filtered by its address, of one’s own organisation alone', async () => {
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const them = await server.addPerson({ name: 'Uma Under' });
    await boss.submit(await boss.open(`/admin/people/${them.person.id}/disable`), {});
    await server.settle();
    const about = `/admin/audit?person=${them.person.id}`;
    const { html } = await boss.open(`${about}&type=person.disabled`);
    assert.match(html, /<strong>A person was disabled<\/strong>/u);
    assert.match(html, /<code>person\.disabled<\/code>/u);
    assert.ok(html.includes(`By ${boss.person.person.name}`));
    assert.match((await boss.open(`${about}&type=sign-out`)).html, /Nothing like that/u);
    const odd = await boss.open(
      '/admin/audit?type[$ne]=x&from=2026-13-45&until=1950-01-01&after=rubbish',
    );
    assert.equal(odd.status, 200);
    assert.equal((await boss.open('/admin/groups?after=rubbish')).status, 200);
    const role = 'auditor' as const;
    const email = 'ada@globex.test';
    const theirs = { role, organisation: 'globex', login: 'ada', email };
    const ada = memberOf(server, await server.addPerson(theirs, { totp: true }));
    assert.doesNotMatch((await ada.open(about)).html, /Uma Under/u);
    assert.equal((await ada.open('/admin/audit')).status, 200);

    // What somebody who has left is called now is the other organisation's.
    await updatePerson(server.store, them.person.id, { organisation: 'globex' }, server.now());
    await updatePerson(server.store, them.person.id, { name: 'Uma Married' }, server.now());
    const olga = memberOf(server, await server.addPerson({ role }, { totp: true }));
    const left = (await olga.open(`${about}&type=person.disabled`)).html;
    assert.ok(left.includes(`>${them.person.id}<`) && !left.includes('Uma Married'));
    assert.ok(left.includes(`By ${boss.person.person.name}`));
  });
});

describe('the list of people', () => {
  it('is searched and filtered by its address, and shrugs at nonsense', async () => {
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const { person } = await server.addPerson(
      { login: 'zora', name: 'Zora Zimmer' },
      { totp: true },
    );
    await server.settle();
    const names = async (query: string): Promise<string[]> => {
      const page = await boss.open(`/admin/people${query}`);
      assert.equal(page.status, 200, query);
      return [...page.html.matchAll(/people\/[^"]+"><strong>([^<]*)</gu)].map(
        ([, name]) => name ?? '',
      );
    };
    assert.deepEqual(await names('?q=zor'), ['Zora Zimmer']);
    assert.deepEqual(await names(`?q=${person.id}`), ['Zora Zimmer']);
    assert.deepEqual(await names('?q=zor&state=none'), []);
    await server.settle();
    // A day is a day wherever its reader is.
    const own = await boss.open(`/admin/people?q=${boss.person.login}`);
    assert.match(own.html, /<time datetime="[\d-]{10}T12:00:00\.000Z">/u);
    const shown = (await boss.open('/admin')).html.replaceAll('&amp;', '&');
    for (const state of ['state=none', 'neverSignedIn=yes'])
      assert.ok(shown.includes(`?${state}"`));
    assert.ok((await names('?state[$ne]=x&role={"$ne":null}&after=rubbish&limit=1e9')).length > 3);
    assert.match((await boss.open('/admin/people?q=nobody-at-all')).html, /Nobody matches/u);
  });

  it('shows an organisation’s own people only', async () => {
    await server.addClient({ organisations: ['globex'] });
    const email = 'mole@globex.test';
    const other = { organisation: 'globex', login: 'mole', email, name: 'Mole Globex' };
    await server.addPerson(other);
    await server.settle();
    const help = memberOf(server, await server.addPerson({ role: 'helpdesk' }, { totp: true }));
    assert.doesNotMatch((await help.open('/admin/people?q=mole')).html, /Mole Globex/u);
    assert.equal((await help.open('/admin/people?organisation=globex')).status, 404);
  });
});
