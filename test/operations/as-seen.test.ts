/** What was looked at before it was changed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkSeen, tagOf } from '../../src/operations/as-seen.ts';
import { Problem } from '../../src/problem.ts';

const RECORD = { name: 'Ada', groups: ['a', 'b'], until: null, used: 1 };
const FIELDS = ['name', 'groups', 'until'];

const isMeanwhile = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'changed-meanwhile' && error.status === 409;

describe('the tag of what was shown', () => {
  it('is of those fields alone, in whatever order', () => {
    const tag = tagOf(RECORD, FIELDS);
    assert.equal(tagOf({ ...RECORD, used: 2 }, FIELDS.toReversed()), tag);
    const { until: _, ...without } = RECORD;
    assert.equal(tagOf(without, FIELDS), tag, 'nothing was ever said of it');
    for (const other of [{ name: 'ada' }, { groups: ['b', 'a'] }, { until: 0 }])
      assert.notEqual(tagOf({ ...RECORD, ...other }, FIELDS), tag, JSON.stringify(other));
    assert.match(tag, /^[\w-]{43}$/u);
  });

  it('refuses a change of what is another one by now', () => {
    const seen = { fields: FIELDS, tag: tagOf(RECORD, FIELDS) };
    checkSeen(RECORD, seen);
    checkSeen(RECORD, undefined);
    assert.throws(() => checkSeen({ ...RECORD, name: 'Bea' }, seen), isMeanwhile);
    for (const tag of ['', 'x', '{}'])
      assert.throws(() => checkSeen(RECORD, { ...seen, tag }), isMeanwhile);
  });
});
