/** Who may use an app, now and ever since. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admittedAfter, mayUseSince, shutOutBy } from '../../src/policy/apps/who-may.ts';
import type { Organisation } from '../../src/records/organisation.ts';
import { anOrganisation, aPerson } from '../support/people.ts';

const who = (
  groups: string[],
  organisation: Partial<Organisation> = {},
  groupsSince: Record<string, number> = {},
) => ({
  person: aPerson({ groups, groupsSince }),
  organisation: anOrganisation(organisation),
});
const app = (organisations: string[] | null = null, id = 'wiki') => ({ id, organisations });

describe('who may use an app', () => {
  const rows: [
    what: string,
    organisations: string[] | null,
    apps: Record<string, string[]>,
    groups: string[],
    by: string | undefined,
  ][] = [
    ['everybody', null, {}, [], undefined],
    ['everybody of its organisations', ['acme'], {}, [], undefined],
    ['nobody of others', ['globex'], {}, ['staff'], 'organisation'],
    [
      'nobody of others, whatever they say',
      ['globex'],
      { wiki: ['staff'] },
      ['staff'],
      'organisation',
    ],
    ['whoever is in one of the groups', null, { wiki: ['it', 'staff'] }, ['x', 'staff'], undefined],
    ['nobody else', null, { wiki: ['it'] }, ['staff'], 'groups'],
    ['nobody without groups', null, { wiki: ['it'] }, [], 'groups'],
    ['nobody, where no group is named', null, { wiki: [] }, ['it'], 'groups'],
    ['everybody, where it is another app', null, { mail: ['it'] }, [], undefined],
  ];
  for (const [what, organisations, apps, groups, by] of rows)
    it(what, () => assert.equal(shutOutBy(app(organisations), who(groups, { apps })), by));

  it('is nothing that an object has by itself', () => {
    for (const id of ['__proto__', 'constructor', 'toString'])
      assert.equal(shutOutBy(app(null, id), who([])), undefined);
    const apps = JSON.parse('{"__proto__": ["it"]}') as Record<string, string[]>;
    assert.equal(shutOutBy(app(null, '__proto__'), who([], { apps })), 'groups');
    assert.equal(shutOutBy(app(null, '__proto__'), who(['it'], { apps })), undefined);
  });
});

describe('what was issued before somebody was shut out', () => {
  const admittedTo = (...steps: [after: string[] | null, now: number][]) => {
    let [open, admitted]: [string[] | null, Record<string, number>] = [null, {}];
    for (const [after, now] of steps) {
      admitted = { ...(admittedAfter(open, admitted, after, now) ?? admitted) };
      open = after;
    }
    return { ...(open ? { apps: { wiki: open } } : {}), appsAdmitted: { wiki: admitted } };
  };
  const may = (groups: string[], organisation: Partial<Organisation>, at: number): boolean =>
    mayUseSince(app(), who(groups, organisation), at);

  it('stays dead when they are let in again', () => {
    const closed = admittedTo([['it'], 10]);
    assert.deepEqual([may(['it'], closed, 5), may([], closed, 50)], [true, false]);
    const open = admittedTo([['it'], 10], [null, 20]);
    for (const groups of [[], ['staff']])
      assert.deepEqual([may(groups, open, 15), may(groups, open, 20)], [false, true]);
    assert.ok(may(['it'], open, 5), 'who was in all the time loses nothing');
  });

  it('is judged by each of their groups', () => {
    const both = admittedTo([['it'], 10], [['it', 'staff'], 20]);
    assert.deepEqual(
      [may(['staff'], both, 15), may(['staff'], both, 20), may(['staff', 'it'], both, 5)],
      [false, true, true],
    );
  });

  it('is judged by since when they are in the group', () => {
    const it = { apps: { wiki: ['it'] } };
    const may = (at: number, organisation: Partial<Organisation>, groups = ['it']): boolean =>
      mayUseSince(app(), who(groups, organisation, { it: 30 }), at);
    assert.deepEqual([may(29, it), may(30, it)], [false, true]);
    const both = { apps: { wiki: ['it', 'staff'] } };
    assert.ok(may(5, both, ['it', 'staff']), 'who was in another one all the time loses nothing');
    const opened = admittedTo([['it'], 10], [null, 40]);
    assert.deepEqual([may(29, opened), may(30, opened), may(40, opened)], [false, true, true]);
    assert.ok(may(5, {}), 'nothing rests on groups where everybody is let in');
  });

  it('is judged by the organisation too', () => {
    const admitted = { acme: 10, '*': 0 };
    const since = (at: number) => mayUseSince({ ...app(), admitted }, who([]), at);
    assert.deepEqual([since(9), since(10)], [false, true]);
  });
});
