/** The table of factors: whatever row there is can be listed, counted, taken away and enrolled. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  enrolledSince,
  factorDates,
  findFactor,
  isFull,
  isLastFactor,
  listFactors,
  withoutFactor,
  withoutFactors,
} from '../../src/policy/enrolled-factors.ts';
import { FACTORS, enrolledFactors, isEnrolled } from '../../src/policy/factors.ts';
import { FACTOR_IDS, type FactorId } from '../../src/records/factor-id.ts';
import type { Person } from '../../src/records/person.ts';
import { anOrganisation, aPerson } from '../support/people.ts';

const NOW = 4_000_000_000_000;
const SINCE = NOW - 1000;

/** Somebody with one of each. */
function withAll(ids: readonly FactorId[] = FACTOR_IDS): Person {
  const fields = ids.map((id) => FACTORS[id].withOneMore(aPerson(), SINCE));
  return Object.assign(aPerson(), ...fields) as Person;
}
const names = (...ids: string[]) => ids.map((id) => ({ id, secret: '', name: id, createdAt: 5 }));

describe('a row of the table of factors', () => {
  for (const id of FACTOR_IDS) {
    const { most, list, without, withOneMore, renamed, ...row } = FACTORS[id];

    it(`${id}: one more of it is enrolled, listed and taken away again`, () => {
      const nobody = aPerson();
      const somebody = { ...nobody, ...withOneMore(nobody, SINCE) };
      assert.deepEqual(enrolledFactors(nobody), []);
      assert.deepEqual(enrolledFactors(somebody), [id]);
      const [item, ...more] = list(somebody);
      assert.deepEqual([item?.createdAt, more], [SINCE, []]);
      assert.equal(isFull(somebody, id), most === 1);
      for (const which of [null, item?.id ?? ''])
        assert.deepEqual(enrolledFactors({ ...somebody, ...without(somebody, which, NOW) }), []);
      assert.equal(isEnrolled(somebody), !row.secondaryOnly);
      assert.equal(row.id, id);
    });

    it(`${id}: several have names, and the one is renamed that is asked for`, () => {
      assert.equal(renamed !== undefined, most > 1);
      if (!renamed) return;
      const one = { ...withAll(), ...withOneMore(withAll(), SINCE) };
      const given = renamed(one, list(one)[0]?.id ?? '', 'Phone');
      assert.equal(findFactor({ ...one, ...given }, { factor: id, id: '' })?.name, 'Phone');
      assert.deepEqual(renamed(one, 'another', 'Phone'), renamed(one, 'nobody’s', 'Watch'));
    });
  }
});

describe('what a person has of the factors', () => {
  it('is told in the order of the table, with the time of the first', () => {
    const listed = listFactors(withAll()).map(({ factor, items }) => [factor, items.length]);
    assert.deepEqual(
      listed,
      FACTOR_IDS.map((id) => [id, 1]),
    );
    assert.equal(enrolledSince(withAll()), SINCE);
    assert.equal(enrolledSince(withAll(['one-time-codes'])), null, 'they come along only');
  });

  it('is told as data by the names that it has always had', () => {
    const person = { ...withAll(['one-time-codes']), authenticators: names('Pixel') };
    assert.deepEqual(factorDates(person), {
      authenticators: [{ name: 'Pixel', created_at: 5 }],
      passkeys: [],
      email_codes_since: null,
      one_time_codes_made_at: SINCE,
    });
  });

  it('is without the one that was taken: the others stay, a retired one is known for a while', () => {
    const person = { ...withAll(), authenticators: names('a', 'b') };
    const rest = { ...person, ...withoutFactor(person, { factor: 'totp', id: 'a' }, NOW) };
    assert.deepEqual(rest.authenticators, names('b'));
    assert.deepEqual(
      rest.retiredAuthenticators.map(({ id, retiredAt }) => [id, retiredAt]),
      [['a', NOW]],
    );
    assert.ok(rest.oneTimeCodes, 'they come along with what is left');
  });

  it('is nothing without the last one: what only comes along goes with it', () => {
    for (const factor of FACTOR_IDS.filter((id) => !FACTORS[id].secondaryOnly)) {
      const person = withAll([factor, 'one-time-codes']);
      const rest = { ...person, ...withoutFactor(person, { factor, id: null }, NOW) };
      assert.deepEqual(
        listFactors(rest).flatMap(({ items }) => items),
        [],
        factor,
      );
    }
    const nothing = { ...withAll(), ...withoutFactors(withAll(), NOW) };
    assert.deepEqual(
      listFactors(nothing).flatMap(({ items }) => items),
      [],
    );
  });

  it('is the last one where nothing else is allowed, whatever else there is', () => {
    const person = { ...withAll(['passkey', 'one-time-codes']), authenticators: names('a', 'b') };
    const last = (organisation = anOrganisation(), id: string | null = null) =>
      isLastFactor({ person, organisation }, { factor: 'totp', id }, FACTOR_IDS);
    assert.equal(last(), false, 'a passkey is left');
    const only = anOrganisation({ factors: ['totp', 'one-time-codes'] });
    assert.equal(last(only, 'a'), false, 'another authenticator is left');
    assert.equal(last(only), true, 'a passkey does not count there');
  });
});
