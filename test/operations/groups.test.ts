/** Groups and who is in them, below every door. What the lists say follows people's own documents. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { tagOf } from '../../src/operations/as-seen.ts';
import { addGroup, addGroupInput } from '../../src/operations/groups/add-group.ts';
import { changeGroup } from '../../src/operations/groups/change-group.ts';
import { deriveMemberships } from '../../src/operations/groups/derive-memberships.ts';
import { dissolveGroups } from '../../src/operations/groups/dissolve-groups.ts';
import { listMembers } from '../../src/operations/groups/list-members.ts';
import { MOST_GROUPS } from '../../src/operations/groups/person-groups.ts';
import { removeGroup } from '../../src/operations/groups/remove-group.ts';
import { addOrganisation } from '../../src/operations/organisations/add-organisation.ts';
import { removeOrganisation } from '../../src/operations/organisations/remove-organisation.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { addPerson, type NewPerson } from '../../src/operations/people/add-person.ts';
import { removePerson } from '../../src/operations/people/remove-person.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { createGroupNames } from '../../src/oidc/claims/group-names.ts';
import { createRelay } from '../../src/outbox/relay.ts';
import {
  getGroup,
  groupCollection,
  groupNameCollection,
  groupNamed,
  listGroups,
  type Group,
} from '../../src/records/group.ts';
import { membershipCollection } from '../../src/records/membership.ts';
import { changePerson, getPerson, personCollection } from '../../src/records/person.ts';
import { valueOf, type Result } from '../../src/result.ts';
import { MESSAGE_CARRIERS, messageHandlers } from '../../src/server/outbox.ts';
import type { Store } from '../../src/storage/store.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { NO_NOTICES, NO_RELAY } from '../support/operator.ts';
import { countWrites, doBetween } from '../support/watched-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const admin = performedBy('administrator', NOW);
const own = performedBy('organisation-administrator', NOW);
const operator: Performed = { ...admin, actor: { kind: 'operator', id: null } };

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
  const domains = { domains: ['acme.test'] };
  valueOf(await changeOrganisation(parts(), admin, 'acme', domains));
});
after(() => fresh.close());

const codeOf = (result: Result<unknown>): string => (result.ok ? 'done' : result.problem.code);
const parts = (store: Store = fresh.store) => ({ store, relay: NO_RELAY, notices: NO_NOTICES });

let count = 0;
const newName = (): string => `group ${(count += 1)}`;
async function add(organisation = 'acme', name = newName(), by = admin): Promise<Group> {
  return valueOf(await addGroup(parts(), by, addGroupInput.parse({ organisation, name })));
}
async function somebody(fields: Partial<NewPerson> = {}): Promise<string> {
  const login = `p${(count += 1)}`;
  const names = { login, name: login, email: `${login}@acme.test` };
  const input = { organisation: 'acme', ...names, ...fields };
  return valueOf(await addPerson(parts(), admin, input)).id;
}
const update = (id: string, input: PersonUpdate, by = admin, store = fresh.store) =>
  updatePerson(parts(store), by, id, input);
const groupsOf = async (id: string) => (await getPerson(fresh.store, id))?.groups;

async function move(store = fresh.store, logged: unknown[] = []): Promise<void> {
  const relay = createRelay({
    store,
    handlers: messageHandlers(store, { order: () => assert.fail() }),
    carriers: MESSAGE_CARRIERS,
    auditRetention: 60,
    now: () => fresh.clock.now,
    log: { error: (what: unknown) => logged.push(what) } as never,
  });
  await relay.moveAll();
  await relay.close();
}
/** Logins that the list has, whatever people's own documents say. */
async function listed(group: string): Promise<string[]> {
  const { items } = await fresh.store.find(membershipCollection, {
    index: 'group',
    from: `${group} `,
    below: `${group}!`,
  });
  return items.map(({ value }) => value.login);
}
const eventOf = async (id: string) => {
  const carrier =
    (await fresh.store.get(groupCollection, id)) ?? (await fresh.store.get(personCollection, id));
  return carrier?.postings?.flatMap((one) => ('event' in one ? [one.event] : [])).at(-1);
};

