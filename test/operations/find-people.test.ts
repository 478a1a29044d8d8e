/** Lists of people: what they show follows people's own documents, and what they find is theirs to see who ask. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import type { Performed } from '../../src/audit/performed.ts';
import { newEvent } from '../../src/audit/event.ts';
import { changeAttributes } from '../../src/operations/attributes/change-attributes.ts';
import { addGroup, addGroupInput } from '../../src/operations/groups/add-group.ts';
import { addPerson } from '../../src/operations/people/add-person.ts';
import { deletePerson } from '../../src/operations/people/delete-person.ts';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { findPeople, type PeoplePage } from '../../src/operations/people/list/find-people.ts';
import { listEarlierPeople } from '../../src/operations/people/list/list-earlier-people.ts';
import { peopleQuery, type PeopleQuery } from '../../src/operations/people/list/people-query.ts';
import { removePerson } from '../../src/operations/people/remove-person.ts';
import { updatePerson } from '../../src/operations/people/update-person.ts';
import { createRelay } from '../../src/outbox/relay.ts';
import {
  derivationCollection,
  personEntryCollection,
} from '../../src/records/lists/person-entry.ts';
import { changePerson, findPerson } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { eventHandler, MESSAGE_CARRIERS, messageHandlers } from '../../src/server/outbox.ts';
import { attemptsCollection, totpCounter } from '../../src/throttling/attempts.ts';
import type { Store } from '../../src/storage/store.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { NO_NOTICES, NO_RELAY } from '../support/operator.ts';
import { addStaff, performedBy } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const DAY = 86_400_000;
const admin = performedBy('administrator', NOW);
const own = performedBy('organisation-administrator', NOW);
const operator: Performed = { ...admin, actor: { kind: 'operator', id: null } };

let fresh: FreshStore;
let follow: () => Promise<unknown>;
let record: ReturnType<typeof createRelay>['record'];
const parts = (store: Store = fresh.store) => ({
  store,
  vault: fresh.vault,
  relay: NO_RELAY,
  notices: NO_NOTICES,
});
const find = async (query: PeopleQuery, by = admin, store = fresh.store): Promise<PeoplePage> =>
  valueOf(await findPeople(parts(store), by, peopleQuery.parse(query)));
const logins = async (query: PeopleQuery, by = admin): Promise<string> =>
  (await find(query, by)).people.map(({ login }) => login).join(' ');

/** The ids by login. */
const ids = new Map<string, string>();
async function add(
  name: string,
  organisation: string,
  login = name.split(' ')[0] ?? '',
): Promise<void> {
  const email = `${login}@mail.${organisation}.test`.toLowerCase();
  const added = await addPerson(parts(), operator, { name, login, email, organisation });
  ids.set(login, valueOf(added).id);
}
const id = (login: string): string => ids.get(login) ?? '';

before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
  const relay = createRelay({
    store: fresh.store,
    handlers: {
      ...messageHandlers(fresh.store, { order: () => Promise.resolve(true) }),
      ...eventHandler(fresh.config, fresh.store),
    },
    carriers: MESSAGE_CARRIERS,
    auditRetention: 1000,
    now: () => fresh.clock.now,
    log: pino({ level: 'silent' }),
  });
  follow = async () => relay.moveAll();
  record = relay.record;
  await add('Zoe Adams', 'acme');
  await add('zoltan Brown', 'acme');
  await add('Ann Zola', 'globex');
  await add('Bea Ångström', 'globex');
  await follow();
});
after(() => fresh.close());

