/** What a server tells V8 about its memory holds however the process was started. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const HEAP = new URL('../../src/server/heap.ts', import.meta.url).href;

/** MiB of the space for young objects after much has been made that stays: as it starts, and as it serves. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setTimeout as pause } from 'node:timers/promises';
  import { keepHeapSmall, letYoungGrow } from ${JSON.stringify(HEAP)};
  const young = () =>
    getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size / 2 ** 20;
  let kept = [];
  const make = () => {
    for (let i = 0; i < 50_000; i++) kept.push({ i, at: [i] });
    return young();
  };
  keepHeapSmall();
  for (let i = 0; i < 10; i++) make();
  const small = young();
  const stop = letYoungGrow();
  const sizes = [];
  while (Math.max(0, ...sizes) < 16 && sizes.length < 1_000) {
    sizes.push(make());
    await pause(1);
    kept = kept.slice(-200_000);
  }
  stop();
  console.log(JSON.stringify({ small, large: Math.max(...sizes) }));
`;

describe('the room for young objects', () => {
  it('stays small while a server starts, and grows up to a bound when it serves', () => {
    const args = ['--input-type=module', '--eval', PROGRAM];
    // Where V8's own threads are late, as on a busy machine, it makes room all the same: not always.
    const seen: string[] = [];
    for (let tries = 0; tries < 20; tries += 1) {
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      const { small, large } = JSON.parse(stdout || '{}') as { small: number; large: number };
      if (small <= 4 && large >= 8) return;
      seen.push(`${small} ${large} ${stderr}`);
    }
    assert.fail(seen.join('\n'));
  });
});
