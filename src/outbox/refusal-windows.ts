/**
 * Refusals that anybody can cause as often as they like. The first one within ten minutes is an
 * event; those after it are counted, and are one more event with their number when the ten minutes
 * are over. Events themselves never change.
 *
 * The count is kept in the store, by one conditional write that the answer waits for: all processes
 * share a window, and one that is killed loses nothing.
 */
import { createHash } from 'node:crypto';
import { collection, type Change, type Store } from '../storage/store.ts';
import { addressBlock } from '../net/address.ts';
import { hasCome, rangesThatHaveCome } from '../timing/has-come.ts';
import type { AuditEvent } from '../audit/event.ts';
import { outboxIndex, type MessageCarrier, type OutboxMessage } from './message.ts';

export interface RefusalWindow extends MessageCarrier {
  /** The one that opened it. */
  first: AuditEvent;
  /** Those after it. */
  further: number;
  /** Some of them came in another sign-in than the first. */
  mixed?: true;
  /** Milliseconds since the epoch; `CLOSED`: its number is on its way into the log. */
  closesAt: number;
}

export const refusalWindowCollection = collection<RefusalWindow>('refusal_window', {
  key: 'hash',
  indexes: { postings: outboxIndex, closesAt: ({ closesAt }) => closesAt },
});

/** Milliseconds. */
export const REFUSAL_WINDOW = 600_000;
/** By clocks that are apart. */
const LONGEST_OPEN = 2 * REFUSAL_WINDOW;
const CLOSED = 0;
/** Windows that one look closes; the next look goes on. */
const CLOSED_AT_ONCE = 1000;

/**
 * A try that was evaluated has been taken from a counter of its person, which bounds it already. A code
 * for a set-up that is no longer there (`code-replaced`) is compared with nothing, and takes none.
 */
const EVALUATED =
  /^(?:wrong-password$|the person is |the date is over |no password has been |(?:code-(?!replaced$)|one-time-|enrolment-code-))/u;

/** Is each refusal of this kind an event of its own? */
export function isBounded({ person, reasons }: AuditEvent): boolean {
  return person !== null && reasons.some((reason) => EVALUATED.test(reason));
}

/** The event that tells the number of those that were counted (`details.further`). */
export function isSum({ details }: AuditEvent): boolean {
  return typeof details['further'] === 'number';
}

/** Answers what was opened: the id of the event that opened it, and of its window; undefined: counted. */
export type CountRefusal = (
  event: AuditEvent,
) => Promise<{ event: string; window: string } | undefined>;

/**
 * Those that come while the window is being written are counted together by the next write, so that
 * many at once don't queue for one document. `retention`: seconds that events are kept.
 */
export function createRefusalCounter(
  store: Pick<Store, 'update'>,
  retention: number,
): CountRefusal {
  const writing = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Waiting>();
  return (event) => {
    const id = windowOf(event);
    const joined = waiting.get(id);
    if (joined) {
      joined.number += 1;
      joined.isMixed ||= isOfAnother(event, joined.event);
      return joined.written;
    }
    const write = (): ReturnType<CountRefusal> => {
      const { number = 1, isMixed = false } = waiting.get(id) ?? {};
      waiting.delete(id);
      const counted = { event, number, isMixed };
      return store.update(refusalWindowCollection, id, counting(id, counted, retention));
    };
    const written = (writing.get(id) ?? Promise.resolve()).then(write, write);
    waiting.set(id, { event, number: 1, isMixed: false, written });
    writing.set(id, written);
    const done = (): void => {
      if (writing.get(id) === written) writing.delete(id);
    };
    written.then(done, done);
    return written;
  };
}

interface Counted {
  event: AuditEvent;
  number: number;
  /** Some came in another sign-in than `event`. */
  isMixed: boolean;
}
type Waiting = Counted & { written: ReturnType<CountRefusal> };

const isOfAnother = (one: AuditEvent, other: AuditEvent): boolean =>
  one.details['sign_in'] !== other.details['sign_in'];

/** What was refused, to whom, for which client, and from where; in whichever sign-in, as anybody can begin many. */
function windowOf({ type, reasons, details, person, client, address }: AuditEvent): string {
  const { sign_in: _, ...said } = details;
  const key = [type, reasons, said, person, client, addressBlock(address ?? '')];
  return createHash('sha256').update(JSON.stringify(key)).digest('base64url');
}

function counting(id: string, { event, number, isMixed }: Counted, retention: number) {
  const closesAt = event.at + REFUSAL_WINDOW;
  return (
    current: RefusalWindow | undefined,
  ): Change<RefusalWindow, { event: string; window: string } | undefined> => {
    if (current && isOpen(current, event.at)) {
      const mixed = current.mixed === true || isMixed || isOfAnother(event, current.first);
      const put = {
        ...current,
        further: current.further + number,
        ...(mixed ? { mixed: true as const } : {}),
      };
      return { put, result: undefined };
    }
    const postings = [...(current ? untold(current) : []), { event }];
    const mixed = isMixed ? { mixed: true as const } : {};
    const put = { first: event, further: number - 1, ...mixed, closesAt, postings };
    // It is removed when it is told; until then its number must not be lost.
    const expiresAt = closesAt + retention * 1000;
    return { put, expiresAt, result: { event: event.id, window: id } };
  };
}

/**
 * A request that came a little before the first one, or to a process whose clock is behind, belongs to
 * it; a clock that was set back must not keep it open.
 */
function isOpen({ closesAt }: RefusalWindow, at: number): boolean {
  return !hasCome(closesAt, at, LONGEST_OPEN);
}

function untold(window: RefusalWindow): OutboxMessage[] {
  return [...(window.postings ?? []), ...sumOf(window)];
}

function sumOf({ first, further, mixed, closesAt }: RefusalWindow): OutboxMessage[] {
  if (further === 0 || closesAt === CLOSED) return [];
  const { sign_in: _, ...others } = first.details;
  // Of several sign-ins it is none's: the console would tell a thief's tries as the owner's.
  const details = { ...(mixed ? others : first.details), further };
  const id = `${first.id}-further`;
  return [{ event: { ...first, id, at: closesAt, userAgent: null, details } }];
}

/** Puts the numbers of windows that are over where the relay finds them, and removes those that are told. */
export async function closeRefusalWindows(
  store: Pick<Store, 'find' | 'update'>,
  now: number,
): Promise<void> {
  const found = rangesThatHaveCome(now, LONGEST_OPEN).map((range) =>
    store.find(refusalWindowCollection, { index: 'closesAt', ...range, limit: CLOSED_AT_ONCE }),
  );
  const items = (await Promise.all(found)).flatMap((page) => page.items);
  const close = (window: RefusalWindow | undefined): Change<RefusalWindow, void> => {
    // Opened anew meanwhile.
    if (!window || !hasCome(window.closesAt, now, LONGEST_OPEN)) return { result: undefined };
    const postings = untold(window);
    if (postings.length === 0) return { remove: true, result: undefined };
    return { put: { ...window, closesAt: CLOSED, postings }, result: undefined };
  };
  await Promise.all(items.map(({ id }) => store.update(refusalWindowCollection, id, close)));
}
