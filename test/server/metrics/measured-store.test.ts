/** The store behind its meter: it keeps every promise of a store, and every operation is told. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { measuredStore } from '../../../src/server/metrics/measured-store.ts';
import { createMetrics, type Metrics } from '../../../src/server/metrics/metrics.ts';
import { openStore } from '../../../src/storage/open.ts';
import { StoreUnavailable, type Store } from '../../../src/storage/store.ts';
import { manyAtOnce, takes, updates } from '../../storage/contract/changes.ts';
import { oneDocument } from '../../storage/contract/documents.ts';
import { closing, expiry } from '../../storage/contract/lifetime.ts';
import { finds, scans } from '../../storage/contract/reading.ts';
import type { Bench } from '../../storage/contract/setting.ts';
import { contractKinds, counters, notes } from '../../storage/kinds.ts';
import { labelled, seriesOf } from './text.ts';

const DURATION = 'latchkey_store_operation_duration_seconds';
const clock = () => performance.now();

async function openMeasured(metrics: Metrics): Promise<Bench> {
  const time = { now: 4_000_000_000_000 };
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-metrics-'));
  const options = { engine: 'sqlite' as const, path: join(folder, 'latchkey.db') };
  const open = async () => {
    const store = await openStore(options, contractKinds, { now: () => time.now });
    return measuredStore(store, metrics.store, clock);
  };
  let store = await open();
  const opened = {
    store,
    options,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async remove() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
  return { store, opened, clock: time };
}

describe('a measured store', () => {
  let bench: Bench;
  let metrics: Metrics;
  beforeEach(async () => {
    metrics = createMetrics();
    bench = await openMeasured(metrics);
  });
  afterEach(() => bench.opened.remove());
  const setting = (): Bench => bench;

  describe('one document', () => oneDocument(setting));
  describe('update', () => updates(setting));
  describe('take', () => takes(setting));
  describe('expiry', () => expiry(setting));
  describe('find', () => finds(setting));
  describe('scan', () => scans(setting));
  describe('many at once', () => manyAtOnce(setting));
  describe('close and reopen', () => closing(setting));

  it('tells each operation with its kind', async () => {
    const { store } = bench;
    await store.insert(notes, 'a', { text: 'a' });
    await store.put(notes, 'a', { text: 'b' });
    await store.get(notes, 'a');
    await store.get(notes, 'b');
    await store.getMany(notes, ['a', 'b']);
    await store.find(notes, { index: 'owner', equals: 'x' });
    await store.scan(notes);
    await store.update(notes, 'a', () => ({ result: 1 }));
    await store.take(counters, 'a', { max: 1 });
    await store.delete(notes, 'a');
    await store.sweep();
    await store.ping();
    assert.deepEqual(labelled(await metrics.read(), `${DURATION}_count`), {
      'operation="insert",kind="notes"': 1,
      'operation="put",kind="notes"': 1,
      'operation="get",kind="notes"': 2,
      'operation="getMany",kind="notes"': 1,
      'operation="find",kind="notes"': 1,
      'operation="scan",kind="notes"': 1,
      'operation="update",kind="notes"': 1,
      'operation="take",kind="counters"': 1,
      'operation="delete",kind="notes"': 1,
      'operation="sweep",kind="all"': 1,
      'operation="ping",kind="all"': 1,
    });
    assert.deepEqual(labelled(await metrics.read(), 'latchkey_store_errors_total'), {});
  });

  it('counts what the store could not do, and not what its caller refused', async () => {
    const verdict = new Error('the caller’s own');
    const refusing = () => {
      throw verdict;
    };
    await assert.rejects(bench.store.update(notes, 'a', refusing), verdict);
    await assert.rejects(bench.store.put(notes, 'x'.repeat(300), { text: '' }), RangeError);
    await bench.store.close();
    await assert.rejects(bench.store.get(notes, 'a'));
    await assert.rejects(bench.store.update(notes, 'a', () => ({ result: 1 })));
    assert.deepEqual(labelled(await metrics.read(), 'latchkey_store_errors_total'), {
      'operation="put"': 1,
      'operation="get"': 1,
      'operation="update"': 1,
    });
  });

  it('passes a failure on as it is, and measures how long it took', async () => {
    const failure = new StoreUnavailable('cut off');
    let time = 0;
    const cutOff: Store = {
      ...bench.store,
      get() {
        time += 1500;
        return Promise.reject(failure);
      },
    };
    const store = measuredStore(cutOff, metrics.store, () => time);
    await assert.rejects(store.get(notes, 'a'), failure);
    const series = seriesOf(await metrics.read());
    assert.equal(series.get(`${DURATION}_sum{operation="get",kind="notes"}`), 1.5);
  });
});
