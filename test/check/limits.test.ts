import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkLimits, LIMITS_PAGE } from '../../check/limits.ts';
import { duration, forgetting, size, suspension, table, waits } from '../../check/limits/words.ts';
import { configKeys } from '../../src/config/keys.ts';
import { CODE_RULE, PASSWORD_RULE } from '../../src/throttling/attempts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the page of limits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-limits-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const page = readFileSync(join(root, LIMITS_PAGE), 'utf8');

  it('is what the rules say', async () => {
    assert.deepEqual(await checkLimits(root), []);
  });

  it('is at fault when it says something else, or is not there', async () => {
    assert.deepEqual(
      (await checkLimits(folder)).map(({ path }) => path),
      [LIMITS_PAGE],
    );
    mkdirSync(join(folder, 'docs'));
    writeFileSync(join(folder, LIMITS_PAGE), page);
    assert.deepEqual(await checkLimits(folder), []);
    writeFileSync(
      join(folder, LIMITS_PAGE),
      page.replace('after 50 wrong ones', 'after 60 wrong ones'),
    );
    const [failure, ...others] = await checkLimits(folder);
    assert.deepEqual(others, []);
    assert.match(failure?.message ?? '', /limits-page\.ts/u);
  });

  it('has every lifetime of the configuration', () => {
    for (const { path } of configKeys().filter((key) => key.path.startsWith('lifetimes.')))
      assert.ok(page.includes(`\`${path}\``), path);
  });
});

describe('limits in words', () => {
  it('are in the largest unit that is exact', () => {
    const said = [500, 1000, 60_000, 90_000, 300_000, 3_600_000, 86_400_000, 172_800_000];
    assert.deepEqual(said.map(duration), [
      '500 ms',
      '1 s',
      '60 s',
      '90 s',
      '5 min',
      '1 h',
      '24 h',
      '2 d',
    ]);
    assert.deepEqual([size(65_536), size(1000)], ['64 KB', '1000 bytes']);
  });

  it('say when a rule makes wait, suspends and forgets', () => {
    assert.equal(
      waits(CODE_RULE),
      'after 5 wrong ones: 30 s, doubled by each further one up to 1 h',
    );
    const slower = {
      ...PASSWORD_RULE,
      pause: (nth: number) => (nth < 3 ? 0 : Math.min(9000, nth * 1000)),
    };
    assert.equal(waits(slower), 'after 3 wrong ones: 3 s, longer with each further one up to 9 s');
    assert.throws(() => waits({ ...CODE_RULE, pause: () => 0 }), /limits nothing/u);
    assert.deepEqual(
      [suspension(CODE_RULE), suspension(PASSWORD_RULE)],
      ['after 50 wrong ones', 'never'],
    );
    assert.deepEqual(
      [forgetting(CODE_RULE), forgetting(PASSWORD_RULE)],
      ['never', 'after 24 h without one'],
    );
  });

  it('stay in their cells', () => {
    assert.equal(table(['a', 'b'], [['1|2', '3']]), '| a | b |\n| --- | --- |\n| 1\\|2 | 3 |');
  });
});
