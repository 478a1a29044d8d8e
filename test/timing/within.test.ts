import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { within } from '../../src/timing/within.ts';

it('work is waited for as long as one has patience', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    assert.equal(await within(10, Promise.resolve('done'), 'late'), 'done');
    await assert.rejects(within(10, Promise.reject(new Error('broken')), 'late'), /broken/u);
    const late = within(10, new Promise<string>(() => {}), 'late');
    mock.timers.tick(9);
    assert.equal(await Promise.race([late, Promise.resolve('not yet')]), 'not yet');
    mock.timers.tick(1);
    assert.equal(await late, 'late');
  } finally {
    mock.timers.reset();
  }
});