describe('a group is added', () => {
  it('in two writes, its name and the group with its event, by whoever administers its organisation', async () => {
    let group: Group | undefined;
    const writes = await writesOf(fresh.store, async () => {
      group = await add('acme', ' IT  staff ', own);
    });
    assert.deepEqual(writes, ['update group_name', 'insert group']);
    assert.ok(group);
    const { id, organisation, name, description, createdAt } = group;
    assert.deepEqual([organisation, name, description, createdAt], ['acme', 'IT  staff', '', NOW]);
    const event = await eventOf(id);
    assert.deepEqual(
      [event?.type, event?.organisation, event?.details],
      ['group.added', 'acme', { name: 'IT  staff' }],
    );
    assert.equal((await groupNamed(fresh.store, 'acme/it STAFF')).id, id);
  });

  it('under a name that is unique in its organisation, and that a name can be', async () => {
    const name = newName();
    await add('acme', name);
    await add('globex', name);
    const tried: [string, string][] = [
      [name.toUpperCase(), 'group-taken'],
      [`${name}\u200b`, 'group-taken'],
      ['', 'group-name-format'],
      ['a/b', 'group-name-format'],
      ['a\u202eb', 'group-name-format'],
      ['x'.repeat(101), 'group-name-format'],
      // Eighteen letters once it is folded.
      ['\ufdfa'.repeat(10), 'group-name-format'],
      ['\u2060', 'group-name-format'],
    ];
    for (const [other, code] of tried) {
      const input = addGroupInput.parse({ organisation: 'acme', name: other });
      assert.equal(codeOf(await addGroup(parts(), admin, input)), code, other);
    }
    const long = addGroupInput.parse({
      organisation: 'acme',
      name: 'x',
      description: 'y'.repeat(501),
    });
    assert.equal(codeOf(await addGroup(parts(), admin, long)), 'group-description-format');
    const nowhere = addGroupInput.parse({ organisation: 'nowhere', name: 'x' });
    assert.equal(codeOf(await addGroup(parts(), admin, nowhere)), 'organisation-unknown');
    for (const id of [{ $ne: null }, null])
      assert.ok(!addGroupInput.safeParse({ organisation: id, name: 'x' }).success);
  });

  it('once, of twenty at the same time', async () => {
    const input = addGroupInput.parse({ organisation: 'acme', name: newName() });
    const tried = await Promise.all(
      Array.from({ length: 20 }, () => addGroup(parts(), admin, input)),
    );
    assert.deepEqual(tried.map(codeOf).toSorted(), ['done', ...Array(19).fill('group-taken')]);
  });

  it('by nobody of another organisation, who helps or looks, or whose factor is not fresh', async () => {
    const input = addGroupInput.parse({ organisation: 'globex', name: newName() });
    assert.equal(codeOf(await addGroup(parts(), own, input)), 'not-found');
    const here = { ...input, organisation: 'acme' };
    for (const role of ['helpdesk', 'auditor', 'member'] as const)
      assert.equal(codeOf(await addGroup(parts(), performedBy(role, NOW), here)), 'not-allowed');
    assert.equal(
      codeOf(await addGroup(parts(), { ...own, fresh: false }, here)),
      'fresh-factor-needed',
    );
  });

  it('again under a name that a crash has left behind, a minute later', async () => {
    const name = newName();
    const cut = doBetween(fresh.store, 'update group_name', () => {
      throw new Error('killed');
    });
    const input = addGroupInput.parse({ organisation: 'acme', name });
    await assert.rejects(addGroup(parts(cut), admin, input));
    assert.equal(codeOf(await addGroup(parts(), admin, input)), 'group-taken');
    const later = { ...admin, now: NOW + 60_000 };
    assert.equal(codeOf(await addGroup(parts(), later, input)), 'done');
  });
});

