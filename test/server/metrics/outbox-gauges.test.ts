/** The age of the queue of mails, as the store tells it, and what a scrape says when it does not. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createMailQueue, mailCollection } from '../../../src/mail/queue.ts';
import { createMetrics, type Metrics } from '../../../src/server/metrics/metrics.ts';
import { outboxGauges } from '../../../src/server/metrics/outbox-gauges.ts';
import type { Store } from '../../../src/storage/store.ts';
import { Registry } from 'prom-client';
import { openFreshStore, type FreshStore } from '../../support/fresh-store.ts';
import { parse, seriesOf } from './text.ts';

const AGE = 'latchkey_mail_outbox_oldest_age_seconds';
const WAITING = 'latchkey_mail_outbox_waiting';

describe('the outbox in the metrics', () => {
  let fresh: FreshStore;
  let metrics: Metrics;
  beforeEach(async () => {
    fresh = await openFreshStore();
    metrics = createMetrics();
  });
  afterEach(() => fresh.close());

  const order = (id: string) => {
    const mail = { id, template: 'unlocked' as const, sealed: 'sealed', notAfter: null };
    return createMailQueue(fresh.store).order({ ...mail, orderedAt: fresh.clock.now });
  };
  const figures = async () => {
    const series = seriesOf(await metrics.read());
    return [series.get(WAITING), series.get(AGE)];
  };

  it('is an empty queue, then the oldest mail that waits, however often it was tried', async () => {
    metrics.outbox.watch(fresh.store, () => fresh.clock.now);
    assert.deepEqual(await figures(), [0, 0]);
    await order('first');
    fresh.clock.now += 60_000;
    await order('second');
    await fresh.store.update(mailCollection, 'first', (mail) => {
      assert.ok(mail);
      return { put: { ...mail, attempts: 4, nextAt: fresh.clock.now + 900_000 }, result: null };
    });
    metrics.outbox.watch(fresh.store, () => fresh.clock.now + 30_000);
    assert.deepEqual(await figures(), [2, 90]);
  });

  it('leaves out mails whose fate is known', async () => {
    await order('sent');
    await fresh.store.update(mailCollection, 'sent', (mail) => {
      assert.ok(mail);
      return { put: { ...mail, state: 'handed-over' as const, sealed: null }, result: null };
    });
    metrics.outbox.watch(fresh.store, () => fresh.clock.now);
    assert.deepEqual(await figures(), [0, 0]);
  });

  it('asks the store once for many scrapes, and again after five seconds', async () => {
    let asked = 0;
    let time = 0;
    const registry = new Registry();
    const counted: Pick<Store, 'find'> = {
      find(kind, query) {
        asked += 1;
        return fresh.store.find(kind, query);
      },
    };
    outboxGauges(registry, () => time).watch(counted, () => fresh.clock.now);
    await Promise.all([registry.metrics(), registry.metrics()]);
    time = 4_999;
    await registry.metrics();
    assert.equal(asked, 1);
    time = 5_001;
    await registry.metrics();
    assert.equal(asked, 2);
  });

  it('reads a bounded part of a long queue', async () => {
    const limits: unknown[] = [];
    const counted: Pick<Store, 'find'> = {
      find(kind, query) {
        limits.push(query.limit);
        return fresh.store.find(kind, query);
      },
    };
    metrics.outbox.watch(counted, () => fresh.clock.now);
    await metrics.read();
    assert.deepEqual(limits, [500]);
  });

  for (const [how, find] of [
    ['fails', () => Promise.reject(new Error('cut off'))],
    ['hangs', () => new Promise<never>(() => {})],
  ] as const) {
    it(`has no value while the store ${how}, and the scrape is whole`, async () => {
      metrics.outbox.watch({ find }, () => fresh.clock.now);
      const text = await metrics.read();
      const told = parse(text);
      assert.equal(told.get(AGE)?.type, 'gauge');
      assert.equal(told.get(AGE)?.series.size, 0);
      assert.equal(told.get(WAITING)?.series.size, 0);
      assert.ok(told.has('process_resident_memory_bytes'));
      metrics.outbox.watch(fresh.store, () => fresh.clock.now);
      assert.deepEqual(await figures(), [0, 0], 'and is there again afterwards');
    });
  }
});
