/** A clock that is set is told once, with how far; one that is kept right by small steps is not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watchClock } from '../../src/server/watch/clock.ts';
import { startChild } from '../support/child.ts';
import { MAIN, newInstallation } from '../support/command-line.ts';

const HOUR = 3_600_000;

describe('the watch over the clock', () => {
  it('tells an hour forward and back, each once, and no small correction', (t) => {
    let [now, steady] = [1_800_000_000_000, 5_000];
    const jumps: number[] = [];
    const lines: unknown[] = [];
    const log = { warn: (about: unknown) => void lines.push(about) };
    const parts = { now: () => now, steady: () => steady, jumped: (by: number) => jumps.push(by) };
    const watch = watchClock({ ...parts, log });
    t.after(watch.close);
    for (const by of [0, 40, HOUR, 0, -40, -HOUR, 0, 1_999, -1_999]) {
      steady += 5_000;
      now += 5_000 + by;
      watch.look();
    }
    assert.deepEqual(jumps, [3600, -3600]);
    assert.deepEqual(lines, [{ seconds: 3600 }, { seconds: -3600 }]);
  });

  it('is kept by the server, whose log and metrics tell', async (t) => {
    const latchkey = await newInstallation();
    const server = await startChild([MAIN, 'serve'], {
      cwd: latchkey.folder,
      env: { ...latchkey.env, LATCHKEY_METRICS_ENABLED: 'true', LATCHKEY_METRICS_PORT: '0' },
      ready: /Latchkey is ready/u,
    });
    t.after(async () => {
      await server.stop();
      await latchkey.remove();
    });
    await server.shiftClock(-HOUR);
    await server.said(/"seconds":-3600,"msg":"the clock of this machine was set/u);
    const port = /"port":(\d+),"msg":"the metrics are/u.exec(server.output())?.[1];
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(metrics, /^latchkey_clock_jumps_total\{direction="back"\} 1$/mu);
    assert.match(metrics, /^latchkey_clock_jumps_total\{direction="forward"\} 0$/mu);
  });
});
