/**
 * Moves messages out of the documents that they ride in: events into the audit log, mails into their
 * queue, ends of sessions into the queue of those that apps are told of, each once by its id. It may be
 * broken off anywhere, and run twice at once: what was moved already stays moved, and what wasn't is found
 * by the index of the carriers.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type { SealedMail } from '../mail/mail.ts';
import { pages } from '../storage/pages.ts';
import type { Change, Collection, Page, Store } from '../storage/store.ts';
import { auditCollection, type AuditEvent } from '../audit/event.ts';
import type { ClosingNotice } from './closing.ts';
import {
  messageId,
  type LogoutNotice,
  type MembershipNotice,
  type MessageCarrier,
  type OutboxMessage,
} from './message.ts';
import {
  createRefusalCounter,
  isBounded,
  isSum,
  refusalWindowCollection,
} from './refusal-windows.ts';

/**
 * Where mails, ends of sessions, closings of mailboxes and what lists of people follow go. Told of the same one again
 * after a crash, which is to change nothing.
 */
export interface MessageHandlers {
  /** What follows from an event, before it is recorded. Absent: nothing does. */
  event?(event: AuditEvent): Promise<unknown>;
  mail(mail: SealedMail): Promise<unknown>;
  logout(notice: LogoutNotice): Promise<unknown>;
  /** Absent: no mail server is to be told. */
  closing?(notice: ClosingNotice): Promise<unknown>;
  memberships(notice: MembershipNotice): Promise<unknown>;
}

export interface RelayParts {
  store: Store;
  handlers: MessageHandlers;
  /** Every collection of carriers; each has the index `postings: outboxIndex`. */
  carriers: readonly Collection<any>[];
  /** How long events are kept, in seconds. */
  auditRetention: number;
  /** Milliseconds since the epoch. */
  now(): number;
  log: Logger;
  /** Told each event that is recorded now for the first time, or counted: of several processes, one is told. */
  recorded?: ((event: AuditEvent) => void) | undefined;
}

/** Nothing here rejects: what can't be done is logged, and done by a later `moveAll`. */
export interface Relay {
  /** The document carries messages now: they are moved within about 200 ms. */
  soon<T extends MessageCarrier>(collection: Collection<T>, id: string): void;
  /** Moves those of every carrier, other processes' and earlier runs' too. Answers how many. */
  moveAll(): Promise<number>;
  /** An event that no document changes for. */
  record(event: AuditEvent): Promise<void>;
  /** A refusal that no document changes for, and that can be caused as often as one likes (refusal-windows.ts). */
  refuse(event: AuditEvent): Promise<void>;
  /** Does what nobody waits for but `settle` and `close`. */
  later(work: () => Promise<void>): void;
  /**
   * As `later`, at a moment within two seconds that nobody knows: work that keeps the process from other
   * requests would tell, by the time of the next one, that there was some.
   */
  sometime(work: () => Promise<void>): void;
  /** Moves now what `soon` was told, and does what `sometime` was; resolves when that is done, and every `moveAll` and `later` that runs. */
  settle(): Promise<void>;
  /** `settle`, and nothing more after it: the store can be closed. A `moveAll` that runs ends early. */
  close(): Promise<void>;
}

const DELAY = 200;
/** Milliseconds. */
const SOMETIME = 2000;
const LATER_FAILED = 'work after an answer failed';

/** What comes after an answer runs outside of its request: what that has read is old by then. */
export function createRelay(parts: RelayParts): Relay {
  const { store, carriers, log } = parts;
  const waiting = new Map<string, () => Promise<number>>();
  const moving = new Set<Promise<unknown>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const outside = AsyncLocalStorage.snapshot();

  const move = (collection: Collection<any>, id: string): Promise<number> =>
    moveOne(parts, collection, id).catch((err: unknown) => {
      log.error({ err, collection: collection.name }, 'messages could not be moved');
      return 0;
    });

  const track = <T>(work: Promise<T>): Promise<T> => {
    const tracked = work.finally(() => moving.delete(tracked));
    moving.add(tracked);
    return tracked;
  };

  const moveWaiting = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const due = [...waiting.values()];
    waiting.clear();
    for (const start of due) void track(start());
  };

  const moveEvery = async (): Promise<number> => {
    let moved = 0;
    try {
      for (const collection of carriers)
        for await (const { items } of carriersOf(store, collection)) {
          if (closed) return moved;
          const counts = await Promise.all(items.map(({ id }) => move(collection, id)));
          moved += counts.reduce((all, one) => all + one, 0);
        }
    } catch (err) {
      log.error({ err }, 'carriers of messages could not be found');
    }
    return moved;
  };

  const later = (work: () => Promise<void>): void => {
    void track(outside(work).catch((err: unknown) => log.error({ err }, LATER_FAILED)));
  };
  const postponed = createPostponed(later, outside);
  const settle = async (): Promise<void> => {
    do {
      postponed.startAll();
      moveWaiting();
      await Promise.all(moving);
    } while (waiting.size > 0 || !postponed.isEmpty);
  };

  const soon: Relay['soon'] = (collection, id) => {
    if (closed) return;
    waiting.set(`${collection.name} ${id}`, () => move(collection, id));
    timer ??= outside(() => setTimeout(moveWaiting, DELAY).unref());
  };

  return {
    soon,
    moveAll: () => (closed ? Promise.resolve(0) : track(moveEvery())),
    later,
    sometime: postponed.add,
    ...recording(parts, soon),
    settle,
    async close() {
      closed = true;
      await settle();
    },
  };
}

