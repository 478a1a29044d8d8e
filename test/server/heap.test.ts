/** What a server tells V8 about its memory holds however the process was started. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const HEAP = new URL('../../src/server/heap.ts', import.meta.url).href;

/** Bytes of the space for young objects, after much has been made that stays. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { keepHeapSmall, letYoungGrow } from ${JSON.stringify(HEAP)};
  const kept = [];
  const young = () => {
    for (let i = 0; i < 200_000; i++) kept.push({ i, at: [i] });
    return getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size;
  };
  keepHeapSmall();
  const small = young();
  letYoungGrow();
  console.log(JSON.stringify({ small, large: young() }));
`;

describe('the room for young objects', () => {
  it('stays small while a server starts, and grows when it serves', () => {
    const args = ['--input-type=module', '--eval', PROGRAM];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const { small, large } = JSON.parse(stdout || '{}') as { small: number; large: number };
    assert.ok(small <= 4 * 2 ** 20, `${small} ${stderr}`);
    assert.ok(large >= 2 * small, `${large} of ${small} ${stderr}`);
  });
});
