import { messageHandlers } from '../../src/server/outbox.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import pino from 'pino';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { auditCollection, newEvent, type AuditEvent } from '../../src/audit/event.ts';
import { createRelay, type Relay } from '../../src/outbox/relay.ts';
import {
  withMessages,
  outboxIndex,
  type MessageCarrier,
  type OutboxMessage,
} from '../../src/outbox/message.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import type { SealedMail } from '../../src/mail/mail.ts';
import { createMailQueue, mailCollection } from '../../src/mail/queue.ts';
import { openStore } from '../../src/storage/open.ts';
import { collection, type Store } from '../../src/storage/store.ts';

interface Thing extends MessageCarrier {
  name: string;
}
const thingKind = collection<Thing>('thing', { indexes: { postings: outboxIndex } });
const otherKind = collection<Thing>('other_thing', { indexes: { postings: outboxIndex } });
const kinds = [thingKind, otherKind];

const START = 4_000_000_000_000;
const RETENTION = 3600;

let folder: string;
let store: Store;
let clock: number;
let lines: string[];
let ordered: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  clock = START;
  store = await open();
  lines = [];
  ordered = 0;
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function open(): Promise<Store> {
  const options = { engine: 'sqlite' as const, path: join(folder, 'latchkey.db') };
  return openStore(options, [...COLLECTIONS, ...kinds], { now: () => clock });
}

function newPoster(on = store): Relay {
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const outbox = createMailQueue(on, () => (ordered += 1));
  return createRelay({
    store: on,
    handlers: messageHandlers(on, outbox),
    carriers: kinds,
    auditRetention: RETENTION,
    now: () => clock,
    log,
  });
}

const event = (): AuditEvent => newEvent({ type: 'sign-out', at: clock, origin: OPERATOR_ORIGIN });
const mail = (id: string): SealedMail => ({
  id,
  template: 'unlocked',
  sealed: 'sealed',
  orderedAt: clock,
  notAfter: null,
});

async function carry(id: string, ...postings: OutboxMessage[]): Promise<void> {
  await store.put(thingKind, id, { name: id, ...withMessages({}, ...postings) });
}
const events = async () => (await store.scan(auditCollection)).items.map(({ id }) => id).toSorted();
const mails = async () => (await store.scan(mailCollection)).items.map(({ id }) => id).toSorted();

