/** Somebody is removed: gone at once for everybody, apps are told, and nothing of them is left. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  claimCollection,
  findPerson,
  getPerson,
  listPeople,
  personCollection,
} from '../../src/records/person.ts';
import { RESERVED_FOR } from '../../src/operations/people/claims.ts';
import { listComputers } from '../../src/devices/trusted-computer.ts';
import { attemptsCollection } from '../../src/throttling/attempts.ts';
import { sessionCollection } from '../../src/records/session.ts';
import { usesOf } from '../../src/passcodes/use.ts';
import { DELETED_AFTER, deletePerson } from '../../src/operations/people/delete-person.ts';
import { auditCollection } from '../../src/audit/event.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { startLogoutReceiver, type LogoutReceiver } from '../support/logout-receiver.ts';
import { givePasskey, startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { aliveOf, DEAD, newSession } from '../support/sessions.ts';
import { signIn } from '../support/sign-in.ts';
import { disablePerson, NO_RELAY, removePerson, updatePerson } from '../support/operator.ts';

let server: PolicyServer;
let app: LogoutReceiver;
let webmail: Registration;
before(async () => {
  app = await startLogoutReceiver();
  server = await startPolicyServer({ LATCHKEY_OUTGOING_PRIVATE_ORIGINS: app.origin });
  webmail = await server.addClient({ backchannelLogoutUri: app.uri });
});
after(async () => {
  await server.stop();
  app.close();
});

const remove = ({ person }: TestPerson): Promise<void> =>
  removePerson(server.store, person.id, server.now());

describe('a person who is removed', () => {
  it('is not there any more, and the names are free in 90 days, for somebody with another subject', async () => {
    const person = await server.addPerson({}, { totp: true });
    const held = await newSession(server, webmail, person);
    await remove(person);
    const { store } = server;
    assert.equal(await getPerson(store, person.person.id), undefined);
    assert.equal(await findPerson(store, person.login), undefined);
    assert.equal(await findPerson(store, person.person.email), undefined);
    assert.ok(
      !(await Array.fromAsync(listPeople(store))).some(({ id }) => id === person.person.id),
    );
    assert.ok(
      !(await Array.fromAsync(listPeople(store, 'acme'))).some(({ id }) => id === person.person.id),
    );
    await assert.rejects(remove(person), { code: 'person-unknown' });

    // Apps that know people by their name must not take a newcomer for them.
    const newcomer = () => server.addPerson({ login: person.login }, { totp: true });
    await server.settle();
    await assert.rejects(newcomer(), { code: 'name-reserved' });
    assert.deepEqual(await aliveOf(webmail, held), DEAD);
    server.clock.ahead += RESERVED_FOR;
    const again = await newcomer();
    assert.notEqual(again.person.id, person.person.id);
    const signedIn = await signIn(webmail, again);
    assert.equal(signedIn.claims.sub, again.person.id);
    await server.settle();
    assert.deepEqual(await aliveOf(webmail, held), DEAD);
    assert.equal((await findPerson(store, person.login))?.id, again.person.id, 'hers still');
  });

  it('has no name left in the log, whatever was done with them: who it was says the id alone', async () => {
    const names = { login: 'quintessa', name: 'Quintessa Quill', email: 'quintessa@acme.test' };
    const person = await server.addPerson(names, { totp: true });
    await newSession(server, webmail, person);
    for (const change of [{ name: 'Quirina Quill' }, { login: 'quirina' }])
      await updatePerson(server.store, person.person.id, change, server.now());
    const email = 'quirina@acme.test';
    await updatePerson(server.store, person.person.id, { email }, server.now());
    await remove(person);
    await server.settle();
    const { items } = await server.store.scan(auditCollection, { limit: 1000 });
    const about = items.filter(({ value }) => value.person === person.person.id);
    const changed = about.filter(({ value }) => value.type === 'person.changed');
    assert.deepEqual(
      new Set(changed.flatMap(({ value }) => Object.entries(value.details).map(String))),
      new Set(['name,changed', 'login,changed', 'email,changed']),
    );
    assert.ok(about.some(({ value }) => value.type === 'person.removed'));
    assert.doesNotMatch(JSON.stringify(items), /qui(?:ntessa|rina|ll)|qu•/iu);
  });

  it('has left every app: each is told of the end of each session', async () => {
    const person = await server.addPerson({}, { totp: true });
    const sids = [
      (await newSession(server, webmail, person)).claims['sid'],
      (await newSession(server, webmail, person)).claims['sid'],
    ];
    await remove(person);
    await server.settle();
    const told = await app.verified(webmail, person.person.id);
    assert.deepEqual(told.map(({ sid }) => sid).toSorted(), sids.toSorted());
  });

  it('leaves nothing but the audit log', async () => {
    const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
    const device = await givePasskey(server, person);
    const visitor = await new Visitor(server, webmail).trust(person);
    const wrong = await (await new Visitor(server, webmail).start()).password(person, 'wrong');
    assert.equal(wrong.page.status, 400);
    const { id, email } = person.person;
    assert.equal((await listComputers(server, id)).length, 1);
    await remove(person);
    await server.settle();
    await server.settle();
    const { store } = server;
    assert.equal(await store.get(personCollection, id), undefined);
    for (const name of [`login:${person.login}`, `email:${email}`])
      assert.deepEqual((await store.get(claimCollection, name))?.person, id, 'reserved');
    server.clock.ahead += RESERVED_FOR;
    for (const name of [`login:${person.login}`, `email:${email}`])
      assert.equal(await store.get(claimCollection, name), undefined);
    assert.deepEqual(await listComputers(server, id), []);
    assert.equal((await usesOf(store, id)).size, 0);
    const { items } = await store.scan(attemptsCollection, { limit: 10_000 });
    assert.ok(!items.some((entry) => entry.id.includes(id)));
    const sessions = (await store.scan(sessionCollection, { limit: 10_000 })).items;
    const theirs = sessions.filter(({ value }) => value.payload.accountId === id);
    assert.ok(theirs.every(({ value }) => value.ended));
    const [event, ...more] = await server.eventsOf(person, 'person.removed');
    assert.deepEqual([event?.actor, event?.person, more.length], ['operator', id, 0]);

    // The key can be registered by somebody else.
    assert.ok(device.key);
    const other = await server.addPerson({}, { totp: true });
    await givePasskey(server, other);
    assert.ok((await visitor.again(person)).page.status === 400);
  });

  it('who is deleted is signed out at once, and goes by themselves a week later', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { id } = person.person;
    const held = await newSession(server, webmail, person);
    const parts = { store: server.store, relay: NO_RELAY };
    const ordered = await deletePerson(parts, performedByOperator(server.now()), id);
    assert.ok(ordered.ok);
    assert.deepEqual(await aliveOf(webmail, held), DEAD);
    assert.equal(
      (await (await new Visitor(server, webmail).start()).password(person)).page.status,
      400,
    );
    await server.settle();
    assert.ok(await getPerson(server.store, id));
    server.clock.ahead += DELETED_AFTER;
    await server.settle();
    await server.settle();
    assert.equal(await server.store.get(personCollection, id), undefined);
  });

  it('in the middle of a sign-in gets no further', async () => {
    const person = await server.addPerson({}, { totp: true });
    const visitor = await (await new Visitor(server, webmail).start()).password(person);
    await remove(person);
    await visitor.totp(person);
    assert.equal(visitor.step, 'password');
  });
});

describe('the last administrator', () => {
  const administrator = () => server.addPerson({ role: 'administrator' }, { totp: true });
  const left = async () =>
    (await Array.fromAsync(listPeople(server.store))).filter(
      ({ role, active }) => role === 'administrator' && active,
    );

  it('can be neither removed nor moved to another organisation', async () => {
    const root = await administrator();
    await assert.rejects(remove(root), { code: 'last-administrator' });
    await byOperator(server).addOrganisation({ name: 'Beta', mfa: 'required' });
    const move = updatePerson(server.store, root.person.id, { organisation: 'beta' }, server.now());
    await assert.rejects(move, { code: 'last-administrator' });
    assert.equal((await getPerson(server.store, root.person.id))?.organisation, 'acme');
    const second = await administrator();
    await remove(root);
    await assert.rejects(remove(second), { code: 'last-administrator' });
    assert.equal((await left()).length, 1);
  });

  it('stays, when two are removed at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [a, b] = [await administrator(), await administrator()];
      for (const { id } of await left())
        if (id !== a.person.id && id !== b.person.id) await disablePerson(server.store, id);
      const ends = await Promise.allSettled([remove(a), remove(b)]);
      const refused = ends.filter(({ status }) => status === 'rejected').length;
      assert.ok((await left()).length >= 1, `round ${round}`);
      assert.equal(refused, (await left()).length, 'who is still there was told so');
    }
  });
});
