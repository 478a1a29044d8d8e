/** How large the store is and what in it waits to be swept, as a scrape tells it. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createMetrics } from '../../../src/server/metrics/metrics.ts';
import { claimSweep, endSweep, renewSweep } from '../../../src/server/sweep-lease.ts';
import { storeFiles } from '../../../src/storage/open.ts';
import { openFreshStore, type FreshStore } from '../../support/fresh-store.ts';
import { labelled, parse, seriesOf } from './text.ts';

const EXPIRED = 'latchkey_store_expired_documents';
const BYTES = 'latchkey_store_file_bytes';

describe('the store in the metrics', () => {
  let fresh: FreshStore;
  beforeEach(async () => {
    fresh = await openFreshStore();
  });
  afterEach(() => fresh.close());

  const expired = async (): Promise<number | undefined> => {
    const metrics = createMetrics();
    metrics.size.watch(fresh.store, {});
    return seriesOf(await metrics.read()).get(EXPIRED);
  };

  it('has what is left to sweep: of this store, whoever sweeps it, and 0 from the start', async () => {
    const { store, clock } = fresh;
    assert.equal(await expired(), 0);
    await claimSweep(store, { by: 'one', now: clock.now, since: 0 });
    await renewSweep(store, { by: 'one', now: clock.now, left: 1_200 });
    assert.equal(await expired(), 1_200);
    await endSweep(store, { by: 'one', now: clock.now });
    assert.equal(await expired(), 0);
  });

  it('has no number while the store does not answer', async () => {
    const metrics = createMetrics();
    metrics.size.watch({ get: () => Promise.reject(new Error('cut off')) }, {});
    const told = parse(await metrics.read()).get(EXPIRED);
    assert.deepEqual([told?.type, told?.series.size], ['gauge', 0]);
  });

  it('has the bytes of the file and of its log, and of a server elsewhere none', async () => {
    const metrics = createMetrics();
    const { store: options } = fresh.race;
    metrics.size.watch(fresh.store, storeFiles(options));
    const sizes = labelled(await metrics.read(), BYTES);
    if (options.engine === 'mongodb') return assert.deepEqual(sizes, {});
    assert.ok(Number(sizes['file="database"']) >= 4096, JSON.stringify(sizes));
    assert.ok(Number(sizes['file="wal"']) > 0, JSON.stringify(sizes));
    metrics.size.watch(fresh.store, { wal: `${options.path}-gone` });
    assert.equal(labelled(await metrics.read(), BYTES)['file="wal"'], 0);
  });
});
