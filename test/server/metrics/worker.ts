/** A worker of several.test.ts: counts what it is told, and answers when it is asked. */
import { createMetrics } from '../../../src/server/metrics/metrics.ts';
import { shareMetrics } from '../../../src/server/metrics/several.ts';
import { listenToParent } from '../../support/ipc.ts';

interface Order {
  retries?: number;
  running?: number;
  requests?: number;
  share?: true;
}

const metrics = createMetrics();

process.on('message', ({ retries = 0, running, requests = 0, share }: Order) => {
  if (share)
    shareMetrics(metrics, {
      on: (event, listener) => process.on(event, listener),
      off: (event, listener) => process.off(event, listener),
      send: (message, done) => process.send?.(message, undefined, undefined, done),
    });
  for (let n = 0; n < retries; n += 1) metrics.store.retry('contention');
  for (let n = 0; n < requests; n += 1)
    metrics.requests.request({ method: 'GET', route: 'token', status: 200 }, 0.004);
  if (running !== undefined) metrics.hashes.queue(running, 0);
  process.send?.({ done: true });
});
listenToParent({ message: () => {}, disconnect: () => process.exit() });
process.send?.({ done: true });