describe('the list of people', () => {
  it('has everybody, by name, and says that it is not complete until earlier people are in it', async () => {
    const page = await find({});
    assert.equal(page.isComplete, false);
    await listEarlierPeople(fresh.store);
    const { people, next, previous, isComplete } = await find({});
    assert.deepEqual([next, previous, isComplete], [undefined, undefined, true]);
    assert.match(
      people.map(({ login }) => login).join(' '),
      /^administrator Ann auditor Bea .*Zoe zoltan$/u,
    );
  });

  it('is searched by the start of name, family name, login and address, in that order, and by id', async () => {
    assert.equal(await logins({ q: ' ZO' }), 'Zoe zoltan Ann');
    assert.equal(await logins({ q: 'Brown' }), 'zoltan');
    assert.equal(await logins({ q: 'bea@mail.GLOBEX' }), 'Bea');
    assert.equal(await logins({ q: id('Zoe') }), 'Zoe');
    assert.equal(await logins({ q: '{"$ne":null}' }), '');
    assert.equal(await logins({ q: 'e' }), '', 'nothing in the middle');
  });

  it('goes on and back by its cursors, in every order', async () => {
    for (const query of [{}, { sort: '-login' }, { q: 'zo' }, { organisation: 'acme' }] as const) {
      const all = (await find(query)).people.map(({ login }) => login);
      const seen: string[] = [];
      let page = await find({ ...query, limit: 1 });
      for (;;) {
        seen.push(...page.people.map(({ login }) => login));
        if (page.next === undefined) break;
        page = await find({ ...query, limit: 1, after: page.next });
      }
      assert.deepEqual(seen, all);
      const back: string[] = [];
      while (page.previous !== undefined) {
        page = await find({ ...query, limit: 1, before: page.previous });
        back.unshift(...page.people.map(({ login }) => login));
      }
      assert.deepEqual([...back, all.at(-1)], all);
    }
  });

  it('begins anew with the cursor of another list or of nobody', async () => {
    const { next } = await find({ limit: 1 });
    assert.ok(next);
    const first = await logins({ limit: 1 });
    assert.notEqual(await logins({ limit: 1, after: next }), first);
    for (const after of ['x', '', next.slice(1)])
      assert.equal(await logins({ limit: 1, after }), first);
    assert.equal(await logins({ limit: 1, after: next, organisation: 'globex' }), 'Ann');
    // A place in a list has the id of whoever is there.
    const plain = [next, Buffer.from(next, 'base64url').toString('latin1')].join(' ');
    assert.ok(!plain.includes(id('Ann')), 'nobody reads it');
  });

  it('shows an organisation’s staff its own people alone', async () => {
    for (const query of [{}, { q: 'zo' }, { organisation: 'acme' }, { sort: 'email' }] as const)
      for (const { organisation } of (await find(query, own)).people)
        assert.equal(organisation, 'acme');
    assert.equal(await logins({ q: 'zo' }, own), 'Zoe zoltan');
    assert.equal(await logins({ q: id('Ann') }, own), '');
    const refused = await findPeople(parts(), own, { organisation: 'globex' });
    assert.equal(!refused.ok && refused.problem.code, 'not-found');
    const nobody = await findPeople(parts(), performedBy('member', NOW), {});
    assert.equal(!nobody.ok && nobody.problem.code, 'not-allowed');
    const unknown = await findPeople(parts(), admin, { organisation: 'nowhere' });
    assert.equal(!unknown.ok && unknown.problem.code, 'organisation-unknown');
  });

  it('of a group is in the order of logins, and only of a group that is theirs', async () => {
    const input = addGroupInput.parse({ organisation: 'acme', name: 'Staff' });
    const group = valueOf(await addGroup(parts(), admin, input)).id;
    for (const login of ['zoltan', 'Zoe'])
      valueOf(await updatePerson(parts(), admin, id(login), { addGroups: [group] }));
    await follow();
    assert.equal(await logins({ group }), 'Zoe zoltan');
    assert.equal(await logins({ group, q: 'brown' }, own), 'zoltan');
    assert.equal(await logins({ group, q: id('zoltan') }), 'zoltan');
    assert.equal(await logins({ group, q: id('Ann') }), '', 'not in it');
    assert.equal(await logins({ locked: true, q: id('Ann') }), '', 'not locked');
    const away = addGroupInput.parse({ organisation: 'globex', name: 'Away' });
    const elsewhere = valueOf(await addGroup(parts(), admin, away)).id;
    const refused = await findPeople(parts(), own, { group: elsewhere });
    assert.equal(!refused.ok && refused.problem.code, 'not-found');
  });
});

