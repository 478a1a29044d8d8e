import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkWhoMayWhat, WHO_MAY_WHAT_PAGE, whoMayWhatPage } from '../../check/who-may-what.ts';
import { ACCESS } from '../../src/policy/access.ts';
import type { AccessRow } from '../../src/policy/access-row.ts';
import { WHAT } from '../../src/policy/what-operations-do.ts';
import { failuresOf } from './tree.ts';

describe('the page of who may do what', () => {
  it('has every operation once, with its reaches', async () => {
    const lines = (await whoMayWhatPage()).split('\n');
    for (const [operation, what] of Object.entries(WHAT)) {
      const found = lines.filter((line) =>
        [`- ${what}`, `| ${what}`].some((text) => line.trimEnd().startsWith(text)),
      );
      const exact = found.filter(
        (line) => line.split('|')[1]?.trim() === what || line === `- ${what}`,
      );
      assert.equal(exact.length, 1, operation);
      const { roles }: AccessRow = ACCESS[operation as keyof typeof ACCESS];
      const cells = exact[0]!.split('|').map((cell) => cell.trim());
      const reaches = cells.filter((cell) => cell === 'own' || cell === 'all');
      assert.deepEqual(reaches.toSorted(), Object.values(roles).toSorted(), operation);
    }
    assert.equal(new Set(Object.values(WHAT)).size, Object.keys(ACCESS).length);
  });

  it('that differs by a letter, or is not there, is told', async () => {
    const page = await whoMayWhatPage();
    assert.deepEqual(await failuresOf(checkWhoMayWhat, { [WHO_MAY_WHAT_PAGE]: page }), []);
    for (const tree of [{ [WHO_MAY_WHAT_PAGE]: page.replace('own', 'all') }, {}])
      assert.match((await failuresOf(checkWhoMayWhat, tree)).join(), /who-may-what-page\.ts/u);
  });
});