describe('a group is changed', () => {
  it('in one write besides the names; the old name is free, and nobody leaves', async () => {
    const group = await add();
    const person = await somebody({ groups: [group.id] });
    const name = newName();
    assert.equal(
      codeOf(await changeGroup(parts(), own, group.id, { name, description: 'x' })),
      'done',
    );
    assert.deepEqual((await eventOf(group.id))?.details, {
      name: `${group.name} → ${name}`,
      description: 'none → x',
      group: group.name,
    });
    assert.equal((await groupNamed(fresh.store, `acme/${name}`)).id, group.id);
    await assert.rejects(groupNamed(fresh.store, `acme/${group.name}`), { code: 'group-unknown' });
    assert.deepEqual(await groupsOf(person), [group.id]);
    await add('acme', group.name);
    assert.deepEqual(
      await writesOf(fresh.store, () => changeGroup(parts(), own, group.id, { name })),
      [],
    );
  });

  it('to a name that is taken by nobody, or not at all; of two at once one wins', async () => {
    const [one, other] = [await add(), await add()];
    const fields = ['name', 'description'];
    const seen = { fields, tag: tagOf({ ...one, description: 'something else' }, fields) };
    const late = changeGroup(parts(), admin, one.id, { description: 'x' }, seen);
    assert.equal(codeOf(await late), 'changed-meanwhile');
    const taken = await changeGroup(parts(), admin, one.id, { name: other.name });
    assert.equal(codeOf(taken), 'group-taken');
    const [first, second] = [newName(), newName()];
    const tried = await Promise.all(
      [first, second].map((name) => changeGroup(parts(), admin, one.id, { name })),
    );
    assert.deepEqual(tried.map(codeOf).toSorted(), ['changed-meanwhile', 'done']);
    const { name = '' } = (await getGroup(fresh.store, one.id)) ?? {};
    // The other name was given back at once.
    await add('acme', name === first ? second : first);
  });

  it('back to the name it had, while its old name is being given up', async () => {
    const group = await add();
    const back = doBetween(fresh.store, 'update group ', async () => {
      valueOf(await changeGroup(parts(), admin, group.id, { name: group.name }));
    });
    assert.equal(
      codeOf(await changeGroup(parts(back), admin, group.id, { name: newName() })),
      'done',
    );
    assert.equal((await groupNamed(fresh.store, `acme/${group.name}`)).id, group.id);
    const again = addGroupInput.parse({ organisation: 'acme', name: group.name });
    assert.equal(codeOf(await addGroup(parts(), admin, again)), 'group-taken');
  });

  it('by nobody of another organisation, who does not learn whether it is there', async () => {
    const theirs = await add('globex');
    for (const id of [theirs.id, 'nothing']) {
      assert.equal(codeOf(await changeGroup(parts(), own, id, { description: 'x' })), 'not-found');
      assert.equal(codeOf(await removeGroup(parts(), own, id)), 'not-found');
      assert.equal(codeOf(await listMembers(fresh, own, id)), 'not-found');
    }
    const member = performedBy('member', NOW);
    assert.equal(codeOf(await removeGroup(parts(), member, 'nothing')), 'not-allowed');
    assert.equal(codeOf(await removeGroup(parts(), operator, 'nothing')), 'group-unknown');
  });
});

