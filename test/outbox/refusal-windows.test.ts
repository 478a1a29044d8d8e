/** Refusals that anybody can cause: the first is an event, the further ones are one more, on two processes too. */
import { messageHandlers, MESSAGE_CARRIERS } from '../../src/server/outbox.ts';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import pino from 'pino';
import {
  auditCollection,
  newEvent,
  type AuditEvent,
  type NewEvent,
} from '../../src/audit/event.ts';
import { createRelay, type Relay } from '../../src/outbox/relay.ts';
import {
  REFUSAL_WINDOW,
  closeRefusalWindows,
  refusalWindowCollection,
} from '../../src/outbox/refusal-windows.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { createMailQueue } from '../../src/mail/queue.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { newStore, type TestStore } from '../support/stores.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START = 4_000_000_000_000;
const RETENTION = 86_400;

let folder: string;
let kept: TestStore;
let stores: Store[];
let clock: number;
let counted: string[];
let relays: Relay[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  kept = newStore(folder);
  clock = START;
  counted = [];
  const open = () => openStore(kept.options, COLLECTIONS, { now: () => clock });
  stores = [await open(), await open()];
  relays = stores.map(newPoster);
});
afterEach(async () => {
  for (const relay of relays) await relay.close();
  for (const store of stores) await store.close();
  await kept.remove();
  await rm(folder, { recursive: true, force: true });
});

function newPoster(store: Store): Relay {
  return createRelay({
    store,
    handlers: messageHandlers(store, createMailQueue(store)),
    carriers: MESSAGE_CARRIERS,
    auditRetention: RETENTION,
    now: () => clock,
    log: pino({ level: 'silent' }),
    recorded: ({ id }) => counted.push(id),
  });
}

const store = (): Store => stores[0]!;

function refusal(about: Partial<NewEvent> & { address?: string } = {}): AuditEvent {
  const { address = '203.0.113.7', ...rest } = about;
  const origin = { client: 'webmail', address, userAgent: 'a browser' };
  const said = { outcome: 'refused', reasons: ['wait'] } as const;
  return newEvent({ type: 'sign-in.password', at: clock, origin, ...said, ...rest });
}

/** In order of time. */
async function events(): Promise<AuditEvent[]> {
  await Promise.all(relays.map((relay) => relay.settle()));
  const { items } = await store().scan(auditCollection, { limit: 1000 });
  return items.map(({ value }) => value).toSorted((a, b) => a.at - b.at);
}

async function close(): Promise<void> {
  for (const [at, each] of stores.entries()) {
    await closeRefusalWindows(each, clock);
    await relays[at]?.moveAll();
  }
}

const windows = async (): Promise<number> =>
  (await store().scan(refusalWindowCollection)).items.length;

