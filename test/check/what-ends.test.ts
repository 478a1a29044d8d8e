import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkWhatEnds, WHAT_ENDS_PAGE, whatEndsPage } from '../../check/what-ends.ts';
import { WHAT_ENDS, type Cause } from '../../src/policy/revocation.ts';
import { REACHES, type Column } from '../../src/policy/revocation/what-can-end.ts';
import { failuresOf } from './tree.ts';

const rows = Object.entries(WHAT_ENDS);

describe('the page of what ends when', () => {
  it('has every row of the table, and every word of it', async () => {
    const page = await whatEndsPage();
    for (const [, { when, why }] of rows) {
      assert.ok(page.includes(`| ${when} `), when);
      assert.ok(page.includes(`| ${why} `), why);
    }
    for (const [word, meaning] of Object.entries(REACHES))
      assert.ok(page.includes(`**${word}**: ${meaning}`), word);
  });

  it('that differs by a letter, or is not there, is told', async () => {
    const page = await whatEndsPage();
    assert.deepEqual(await failuresOf(checkWhatEnds, { [WHAT_ENDS_PAGE]: page }), []);
    for (const tree of [{ [WHAT_ENDS_PAGE]: page.replace('all', 'al') }, {}])
      assert.match((await failuresOf(checkWhatEnds, tree)).join(), /what-ends-page\.ts/u);
  });
});

describe('the table of what ends when', () => {
  const reach = (cause: Cause, column: Column): string => WHAT_ENDS[cause].ends[column];

  it('ends together what an epoch ends together', () => {
    for (const [name] of rows) {
      const cause = name as Cause;
      const all = (['access', 'offline', 'computers', 'underWay'] as const).map(
        (column) => reach(cause, column) === 'all',
      );
      const sessions = reach(cause, 'sessions');
      if (sessions === 'all' || all[0]) assert.deepEqual(all, [true, true, true, true], name);
    }
  });

  it('has a use for each word, and each sentence is one', () => {
    const said = new Set(rows.flatMap(([, { ends }]) => Object.values(ends)));
    assert.deepEqual([...said].toSorted(), Object.keys(REACHES).toSorted());
    for (const [name, { when, why }] of rows) {
      assert.match(when, /^[a-z].*[^.]$/u, name);
      assert.match(why, /^[A-Z].*\.$/u, name);
    }
  });
});
