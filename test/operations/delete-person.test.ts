/** Deleting with a week in which it can be taken back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DELETED_AFTER,
  deletePerson,
  keepPerson,
  removeDuePeople,
} from '../../src/operations/people/delete-person.ts';
import { updatePerson } from '../../src/operations/people/update-person.ts';
import { isActive } from '../../src/policy/assurance.ts';
import { disablePerson, endPeople } from '../../src/operations/people/disable-person.ts';
import { enablePerson } from '../../src/operations/people/enable-person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import { findPerson, getPerson } from '../../src/records/person.ts';
import { by, codeOf, eventsIn, NOW, useAdministration } from '../support/administration.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { countWrites } from '../support/watched-store.ts';

const at = useAdministration();
const operator = performedByOperator(NOW);
const lately = performedByOperator(NOW + 1000);

describe('deleting somebody', () => {
  it('once says when; a second time nothing is put off', async () => {
    const { id } = await at.somebody();
    const first = await deletePerson(at.parts(), operator, id);
    assert.deepEqual(first, { ok: true, value: NOW + DELETED_AFTER });
    const stored = await at.stored(id);
    assert.deepEqual(await deletePerson(at.parts(), lately, id), first);
    assert.deepEqual(await at.stored(id), stored);
  });

  it('is refused of the last administrator', async () => {
    const root = await findPerson(at.store, 'root');
    assert.equal(
      await codeOf(deletePerson(at.parts(), operator, root?.id ?? '')),
      'last-administrator',
    );
  });

  it('is taken back in one write: as they were, and what ended stays ended', async () => {
    for (const wasActive of [true, false]) {
      const { id } = await at.somebody('member', 'acme', `was-${wasActive}`);
      if (!wasActive) await disablePerson(at.parts(), operator, id);
      await deletePerson(at.parts(), operator, id);
      const deleted = await at.stored(id);
      const { store, writes } = countWrites(at.store);
      assert.deepEqual(await keepPerson(at.parts(store), operator, id), { ok: true, value: true });
      assert.deepEqual(writes, [`update person ${id}`]);
      const kept = await at.stored(id);
      assert.equal(kept.active, wasActive);
      assert.ok(kept.epoch >= deleted.epoch);
      const { type, details } = eventsIn(kept).at(-1) ?? {};
      const active = wasActive ? { active: 'false → true' } : {};
      assert.deepEqual(
        [type, details],
        ['person.changed', { ...active, deletion: '2096-10-09 → none' }],
      );
      assert.deepEqual(await keepPerson(at.parts(), operator, id), { ok: true, value: false });
      assert.deepEqual(await at.stored(id), kept);
    }
  });

  it('is taken back by enabling too; disabled meanwhile, they stay so', async () => {
    const [one, other] = [await at.somebody(), await at.somebody('member', 'acme', 'other')];
    for (const { id } of [one, other]) await deletePerson(at.parts(), operator, id);
    assert.equal(await codeOf(enablePerson(at.parts(), operator, one.id)), 'ok');
    const enabled = await at.stored(one.id);
    assert.deepEqual([enabled.active, enabled.deletion], [true, null]);
    await disablePerson(at.parts(), operator, other.id);
    await keepPerson(at.parts(), operator, other.id);
    assert.equal((await at.stored(other.id)).active, false);
    await removeDuePeople(at.parts(), NOW + DELETED_AFTER);
    assert.ok((await getPerson(at.store, one.id)) && (await getPerson(at.store, other.id)));
  });
});

describe('a week later', () => {
  it('they are removed in the name of whoever ordered it, once, and not a moment before', async () => {
    const chief = await at.somebody('organisation-administrator', 'acme', 'chief');
    const { id, login } = await at.somebody();
    await deletePerson(at.parts(), by(chief), id);
    await removeDuePeople(at.parts(), NOW + DELETED_AFTER - 1);
    assert.ok(await getPerson(at.store, id));

    const before_ = await at.stored(id);
    const { store, writes } = countWrites(at.store);
    const parts = at.parts(store);
    await Promise.all([1, 2].map(() => removeDuePeople(parts, NOW + DELETED_AFTER)));
    assert.equal(await getPerson(at.store, id), undefined);
    assert.equal(await findPerson(at.store, login), undefined);
    assert.ok(parts.soon.includes(`person ${id}`));
    const after_ = await at.stored(id);
    assert.equal(after_.epoch, endedBy(before_, 'removed').epoch);
    const removals = eventsIn(after_).filter(({ type }) => type === 'person.removed');
    assert.deepEqual(
      removals.map(({ actor, actorId, details }) => [actor, actorId, details]),
      [['administrator', chief.id, {}]],
    );
    writes.length = 0;
    await removeDuePeople(parts, NOW + 2 * DELETED_AFTER);
    assert.deepEqual(writes, []);
  });
});

describe('a person with an end date', () => {
  const end = NOW + 86_400_000;
  const ends = (id: string, activeUntil: number | null, now = NOW) =>
    updatePerson(at.parts(), performedByOperator(now), id, { activeUntil });

  it('is told so in an event with the last day, and only of a day to come', async () => {
    const { id } = await at.somebody();
    assert.deepEqual(await ends(id, end), {
      ok: true,
      value: { active_until: 'none → 2096-10-03' },
    });
    assert.equal(await codeOf(ends(id, NOW)), 'grace-past');
    const root = await findPerson(at.store, 'root');
    assert.equal(await codeOf(ends(root?.id ?? '', end)), 'active-until-administrator');
    const made = updatePerson(at.parts(), operator, id, { role: 'administrator' });
    assert.equal(await codeOf(made), 'active-until-administrator');
  });

  it('may nothing from that moment on, and is disabled with all that ends then', async () => {
    const acting = await at.somebody('organisation-administrator', 'acme', 'acting');
    const target = await at.somebody();
    await ends(acting.id, end);
    const late = by(acting, { now: end });
    assert.equal(await codeOf(disablePerson(at.parts(), late, target.id)), 'not-allowed');
    assert.equal(isActive(await at.stored(acting.id), end - 1), true);
    const parts = at.parts();
    await endPeople(parts, end - 1);
    assert.equal((await at.stored(acting.id)).active, true);
    const { epoch } = await at.stored(acting.id);
    await endPeople(parts, end);
    await endPeople(parts, end);
    const ended = await at.stored(acting.id);
    assert.deepEqual([ended.active, ended.epoch], [false, epoch + 1]);
    const { type, reasons } = eventsIn(ended).at(-1) ?? {};
    assert.deepEqual([type, reasons], ['person.disabled', ['active-until']]);
    assert.ok(parts.soon.includes(`person ${acting.id}`));
  });

  for (const isSwept of [true, false])
    it(`is enabled again without it, ${isSwept ? 'once' : 'before'} the server has disabled them`, async () => {
      const { id } = await at.somebody();
      await ends(id, end);
      if (isSwept) await endPeople(at.parts(), end);
      const enabled = await enablePerson(at.parts(), performedByOperator(end), id);
      assert.deepEqual(enabled, { ok: true, value: true });
      await endPeople(at.parts(), end);
      const { active, activeUntil } = await at.stored(id);
      assert.deepEqual([active, activeUntil], [true, null]);
    });
});
