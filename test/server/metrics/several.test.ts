/** The metrics of several processes as one: what is added up, and what becomes of those that end. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gatherMetrics, type WorkerChannel } from '../../../src/server/metrics/several.ts';
import { labelled, parse, seriesOf } from './text.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const RETRIES = 'latchkey_store_retries_total{reason="contention"}';

interface Worker extends WorkerChannel {
  process: ChildProcess;
  tell(order: object): Promise<void>;
}

async function startWorker(id: number): Promise<Worker> {
  const child = fork(WORKER);
  await isDone(child);
  return {
    id,
    process: child,
    on: (event, listener) => child.on(event, listener),
    off: (event, listener) => child.off(event, listener),
    send: (message, done) => child.send(message, done),
    async tell(order) {
      const done = isDone(child);
      child.send(order);
      await done;
    },
  };
}

async function isDone(child: ChildProcess): Promise<void> {
  const [message] = (await once(child, 'message')) as [unknown];
  assert.deepEqual(message, { done: true });
}

describe('the metrics of several processes', () => {
  let first: Worker;
  let second: Worker;
  const present: Worker[] = [];
  // Long enough for two busy processes on a busy machine; the silent one costs it once.
  const read = gatherMetrics(() => present, 1_500);
  before(async () => {
    [first, second] = await Promise.all([startWorker(1), startWorker(2)]);
    present.push(first, second);
  });
  after(() => {
    for (const worker of present) worker.process.kill();
  });

  it('has none of its own before anybody answers', async () => {
    const none = await gatherMetrics(() => [])();
    assert.deepEqual([...seriesOf(none)], [['latchkey_workers_answering', 0]]);
  });

  it('goes on without a worker that does not answer', async () => {
    await first.tell({ share: true, retries: 3, running: 1, requests: 2 });
    const series = seriesOf(await read());
    assert.equal(series.get(RETRIES), 3);
    assert.equal(series.get('latchkey_workers_answering'), 1);
  });

  it('adds up what is counted and timed', async () => {
    await second.tell({ share: true, retries: 4, running: 2, requests: 1 });
    const text = await read();
    const series = seriesOf(text);
    assert.equal(series.get(RETRIES), 7);
    assert.equal(series.get('latchkey_password_hashes_running'), 3);
    assert.equal(series.get('latchkey_workers_answering'), 2);
    const labels = 'method="GET",route="token",status="200"';
    const name = 'latchkey_http_request_duration_seconds';
    assert.deepEqual(labelled(text, `${name}_count`), { [labels]: 3 });
    assert.equal(series.get(`${name}_bucket{le="0.0025",${labels}}`), 0);
    assert.equal(series.get(`${name}_bucket{le="0.005",${labels}}`), 3);
    for (const [metric, { help, type }] of parse(text)) assert.ok(help && type, metric);
    assert.ok(Number(series.get('nodejs_eventloop_lag_max_seconds')) > 0);
  });

  it('never counts back: what a process counted stays when it has ended', async () => {
    const ended = once(second.process, 'exit');
    second.process.kill('SIGKILL');
    await ended;
    const listed = seriesOf(await read());
    assert.equal(listed.get(RETRIES), 7, 'while it is listed still');
    assert.equal(listed.get('latchkey_password_hashes_running'), 1, 'its hashes run no more');
    present.splice(1, 1);
    assert.equal(seriesOf(await read()).get(RETRIES), 7, 'and when it is gone');
    const third = await startWorker(3);
    present.push(third);
    await third.tell({ share: true, retries: 10 });
    assert.equal(seriesOf(await read()).get(RETRIES), 17);
    assert.equal(seriesOf(await read()).get(RETRIES), 17, 'once');
    await first.tell({ retries: 1 });
    const text = await read();
    assert.equal(seriesOf(text).get(RETRIES), 18);
    assert.equal(
      labelled(text, 'latchkey_http_request_duration_seconds_count')[
        'method="GET",route="token",status="200"'
      ],
      3,
    );
  });
});