describe('refusals within ten minutes', () => {
  it('are one event, and one more with their number when the time is over', async () => {
    for (let n = 0; n < 30; n += 1) {
      clock += 1000;
      await relays[n % 2]?.refuse(refusal());
    }
    const [first, ...more] = await events();
    assert.deepEqual([first?.at, first?.details, more], [START + 1000, {}, []]);
    await close();
    assert.equal((await events()).length, 1, 'it is not over yet');

    clock = START + 1000 + REFUSAL_WINDOW;
    await close();
    await close();
    const [same, sum, ...others] = await events();
    assert.deepEqual(same, first, 'events never change');
    assert.deepEqual(sum, {
      ...first,
      id: sum?.id,
      at: START + 1000 + REFUSAL_WINDOW,
      recordedAt: clock,
      userAgent: null,
      details: { further: 29 },
    });
    assert.deepEqual(others, []);
    assert.equal(await windows(), 0);
    assert.equal(new Set(counted).size, 30, 'metrics were told each, and the sum to nobody');
    assert.equal(counted.length, 30);
  });

  it('that come at once, in two processes, are all counted', async () => {
    const many = Array.from({ length: 400 }, () => refusal());
    const [one, other] = relays as [Relay, Relay];
    await Promise.all(many.map((each, n) => (n % 2 ? one : other).refuse(each)));
    const [first] = await events();
    assert.ok(many.some(({ id }) => id === first?.id));
    clock += REFUSAL_WINDOW;
    await Promise.all(stores.map((each) => closeRefusalWindows(each, clock)));
    await Promise.all(relays.map((relay) => relay.moveAll()));
    assert.deepEqual(
      (await events()).map(({ details }) => details['further'] ?? 'first'),
      ['first', 399],
    );
    assert.deepEqual(counted.toSorted(), many.map(({ id }) => id).toSorted());
  });

  it('that overtake one another, or come by a clock that is behind, belong together', async () => {
    await relays[0]?.refuse(refusal());
    for (const before of [1, 50, 5_000]) await relays[1]?.refuse(refusal({ at: clock - before }));
    clock += REFUSAL_WINDOW;
    await close();
    const told = (await events()).map(({ details }) => details['further'] ?? 'first');
    assert.deepEqual(told, ['first', 3]);
  });

  it('are not lost with a process: nothing of them is in memory', async () => {
    for (let n = 0; n < 5; n += 1) await relays[0]?.refuse(refusal());
    // As after a kill: neither `settle` nor `close` of the first one; another one comes.
    const heir = newPoster(stores[1]!);
    relays = [heir];
    clock += REFUSAL_WINDOW;
    await closeRefusalWindows(stores[1]!, clock);
    await heir.moveAll();
    const told = (await events()).map(({ details }) => details['further'] ?? 'first');
    assert.deepEqual(told, ['first', 4]);
  });

  it('alone are one event and nothing else', async () => {
    await relays[0]?.refuse(refusal());
    clock += REFUSAL_WINDOW;
    await events();
    await close();
    assert.equal((await events()).length, 1);
    assert.equal(await windows(), 0);
  });

  it('are told when the next ones begin, if nobody looked before', async () => {
    for (let n = 0; n < 3; n += 1) await relays[0]?.refuse(refusal());
    clock += REFUSAL_WINDOW;
    await relays[1]?.refuse(refusal());
    const told = (await events()).map(({ details }) => details['further'] ?? 'first');
    assert.deepEqual(told.toSorted(), [2, 'first', 'first']);
  });

  it('of different kinds, people, clients and networks are told apart', async () => {
    const person = { id: 'p', organisation: 'acme' };
    const origin = { client: 'other', address: '203.0.113.7', userAgent: null };
    const different: Parameters<typeof refusal>[0][] = [
      {},
      { type: 'sign-in.factor' },
      { reasons: ['suspended'] },
      { person },
      { origin },
      { address: '203.0.113.8' },
      { address: '2001:db8:1:2::1' },
    ];
    for (const about of different) await relays[0]?.refuse(refusal(about));
    assert.equal((await events()).length, different.length);
    await relays[0]?.refuse(refusal({ address: '2001:db8:1:2:ffff::9' }));
    await relays[0]?.refuse(refusal({ address: '::ffff:203.0.113.8' }));
    assert.equal((await events()).length, different.length, 'an IPv6 network is a /64');
  });

  it('that a counter of their person bounds are an event each', async () => {
    const person = { id: 'p', organisation: 'acme' };
    for (const reason of ['wrong-password', 'code-wrong', 'one-time-used', 'enrolment-code-wrong'])
      for (let n = 0; n < 3; n += 1)
        await relays[0]?.refuse(refusal({ person, reasons: [reason] }));
    assert.equal((await events()).length, 12);
    for (let n = 0; n < 3; n += 1)
      await relays[0]?.refuse(refusal({ reasons: ['wrong-password'] }));
    assert.equal((await events()).length, 13, 'nobody has no counter');
  });

  it('go on when the clock is set back, and for no longer than ten minutes', async () => {
    await relays[0]?.refuse(refusal());
    clock -= 86_400_000;
    for (let n = 0; n < 3; n += 1) await relays[0]?.refuse(refusal());
    clock += REFUSAL_WINDOW;
    await close();
    const told = (await events()).map(({ details }) => details['further'] ?? 'first');
    assert.deepEqual(told.toSorted(), [2, 'first', 'first']);
  });
});

describe('the number of refusals', () => {
  /** The sign-in that the number says it is of. */
  async function sumOf(...signIns: string[]): Promise<unknown> {
    for (const sign_in of signIns) await relays[0]?.refuse(refusal({ details: { sign_in } }));
    clock += REFUSAL_WINDOW + 1;
    await close();
    const sum = (await events()).find(({ details }) => details['further'] !== undefined);
    assert.equal(sum?.details['further'], signIns.length - 1);
    return sum?.details['sign_in'];
  }

  it('is of the sign-in that all were in', async () => {
    assert.equal(await sumOf('one', 'one', 'one'), 'one');
  });

  it('is of none where they were in several', async () => {
    assert.equal(await sumOf('one', 'one', 'two', 'one'), undefined);
  });

  it('nor where several came at once', async () => {
    const all = ['one', 'one', 'one', 'two'];
    const [relay] = relays;
    assert.ok(relay);
    await Promise.all(all.map((sign_in) => relay.refuse(refusal({ details: { sign_in } }))));
    clock += REFUSAL_WINDOW + 1;
    await close();
    const sum = (await events()).find(({ details }) => details['further'] !== undefined);
    assert.deepEqual([sum?.details['further'], sum?.details['sign_in']], [3, undefined]);
  });
});
