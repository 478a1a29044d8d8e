/** An event is counted by whoever records it, and by nobody else: two processes may move it at once. */
import { messageHandlers } from '../../../src/server/outbox.ts';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import pino from 'pino';
import { OPERATOR_ORIGIN } from '../../../src/net/request-origin.ts';
import { newEvent } from '../../../src/audit/event.ts';
import { createRelay, type Relay } from '../../../src/outbox/relay.ts';
import { withMessages, outboxIndex, type MessageCarrier } from '../../../src/outbox/message.ts';
import { COLLECTIONS } from '../../../src/server/collections.ts';
import { createMailQueue } from '../../../src/mail/queue.ts';
import { openStore } from '../../../src/storage/open.ts';
import { collection, type Store } from '../../../src/storage/store.ts';
import { newStore, type TestStore } from '../../support/stores.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const thing = collection<MessageCarrier & { name: string }>('thing', {
  indexes: { postings: outboxIndex },
});

describe('an event', () => {
  let folder: string;
  let kept: TestStore;
  let stores: Store[];
  let told: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
    kept = newStore(folder);
    const open = () => openStore(kept.options, [...COLLECTIONS, thing], { now: () => Date.now() });
    stores = [await open(), await open()];
    told = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await kept.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const relay = (store: Store): Relay =>
    createRelay({
      store,
      handlers: messageHandlers(store, createMailQueue(store)),
      carriers: [thing],
      auditRetention: 3600,
      now: () => 0,
      log: pino({ level: 'silent' }),
      recorded: ({ id }) => told.push(id),
    });
  const event = () => newEvent({ type: 'sign-out', at: Date.now(), origin: OPERATOR_ORIGIN });

  it('that two processes move at once is counted once', async () => {
    const events = Array.from({ length: 20 }, event);
    const [first] = stores;
    for (const [n, one] of events.entries())
      await first?.put(thing, `thing${n}`, { name: 'a', ...withMessages({}, { event: one }) });
    const relays = stores.map(relay);
    await Promise.all(relays.map((each) => each.moveAll()));
    await Promise.all(relays.map((each) => each.moveAll()));
    assert.deepEqual(told.toSorted(), events.map(({ id }) => id).toSorted());
    for (const each of relays) await each.close();
  });

  it('that is recorded twice is counted once, one that cannot be recorded not at all', async () => {
    const [first, second] = stores as [Store, Store];
    const one = event();
    await relay(first).record(one);
    await relay(second).record(one);
    const broken: Store = { ...first, insert: () => Promise.reject(new Error('cut off')) };
    await relay(broken).record(event());
    assert.deepEqual(told, [one.id]);
  });
});
