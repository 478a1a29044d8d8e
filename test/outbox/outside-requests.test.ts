/** What the relay does after an answer is not done within the request that was answered. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { createRelay, type Relay } from '../../src/outbox/relay.ts';
import { withMessages } from '../../src/outbox/message.ts';
import { NOTHING_PROVEN, signInCollection } from '../../src/records/sign-in.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
const ID = 'A'.repeat(43);

const request = new AsyncLocalStorage<string>();
let fresh: FreshStore;
let relay: Relay;
let within: unknown[];

before(async () => {
  fresh = await openFreshStore(NOW);
  const note = async (): Promise<void> => void within.push(request.getStore());
  relay = createRelay({
    store: fresh.store,
    handlers: { mail: note, logout: note, memberships: note },
    carriers: [signInCollection],
    auditRetention: 1,
    now: () => NOW,
    log: pino({ level: 'silent' }),
  });
});
after(async () => {
  await relay.close();
  await fresh.close();
});

/** Asked for in a request; answers in which one it was done. */
async function done(ask: (note: () => Promise<void>) => void): Promise<unknown[]> {
  within = [];
  const note = async (): Promise<void> => void within.push(request.getStore());
  request.run('of a request', () => ask(note));
  await relay.settle();
  return within;
}

describe('outside of the request that asks for it', () => {
  it('messages are moved, when their moment comes too', async () => {
    const logout = { id: 'a', client: 'c', person: 'p', orderedAt: NOW };
    const record = {
      payload: {},
      browser: 'b',
      startedAt: NOW,
      ...structuredClone(NOTHING_PROVEN),
      passkeyRound: 0,
      state: 'open' as const,
      ...withMessages({}, { logout }),
    };
    await fresh.store.put(signInCollection, ID, record);
    assert.deepEqual(await done(() => relay.soon(signInCollection, ID)), [undefined]);
    within = [];
    await fresh.store.put(signInCollection, ID, record);
    request.run('of a request', () => relay.soon(signInCollection, ID));
    while (within.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(within, [undefined]);
  });

  it('what is done later is, and what is done sometime', async () => {
    assert.deepEqual(await done((note) => relay.later(note)), [undefined]);
    assert.deepEqual(await done((note) => relay.sometime(note)), [undefined]);
  });
});