function recording(parts: RelayParts, soon: Relay['soon']): Pick<Relay, 'record' | 'refuse'> {
  const count = createRefusalCounter(parts.store, parts.auditRetention);
  const countOne = async (event: AuditEvent): Promise<void> => {
    const opened = await count(event);
    if (opened) soon(refusalWindowCollection, opened.window);
    if (opened?.event !== event.id) parts.recorded?.(event);
  };
  const logged = (event: AuditEvent, work: Promise<void>): Promise<void> =>
    work.catch((err: unknown) => parts.log.error({ err, event }, 'an event could not be recorded'));
  return {
    record: (event) => logged(event, insertEvent(parts, event)),
    refuse: (event) =>
      logged(event, isBounded(event) ? insertEvent(parts, event) : countOne(event)),
  };
}

/** Work that is started at random moments, or all at once. */
function createPostponed(
  start: (work: () => Promise<void>) => void,
  outside: <R>(work: () => R) => R,
) {
  const waiting = new Map<NodeJS.Timeout, () => void>();
  return {
    add(work: () => Promise<void>): void {
      const begin = (): void => {
        clearTimeout(timer);
        waiting.delete(timer);
        start(work);
      };
      const timer = outside(() => setTimeout(begin, randomInt(SOMETIME)));
      waiting.set(timer, begin);
    },
    startAll(): void {
      for (const begin of waiting.values()) begin();
    },
    get isEmpty(): boolean {
      return waiting.size === 0;
    },
  };
}

/** A page at a time, whose messages are moved together: their writes share commits. */
function carriersOf(store: Store, collection: Collection<any>): AsyncGenerator<Page<unknown>> {
  return pages((after) => store.find(collection, { index: 'postings', equals: 1, after }));
}

/** Answers how many messages the document is rid of. */
async function moveOne(
  parts: RelayParts,
  collection: Collection<MessageCarrier>,
  id: string,
): Promise<number> {
  const { store } = parts;
  const carrier = await store.get(collection, id);
  const postings = carrier?.postings ?? [];
  if (postings.length === 0) return 0;
  // First there, then gone here: what is broken off in between is there once all the same.
  await Promise.all(postings.map((message) => deliver(parts, message)));
  const moved = new Set(postings.map(messageId));
  return store.update(collection, id, (current) => without(current, moved));
}

async function deliver(parts: RelayParts, message: OutboxMessage): Promise<void> {
  const { handlers } = parts;
  if ('event' in message) await insertEvent(parts, message.event);
  else if ('mail' in message) await handlers.mail(message.mail);
  else if ('logout' in message) await handlers.logout(message.logout);
  else if ('closing' in message) await handlers.closing?.(message.closing);
  else await handlers.memberships(message.memberships);
}

async function insertEvent(
  { store, handlers, auditRetention, recorded, now }: RelayParts,
  event: AuditEvent,
): Promise<void> {
  await handlers.event?.(event);
  const expiresAt = event.at + auditRetention * 1000;
  const put = { ...event, recordedAt: now() };
  const isNew = await store.insert(auditCollection, event.id, put, { expiresAt });
  // Those that a sum stands for were told when they were counted.
  if (isNew && !isSum(event)) recorded?.(event);
}

/** The document as it is now, rid of those; what was added meanwhile stays. */
function without(
  current: MessageCarrier | undefined,
  moved: ReadonlySet<string>,
): Change<MessageCarrier, number> {
  if (!current?.postings) return { result: 0 };
  const { postings, ...rest } = current;
  const left = postings.filter((message) => !moved.has(messageId(message)));
  const result = postings.length - left.length;
  if (result === 0) return { result };
  if (left.length === 0 && current.gone) return { remove: true, result };
  return { put: left.length > 0 ? { ...rest, postings: left } : rest, result };
}
