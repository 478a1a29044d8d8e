/** Forms that carry what they were made from. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formOf, formShown, seenIn, type Box } from '../../src/web/admin/as-read.ts';

const NAMES = ['name', 'day', 'ticks'] as const;
const boxesOf = (name: string, day: string, ticks: Record<string, string>): Box[] => [
  { label: { textKey: 'people.name' }, now: { name } },
  { label: { textKey: 'security.from' }, now: { day } },
  ...Object.entries(ticks).map(([tick, is]) => ({
    label: { text: tick },
    now: { [tick]: is },
    ticks: true as const,
  })),
];
const form = (name: string, day = '', ticks: Record<string, string> = { a: '', b: 'yes' }) =>
  formOf({ name, day, ticks }, NAMES, boxesOf(name, day, ticks));

describe('a form of change', () => {
  it('shows the thing as it is, and over a step-up what was typed', () => {
    const { seen, ...shown } = formShown(form('Ada', '2099-01-31'), {});
    assert.deepEqual(shown, {
      fields: { name: 'Ada', day: '2099-01-31', a: '', b: 'yes' },
      faster: false,
      meanwhile: [],
    });
    const held = formShown(form('Bea'), { seen, name: 'Ida', a: 'yes', csrf: 'x' });
    // A box that is not ticked is not sent; one that was not on the page stays as it is.
    assert.deepEqual(held.fields, { name: 'Ida', day: '', a: 'yes', b: '' });
    assert.equal(held.seen, seen, 'it is still what it was made from');
    const { tag } = seenIn({ seen }, NAMES);
    assert.equal(tag, form('Ada', '2099-01-31').tag);
    assert.equal(seenIn({}, NAMES).tag, '');
  });

  it('tells what somebody else has changed, and what is typed instead', () => {
    const { seen } = formShown(form('Ada'), {});
    const sent = { seen, name: 'Mine', day: '2099-02-01', b: 'yes' };
    const late = formShown(form('Theirs', ''), sent, true);
    assert.deepEqual(late.meanwhile, [
      { label: { textKey: 'people.name' }, now: { text: 'Theirs' }, typed: { text: 'Mine' } },
    ]);
    assert.deepEqual(late.fields, { name: 'Mine', day: '2099-02-01', a: '', b: 'yes' });
    assert.equal(
      seenIn({ seen: late.seen }, NAMES).tag,
      form('Theirs').tag,
      'saving again replaces theirs',
    );
  });

  it('takes over what was not touched, and what both have done alike', () => {
    const { seen } = formShown(form('Ada'), {});
    const now = form('Theirs', '2099-01-31', { a: 'yes', b: '' });
    const late = formShown(now, { seen, name: 'Ada', day: ' 2099-01-31\r\n', b: 'yes' }, true);
    assert.deepEqual(late.fields, { name: 'Theirs', day: '2099-01-31', a: 'yes', b: '' });
    assert.deepEqual(
      late.meanwhile.map(({ typed }) => typed),
      [null, null, null, null],
    );
  });

  it('knows boxes by their names: one that has come since is told if something is in it', () => {
    const { seen } = formShown(form('Ada', '', { b: 'yes' }), {});
    const sent = { seen, name: 'Mine', day: '', b: 'yes' };
    const late = formShown(form('Ada', '', { a: '', b: 'yes', 'c d': 'yes' }), sent, true);
    assert.deepEqual(
      late.meanwhile.map(({ label }) => label),
      [{ text: 'c d' }],
    );
  });

  it('takes for a form that nobody was shown what says nothing that we know', () => {
    for (const seen of ['', 'x', ':::', ' '.repeat(50)]) {
      const late = formShown(form('Ada'), { seen, name: 'Mine' }, true);
      assert.equal(late.fields['name'], 'Mine');
      assert.deepEqual(late.meanwhile[0]?.typed, { text: 'Mine' });
    }
  });
});