describe('a person', () => {
  let [sales, staff]: Group[] = [];
  let person: string;
  beforeEach(async () => {
    [sales, staff] = [await add(), await add()];
    person = await somebody();
    await move();
  });

  it('is put into groups and taken out, in one write with the event, and the lists follow', async () => {
    assert.ok(sales && staff);
    const given = { addGroups: [sales.id, staff.id] };
    const writes = await writesOf(fresh.store, () => update(person, given, own));
    assert.deepEqual(writes, ['update person']);
    assert.deepEqual(await groupsOf(person), [sales.id, staff.id]);
    assert.deepEqual((await eventOf(person))?.details, {
      groups: `+${sales.name}, +${staff.name}`,
    });
    assert.deepEqual(await listed(sales.id), [], 'not yet');
    await move();
    assert.equal((await listed(sales.id)).length, 1);
    assert.deepEqual(await writesOf(fresh.store, () => update(person, given, own)), []);

    const left = await update(person, { removeGroups: [sales.id] }, own);
    assert.deepEqual(left.ok && left.value, { groups: `-${sales.name}` });
    await move();
    assert.deepEqual([await listed(sales.id), (await listed(staff.id)).length], [[], 1]);
  });

  it('keeps what two give at the same time', async () => {
    assert.ok(sales && staff);
    const both = [sales.id, staff.id];
    const tried = await Promise.all(both.map((id) => update(person, { addGroups: [id] })));
    assert.deepEqual(tried.map(codeOf), ['done', 'done']);
    assert.deepEqual((await groupsOf(person))?.toSorted(), both.toSorted());
    await Promise.all([move(), move()]);
    for (const id of both) assert.equal((await listed(id)).length, 1);
  });

  it('is in the end where the document says, whoever followed an older one, and in whatever order', async () => {
    assert.ok(sales);
    const { id } = sales;
    await update(person, { addGroups: [id] });
    // Somebody follows the document as it is now, and is overtaken between reading and writing.
    const overtaken = doBetween(fresh.store, `get person ${person}`, async () => {
      await update(person, { removeGroups: [id] });
      await move();
    });
    await deriveMemberships(overtaken, { person, groups: [id] });
    assert.deepEqual(await listed(id), []);
    const again = doBetween(fresh.store, `get person ${person}`, async () => {
      await update(person, { addGroups: [id] });
      await move();
    });
    await deriveMemberships(again, { person, groups: [id] });
    assert.equal((await listed(id)).length, 1);
    // An old message, delivered once more after a crash.
    await deriveMemberships(fresh.store, { person, groups: [id] });
    assert.equal((await listed(id)).length, 1);
  });

  it('whose change was cut off before the lists were followed is found again', async () => {
    assert.ok(sales);
    await update(person, { addGroups: [sales.id] });
    const logged: unknown[] = [];
    await move(
      doBetween(fresh.store, 'update membership', () => {
        throw new Error('killed');
      }),
      logged,
    );
    assert.equal(logged.length, 1);
    await move();
    assert.equal((await listed(sales.id)).length, 1);
    assert.equal((await fresh.store.get(personCollection, person))?.postings, undefined);
  });

  it('with another login name is listed by it', async () => {
    assert.ok(sales && staff);
    await update(person, { addGroups: [sales.id, staff.id] });
    await move();
    await update(person, { login: `Zoe${count}` });
    await move();
    for (const { id } of [sales, staff]) assert.deepEqual(await listed(id), [`zoe${count}`]);
  });

  it('who moves leaves the groups of the old organisation, and can be given ones of the new', async () => {
    assert.ok(sales);
    const there = await add('globex');
    await update(person, { addGroups: [sales.id] });
    const wrong = await update(person, { organisation: 'globex', addGroups: [sales.id] });
    assert.equal(codeOf(wrong), 'group-elsewhere');
    const moved = await update(person, { organisation: 'globex', addGroups: [there.id] });
    assert.deepEqual(moved.ok && moved.value, {
      organisation: 'acme → globex',
      groups: `+${there.name}, -${sales.name}`,
    });
    // The event is for those whom the person leaves.
    const event = await eventOf(person);
    assert.deepEqual(
      [event?.organisation, event?.details?.['groups']],
      ['acme', `+${there.id}, -${sales.name}`],
    );
    assert.deepEqual(await groupsOf(person), [there.id]);
    await move();
    assert.deepEqual([await listed(sales.id), (await listed(there.id)).length], [[], 1]);
  });

  it('is in no group of another organisation, and whoever administers one learns nothing of those', async () => {
    const theirs = await add('globex');
    const given = { addGroups: [theirs.id] };
    assert.equal(codeOf(await update(person, given, operator)), 'group-elsewhere');
    assert.equal(codeOf(await update(person, given, own)), 'not-found');
    assert.equal(
      codeOf(await update(person, { addGroups: ['nothing'] }, operator)),
      'group-unknown',
    );
    const input = { organisation: 'acme', login: 'x', email: 'x@acme.test', name: 'x' };
    const tried = await addPerson(parts(), own, { ...input, groups: [theirs.id] });
    assert.equal(codeOf(tried), 'not-found');
    assert.deepEqual(await groupsOf(person), []);
  });

  it('is put into groups by whoever administers them, and by nobody else', async () => {
    assert.ok(sales);
    const given = { addGroups: [sales.id] };
    for (const role of ['helpdesk', 'auditor', 'member'] as const)
      assert.equal(codeOf(await update(person, given, performedBy(role, NOW))), 'not-allowed');
    assert.equal(
      codeOf(await update(person, given, { ...own, fresh: false })),
      'fresh-factor-needed',
    );
    assert.equal(codeOf(await update('administrator', given, own)), 'not-allowed', 'not upwards');
    const program: Performed = { ...own, actor: { kind: 'api-client', id: 'x' } };
    assert.equal(codeOf(await update(person, given, program)), 'not-allowed');
  });

  it('is in two hundred at most; ids of no group do not count, and go with the next change', async () => {
    assert.ok(sales && staff);
    const all = await Promise.all(Array.from({ length: MOST_GROUPS }, () => add()));
    const ids = all.map(({ id }) => id);
    assert.equal(codeOf(await update(person, { addGroups: ids })), 'done');
    assert.equal(codeOf(await update(person, { addGroups: [sales.id] })), 'group-limit');
    assert.equal((await groupsOf(person))?.length, MOST_GROUPS);
    valueOf(await removeGroup(parts(), admin, ids[0] ?? ''));
    assert.equal(codeOf(await update(person, { addGroups: [sales.id] })), 'done');
    assert.deepEqual(await groupsOf(person), [...ids.slice(1), sales.id]);
    const swap = { addGroups: [staff.id], removeGroups: [sales.id] };
    assert.equal(codeOf(await update(person, swap)), 'done');
  });

  it('who is removed is in no list', async () => {
    assert.ok(sales);
    await update(person, { addGroups: [sales.id] });
    await move();
    valueOf(await removePerson(parts(), admin, person));
    const page = valueOf(await listMembers(fresh, admin, sales.id));
    assert.deepEqual(page.people, []);
    await move();
    assert.deepEqual(await listed(sales.id), []);
  });

  it('of an older version has no groups', async () => {
    const { groups: _, ...old } = (await fresh.store.get(personCollection, person)) ?? {};
    await fresh.store.put(personCollection, person, old as never);
    assert.deepEqual(await groupsOf(person), []);
    await changePerson(fresh.store, person, () => ({ set: { readsIn: 'en' }, result: undefined }));
    assert.equal((await fresh.store.get(personCollection, person))?.postings, undefined);
  });
});