describe('what the list knows of somebody', () => {
  it('follows names, profile, duties and factors', async () => {
    const person = id('Bea');
    valueOf(await updatePerson(parts(), admin, person, { name: 'Cleo Byte', role: 'auditor' }));
    valueOf(await changeAttributes(parts(), admin, person, { family_name: 'Øst' }));
    await follow();
    assert.equal(await logins({ q: 'øst' }), 'Bea');
    assert.equal(await logins({ role: 'auditor', organisation: 'globex' }), 'Bea');
    assert.equal(
      await logins({ state: 'overdue', organisation: 'globex', role: 'auditor' }),
      'Bea',
    );
    await changePerson(fresh.store, person, () => ({
      set: { authenticators: [{ id: 'a', secret: 's', createdAt: NOW }] },
      result: undefined,
    }));
    await follow();
    const [{ state, requiredFrom, factors } = {}] = (await find({ q: 'Cleo' })).people;
    assert.deepEqual([state, requiredFrom, factors], ['strong', 0, ['totp']]);
    assert.equal(await logins({ state: 'overdue', q: 'Cleo' }), '');
  });

  it('tells a second factor that is due later from one that is overdue', async () => {
    const later = { mfa: 'required', mfaFrom: NOW + DAY } as const;
    valueOf(await updatePerson(parts(), admin, id('Zoe'), later));
    await follow();
    const organisation = 'acme';
    const requiredAt = await findPerson(fresh.store, 'Zoe');
    assert.equal(requiredAt?.mfa, 'required');
    const grace = (await find({ state: 'grace', organisation })).people;
    const overdue = (await find({ state: 'overdue', organisation })).people;
    const none = (await find({ state: 'none', organisation })).people;
    assert.ok(grace.length + overdue.length <= none.length);
    for (const { requiredFrom } of grace) assert.ok((requiredFrom ?? 0) > NOW);
    for (const { requiredFrom } of overdue) assert.ok((requiredFrom ?? Infinity) <= NOW);
  });

  it('is the day of the last sign-in, once a day', async () => {
    const person = { id: id('zoltan'), organisation: 'acme' };
    assert.match(await logins({ neverSignedIn: true }), /zoltan/u);
    const origin = { client: null, address: null, userAgent: null };
    for (const at of [NOW + DAY, NOW, NOW + DAY + 1])
      await record(newEvent({ type: 'sign-in.completed', at, origin, person }));
    assert.doesNotMatch(await logins({ neverSignedIn: true }), /zoltan/u);
    const [{ lastSignIn } = {}] = (await find({ q: 'zoltan' })).people;
    assert.equal(lastSignIn, '2096-10-03');
  });

  it('is who is disabled, and who is being deleted; whoever is removed is gone from it', async () => {
    valueOf(await disablePerson(parts(), admin, id('Zoe')));
    const dueAt = valueOf(await deletePerson(parts(), admin, id('zoltan')));
    await follow();
    const { people } = await find({ disabled: true });
    assert.deepEqual(
      people.map(({ login, removedAt }) => [login, removedAt]),
      [
        ['Zoe', null],
        ['zoltan', dueAt],
      ],
    );
    valueOf(await removePerson(parts(), admin, id('zoltan')));
    await follow();
    assert.equal(await logins({ disabled: true }), 'Zoe');
  });

  it('is whose codes are suspended', async () => {
    assert.equal(await logins({ locked: true }), '');
    const whose = { person: id('Zoe'), known: undefined };
    const suspended = { failures: 50, waitUntil: 0, told: true, owner: id('Zoe') };
    await fresh.store.put(attemptsCollection, totpCounter(whose), suspended);
    await fresh.store.put(attemptsCollection, `${totpCounter(whose)}:known`, suspended);
    assert.equal(await logins({ locked: true }), 'Zoe');
    assert.equal(await logins({ locked: true, organisation: 'globex' }), '');
  });
});

describe('people of before', () => {
  it('are put into the list step by step, from where it was broken off, with their last sign-in', async () => {
    const { store } = fresh;
    const before = (await find({ limit: 200 })).people;
    for (const { person } of before) await store.delete(personEntryCollection, person);
    await store.delete(derivationCollection, personEntryCollection.name);
    assert.deepEqual((await find({})).people, []);
    await store.put(derivationCollection, personEntryCollection.name, {
      isComplete: false,
      after: 'of another engine',
    });
    await listEarlierPeople(store, () => Promise.resolve(true));
    await listEarlierPeople(store);
    const { people, isComplete } = await find({ limit: 200 });
    assert.deepEqual([people, isComplete], [before, true]);
  });
});
