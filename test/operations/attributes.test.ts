/** What apps are told of a person: the administrator's to set, but for language and zone. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  changeAttributes,
  changeAttributesInput,
} from '../../src/operations/attributes/change-attributes.ts';
import { startRevocationCleanUp } from '../../src/operations/installation/revocation-clean-up.ts';
import { removePerson } from '../../src/operations/people/remove-person.ts';
import type { MessageCarrier } from '../../src/outbox/message.ts';
import { attributeOf, getProfile, profileCollection } from '../../src/records/profile.ts';
import { personCollection } from '../../src/records/person.ts';
import { valueOf, type Result } from '../../src/result.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { NO_RELAY } from '../support/operator.ts';
import { aPerson } from '../support/people.ts';
import { doBetween } from '../support/watched-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const own = performedBy('organisation-administrator', NOW);
let fresh: FreshStore;
let person: string;
let count = 0;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
beforeEach(async () => {
  person = `person${(count += 1)}`;
  await fresh.store.insert(personCollection, person, aPerson({ id: person, login: person }));
});
after(() => fresh.close());

type Given = Parameters<typeof changeAttributes>[3];
const change = (given: Given, by = own, id = person, store = fresh.store) =>
  changeAttributes({ store, relay: NO_RELAY }, by, id, given);
const codeOf = (result: Result<unknown>): string => (result.ok ? 'done' : result.problem.code);
const eventsOf = ({ postings = [] }: MessageCarrier) =>
  postings.flatMap((one) => ('event' in one ? [one.event] : []));

describe('attributes of a person', () => {
  it('are changed in one write, whose event has their names and no values', async () => {
    const given = {
      department: 'Sales',
      phone: '+44 20 7946 0000',
      level: 3,
      teams: ['a', 'b'],
      vip: true,
    };
    const writes = await writesOf(fresh.store, async () => {
      const { changed } = valueOf(await change(given));
      assert.deepEqual(changed['teams'], 'none → ["a","b"]');
    });
    assert.deepEqual(writes, ['update profile']);
    const profile = await getProfile(fresh.store, person);
    assert.deepEqual(
      [profile.department, profile.phone, profile.attributes, profile.updatedAt],
      ['Sales', '+44 20 7946 0000', { level: 3, teams: ['a', 'b'], vip: true }, NOW],
    );
    const [event] = eventsOf(profile);
    assert.deepEqual(
      [event?.type, event?.person, event?.organisation, event?.details],
      ['person.changed', person, 'acme', { attributes: 'department, phone, level, teams, vip' }],
    );
    assert.ok(!JSON.stringify(event).includes('7946'));
    assert.deepEqual(await writesOf(fresh.store, () => change(given)), []);
    valueOf(await change({ department: null, vip: null }));
    const left = await getProfile(fresh.store, person);
    assert.deepEqual([left.department, left.attributes], [null, { level: 3, teams: ['a', 'b'] }]);
  });

  it('of somebody who has none are empty, and no name finds what every object has', async () => {
    const profile = await getProfile(fresh.store, person);
    assert.deepEqual([profile.attributes, profile.updatedAt], [{}, null]);
    for (const name of ['constructor', '__proto__', 'toString', 'postings', 'updatedAt'])
      assert.equal(attributeOf(profile, name), undefined, name);
    valueOf(await change({ constructor: 'x' }));
    assert.equal(attributeOf(await getProfile(fresh.store, person), 'constructor'), 'x');
  });

  it('can be what apps can be told, and no more', async () => {
    const many = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`a${i}`, 'x']));
    const refused: [Given, string][] = [
      [{ locale: 'en' }, 'attribute-own'],
      [{ zone: null }, 'attribute-own'],
      [{ Upper: 'x' }, 'attribute-name'],
      [{ ['a'.repeat(41)]: 'x' }, 'attribute-name'],
      [{ '1a': 'x' }, 'attribute-name'],
      [{ department: 'x'.repeat(101) }, 'attribute-text'],
      [{ department: 3 }, 'attribute-text'],
      [{ given_name: 'a\u202eb' }, 'attribute-text'],
      [{ phone: 'mine' }, 'attribute-phone'],
      [{ own: 'line\nline' }, 'attribute-value'],
      [{ own: ['a', 'b\u0000'] }, 'attribute-value'],
      [{ own: Infinity }, 'attribute-value'],
      [many(51), 'attribute-limit'],
      [{ own: 'ä'.repeat(4100) }, 'attributes-long'],
    ];
    for (const [given, code] of refused) assert.equal(codeOf(await change(given)), code, code);
    assert.equal((await getProfile(fresh.store, person)).updatedAt, null);
    assert.equal(codeOf(await change(many(50))), 'done');
    assert.equal(codeOf(await change({ one: 'more' })), 'attribute-limit');
    assert.equal(codeOf(await change({ one: 'more', a0: null, department: 'x' })), 'done');
    assert.equal(codeOf(await change({ a1: 'x'.repeat(8000) })), 'attributes-long');
    for (const odd of [{ own: { $ne: null } }, { own: [1] }, { own: 'x'.repeat(10_000_000) }, 'x'])
      assert.ok(!changeAttributesInput.safeParse(odd).success);
  });

  it('are set by whoever administers the person, and by nobody else', async () => {
    const given = { department: 'x' };
    for (const role of ['helpdesk', 'auditor', 'member'] as const)
      assert.equal(codeOf(await change(given, performedBy(role, NOW))), 'not-allowed');
    assert.equal(codeOf(await change(given, { ...own, fresh: false })), 'fresh-factor-needed');
    assert.equal(codeOf(await change(given, own, 'administrator')), 'not-allowed');
    await fresh.store.put(
      personCollection,
      person,
      aPerson({ id: person, organisation: 'globex' }),
    );
    for (const id of [person, 'nobody'])
      assert.equal(codeOf(await change(given, own, id)), 'not-found');
    const self = { ...own, actor: { kind: 'self', id: person } } as const;
    assert.equal(codeOf(await change(given, self)), 'not-allowed');
    assert.equal(await fresh.store.get(profileCollection, person), undefined);
  });

  it('keep what two change at the same time', async () => {
    await Promise.all([change({ one: 1 }), change({ two: 2 }), change({ department: 'x' })]);
    const { attributes, department } = await getProfile(fresh.store, person);
    assert.deepEqual([attributes, department], [{ one: 1, two: 2 }, 'x']);
  });

  it('go with the person, also where they are changed at that moment', async () => {
    valueOf(await change({ phone: '+44 20 7946 0000' }));
    const { store, vault, clock } = fresh;
    const admin = performedBy('administrator', NOW);
    const forget = async (): Promise<void> => {
      valueOf(await removePerson({ store, relay: NO_RELAY }, admin, person));
      const parts = { store, vault, relay: NO_RELAY as never, now: () => clock.now };
      const cleanUp = startRevocationCleanUp({
        ...parts,
        log: { error: assert.fail, warn: assert.fail } as never,
      });
      await cleanUp.settle();
      await cleanUp.close();
    };
    await forget();
    const left = await store.get(profileCollection, person);
    assert.ok(left?.gone, 'its event is still to be moved');
    assert.ok(!JSON.stringify(left).includes('7946'));

    await store.insert(personCollection, 'late', aPerson({ id: 'late', login: 'late' }));
    person = 'late';
    const between = doBetween(store, 'get person late', forget);
    assert.equal(
      codeOf(await change({ phone: '+44 20 7946 0000' }, own, person, between)),
      'not-found',
    );
    assert.equal(await store.get(profileCollection, person), undefined);
  });
});