describe('the people of a group', () => {
  it('come page by page, by their login names, and only those who are in it', async () => {
    const group = await add();
    const people: string[] = [];
    for (let i = 0; i < 5; i += 1) people.push(await somebody({ groups: [group.id] }));
    await move();
    const [gone = ''] = people;
    await update(gone, { removeGroups: [group.id] });
    const first = valueOf(
      await listMembers(fresh, performedBy('helpdesk', NOW), group.id, { limit: 3 }),
    );
    assert.deepEqual(
      first.people.map(({ id }) => id),
      people.slice(1, 3),
      'who has left is not shown',
    );
    const { next: after } = first;
    const last = valueOf(await listMembers(fresh, own, group.id, { after, limit: 3 }));
    assert.deepEqual(
      last.people.map(({ id }) => id),
      people.slice(3),
    );
    assert.equal(last.next, undefined);
    const member = performedBy('member', NOW);
    assert.equal(codeOf(await listMembers(fresh, member, group.id)), 'not-allowed');
  });
});

describe('a group is removed', () => {
  it('at once; ids of it count for nothing, and go at leisure, also where that is cut off', async () => {
    const group = await add();
    const people = [await somebody({ groups: [group.id] }), await somebody({ groups: [group.id] })];
    await move();
    const writes = await writesOf(fresh.store, async () =>
      valueOf(await removeGroup(parts(), own, group.id)),
    );
    assert.deepEqual(writes, ['update group', 'update group_name']);
    const event = await eventOf(group.id);
    assert.deepEqual([event?.type, event?.details], ['group.removed', { name: group.name }]);
    assert.equal(await getGroup(fresh.store, group.id), undefined);
    assert.deepEqual(await createGroupNames(fresh.store, () => NOW).of([group.id]), []);
    await move();
    assert.ok(await fresh.store.get(groupCollection, group.id), 'until nobody has its id');

    const cut = doBetween(fresh.store, 'update person', () => {
      throw new Error('killed');
    });
    await assert.rejects(dissolveGroups({ store: cut, relay: NO_RELAY }, NOW));
    await dissolveGroups({ store: fresh.store, relay: NO_RELAY }, NOW);
    for (const id of people) assert.deepEqual(await groupsOf(id), []);
    assert.deepEqual(await listed(group.id), []);
    assert.equal(await fresh.store.get(groupCollection, group.id), undefined);
    const again = await add('acme', group.name);
    assert.notEqual(again.id, group.id);
  });

  it('while it is being given: the id that came too late goes too', async () => {
    const group = await add();
    const person = await somebody();
    const late = doBetween(fresh.store, 'getMany group', async () => {
      valueOf(await removeGroup(parts(), admin, group.id));
      await dissolveGroups({ store: fresh.store, relay: NO_RELAY }, NOW);
    });
    assert.equal(codeOf(await update(person, { addGroups: [group.id] }, admin, late)), 'done');
    await move();
    assert.deepEqual(await groupsOf(person), []);
    assert.deepEqual(await listed(group.id), []);
  });

  it('while a list follows somebody who is in it', async () => {
    const group = await add();
    const person = await somebody({ groups: [group.id] });
    const late = doBetween(fresh.store, 'update membership', async () => {
      valueOf(await removeGroup(parts(), admin, group.id));
    });
    await move(late);
    assert.deepEqual([await groupsOf(person), await listed(group.id)], [[], []]);
  });
});