describe('the relay', () => {
  it('moves events and mails to their places, and leaves the document without them', async () => {
    const [first, second] = [event(), event()];
    await carry('a', { event: first }, { mail: mail('m') }, { event: second });
    const relay = newPoster();
    relay.soon(thingKind, 'a');
    await relay.settle();
    assert.deepEqual(await events(), [first.id, second.id].toSorted());
    const kept = { ...first, recordedAt: clock };
    assert.deepEqual(await store.get(auditCollection, first.id), kept);
    assert.deepEqual(await mails(), ['m']);
    assert.deepEqual(await store.get(thingKind, 'a'), { name: 'a' });
    assert.equal(ordered, 1);
  });

  it('moves each once, however often and from wherever it is run at once', async () => {
    const all = Array.from({ length: 12 }, (_, n) => ({ event: event(), mail: mail(`m${n}`) }));
    await Promise.all(
      all.map((one, n) => carry(`a${n}`, { event: one.event }, { mail: one.mail })),
    );
    const elsewhere = await open();
    const relays = [newPoster(), newPoster(), newPoster(elsewhere)];
    for (const relay of relays) for (const n of all.keys()) relay.soon(thingKind, `a${n}`);
    await Promise.all([
      ...relays.map((relay) => relay.moveAll()),
      ...relays.map((relay) => relay.settle()),
    ]);
    await elsewhere.close();
    assert.deepEqual(await events(), all.map((one) => one.event.id).toSorted());
    assert.deepEqual(await mails(), all.map((one) => one.mail.id).toSorted());
    assert.equal(ordered, 12);
    const left = await store.find(thingKind, { index: 'postings', equals: 1 });
    assert.deepEqual(left.items, []);
  });

  it('moves within a moment by itself, each document once', async () => {
    const relay = newPoster();
    await carry('a', { mail: mail('m') });
    for (let times = 0; times < 5; times += 1) relay.soon(thingKind, 'a');
    const { promise, resolve } = Promise.withResolvers<void>();
    const looked = setInterval(async () => {
      if ((await store.get(thingKind, 'a'))?.postings === undefined) resolve();
    }, 10);
    await promise;
    clearInterval(looked);
    assert.deepEqual(await mails(), ['m']);
    assert.equal(ordered, 1);
    await relay.close();
  });

  it('leaves what was added while it was moving, for the next time', async () => {
    const [before, meanwhile] = [event(), event()];
    await carry('a', { event: before });
    const adding = addingOnce(store, 'a', { event: meanwhile });
    const relay = newPoster(adding);
    assert.equal(await relay.moveAll(), 1);
    assert.deepEqual(await events(), [before.id]);
    assert.deepEqual((await store.get(thingKind, 'a'))?.postings, [{ event: meanwhile }]);
    assert.equal(await relay.moveAll(), 1);
    assert.deepEqual(await events(), [before.id, meanwhile.id].toSorted());
    assert.deepEqual(await store.get(thingKind, 'a'), { name: 'a' });
  });

  it('finds those of other processes and earlier runs, of every kind', async () => {
    await Promise.all(Array.from({ length: 130 }, (_, n) => carry(`a${n}`, { event: event() })));
    await store.put(otherKind, 'b', { name: 'b', ...withMessages({}, { mail: mail('m') }) });
    const relay = newPoster();
    assert.equal(await relay.moveAll(), 131);
    assert.equal(await relay.moveAll(), 0);
    assert.equal((await store.scan(auditCollection, { limit: 200 })).items.length, 130);
    assert.deepEqual(await mails(), ['m']);
  });

  it('goes on where it was broken off: what was delivered already is not delivered again', async () => {
    const one = event();
    await carry('a', { event: one }, { mail: mail('m') });
    await store.insert(auditCollection, one.id, one);
    await createMailQueue(store).order(mail('m'));
    assert.equal(await newPoster().moveAll(), 2);
    assert.equal(ordered, 0);
    assert.deepEqual(await events(), [one.id]);
  });

  it('keeps events for as long as it is told, counted from when they happened', async () => {
    const one = event();
    await carry('a', { event: one });
    clock += 1000;
    await newPoster().moveAll();
    clock = START + RETENTION * 1000 - 1;
    const recordedAt = START + 1000;
    assert.deepEqual(await store.get(auditCollection, one.id), { ...one, recordedAt });
    clock += 2;
    assert.equal(await store.get(auditCollection, one.id), undefined);
  });

  it('records an event that no document changes for', async () => {
    const one = event();
    await newPoster().record(one);
    assert.deepEqual(await events(), [one.id]);
  });

  it('takes a document that is gone, or carries nothing, as done', async () => {
    await carry('empty');
    const relay = newPoster();
    relay.soon(thingKind, 'gone');
    relay.soon(thingKind, 'empty');
    await relay.settle();
    assert.deepEqual(lines, []);
  });

  it('throws nothing when the store cannot serve: it is logged, and done the next time', async () => {
    await carry('a', { mail: mail('m') });
    const closed = await open();
    await closed.close();
    const relay = newPoster(closed);
    relay.soon(thingKind, 'a');
    await relay.settle();
    assert.equal(await relay.moveAll(), 0);
    await relay.record(event());
    assert.equal(lines.length, 3);
    assert.equal(await newPoster().moveAll(), 1);
    assert.deepEqual(await mails(), ['m']);
  });

  it('finishes at the end what it was told, and takes no more', async () => {
    await carry('a', { mail: mail('m') });
    await carry('b', { mail: mail('n') });
    const relay = newPoster();
    relay.soon(thingKind, 'a');
    await relay.close();
    relay.soon(thingKind, 'b');
    await relay.settle();
    assert.equal(await relay.moveAll(), 0);
    assert.deepEqual(await mails(), ['m']);
  });

  it('settles and ends with what is done later, the postings of that too, and logs what fails', async () => {
    const relay = newPoster();
    const gate = Promise.withResolvers<void>();
    relay.later(async () => {
      await gate.promise;
      await carry('a', { mail: mail('m') });
      relay.soon(thingKind, 'a');
    });
    relay.later(() => Promise.reject(new Error('out of order')));
    const settled = relay.settle();
    gate.resolve();
    await settled;
    assert.deepEqual(await mails(), ['m']);
    assert.match(lines.join(), /out of order/u);
    const last = Promise.withResolvers<void>();
    let ended = false;
    relay.later(async () => {
      await last.promise;
      ended = true;
    });
    const closed = relay.close();
    last.resolve();
    await closed;
    assert.ok(ended);
  });

  it('does what can wait sometime, at once when it settles or ends, and never twice', async () => {
    const relay = newPoster();
    const done: string[] = [];
    const note = (what: string) => async () => void done.push(what);
    for (const what of ['a', 'b']) relay.sometime(note(what));
    relay.sometime(() => Promise.reject(new Error('out of order')));
    await relay.settle();
    assert.deepEqual(done, ['a', 'b']);
    assert.match(lines.join(), /out of order/u);
    relay.sometime(note('c'));
    await relay.close();
    assert.deepEqual(done, ['a', 'b', 'c']);
  });

  it('can be closed in the middle of looking for all of them, and the store after it', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => carry(`a${n}`, { event: event() })));
    const another = await open();
    const relay = newPoster(another);
    const looking = relay.moveAll();
    await relay.close();
    await another.close();
    const moved = await looking;
    assert.deepEqual(lines, []);
    assert.equal(moved + (await newPoster().moveAll()), 50);
  });
});

/** The store, in which a posting is added right after the document has been read for the first time. */
function addingOnce(store: Store, id: string, posting: OutboxMessage): Store {
  let added = false;
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const method = target[name].bind(target) as (...given: unknown[]) => Promise<unknown>;
      if (name !== 'get') return method;
      return async (...given: unknown[]) => {
        const found = await method(...given);
        if (!added) {
          added = true;
          await store.update(thingKind, id, (thing) => ({
            put: { name: id, ...withMessages(thing ?? {}, posting) },
            result: undefined,
          }));
        }
        return found;
      };
    },
  });
}