describe('an organisation with groups', () => {
  it('is not removed; with none it is, and one of its id begins with none', async () => {
    const input = { id: 'zoo', name: 'Zoo', mfa: 'required' } as const;
    valueOf(await addOrganisation(fresh, admin, input));
    const group = await add('zoo', 'keepers');
    const refused = await removeOrganisation(fresh, admin, 'zoo');
    assert.equal(codeOf(refused), 'organisation-groups');
    valueOf(await removeGroup(parts(), admin, group.id));
    const between = doBetween(fresh.store, 'update organisation zoo', async () => {
      const late = addGroupInput.parse({ organisation: 'zoo', name: 'late' });
      assert.equal(codeOf(await addGroup(parts(), admin, late)), 'done');
    });
    // The first update only asks whether it is there.
    assert.equal(
      codeOf(await removeOrganisation({ store: between }, admin, 'zoo')),
      'organisation-groups',
    );
    valueOf(await removeGroup(parts(), admin, (await groupNamed(fresh.store, 'zoo/late')).id));
    assert.equal(codeOf(await removeOrganisation(fresh, admin, 'zoo')), 'done');
    valueOf(await addOrganisation(fresh, admin, input));
    for await (const left of listGroups(fresh.store, 'zoo')) assert.fail(left.name);
  });

  it('that is removed while one is added has none', async () => {
    valueOf(await addOrganisation(fresh, admin, { id: 'pop', name: 'Pop', mfa: 'required' }));
    const removed = doBetween(fresh.store, 'update group_name', async () => {
      valueOf(await removeOrganisation(fresh, admin, 'pop'));
    });
    const input = addGroupInput.parse({ organisation: 'pop', name: 'late' });
    assert.equal(codeOf(await addGroup(parts(removed), admin, input)), 'organisation-unknown');
    assert.equal(await fresh.store.get(groupNameCollection, 'pop late'), undefined);
    for await (const left of listGroups(fresh.store, 'pop')) assert.fail(left.name);
  });
});

describe('names of groups', () => {
  it('are read once in half a second, those that are not there too, and once for many at a time', async () => {
    const group = await add();
    const reads: string[] = [];
    const { store } = countReads(reads);
    const clock = { now: NOW };
    const names = createGroupNames(store, () => clock.now);
    const { id, organisation, name } = group;
    const asked = () => names.of([id, 'nothing', id]);
    const all = await Promise.all([asked(), asked()]);
    for (const found of all) assert.deepEqual(found, [{ id, organisation, name }]);
    await asked();
    assert.deepEqual(reads, [`getMany group ${id} nothing`]);
    valueOf(await changeGroup(parts(), admin, id, { name: newName() }));
    clock.now += 499;
    assert.equal((await asked())[0]?.name, name);
    clock.now += 1;
    assert.notEqual((await asked())[0]?.name, name);
  });

  it('are asked for again where the store did not answer', async () => {
    const group = await add();
    const cut = doBetween(fresh.store, 'getMany group', () => {
      throw new Error('cut off');
    });
    const names = createGroupNames(cut, () => NOW);
    await assert.rejects(names.of([group.id]));
    assert.equal((await names.of([group.id])).length, 1);
  });
});

function countReads(reads: string[]): { store: Store } {
  const getMany: Store['getMany'] = (kind, ids) => {
    reads.push(`getMany ${kind.name} ${ids.join(' ')}`);
    return fresh.store.getMany(kind, ids);
  };
  return { store: { ...countWrites(fresh.store).store, getMany } };
}
