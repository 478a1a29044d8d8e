/**
 * The queue of mailboxes that are to be closed where they are open: what opened them has ended. This folder owns the way
 * from an act to the mail server (Dovecot's doveadm). An entry follows from the act's event, or from a notice where the
 * event does not tell whose it is (outbox/closing.ts); both ride in the act's write, and hold nobody up.
 */
import type { AuditEvent, EventType } from '../audit/event.ts';
import type { ClosingNotice } from '../outbox/closing.ts';
import { personCollection } from '../records/person.ts';
import { dueIndex, leaseQueue, UNCLAIMED, type LeasedWork } from '../storage/lease-queue.ts';
import { collection, type Store } from '../storage/store.ts';

export interface MailboxClosing extends LeasedWork<'closed' | 'failed'> {
  /** Its address; `*`: every one. */
  mailbox: string;
}

/** By the id of the event or notice. */
export const mailboxClosingCollection = collection<MailboxClosing>('mailbox_closing', {
  indexes: { due: dueIndex },
});

/** Events after which a passcode, a session or a token may be good for nothing: better once too often. */
const ENDING: ReadonlySet<EventType> = new Set<EventType>([
  'sign-out',
  'session.ended',
  'access.withdrawn',
  'factor.enrolled',
  'factor.removed',
  'one-time-codes.made',
  'one-time-code.used',
  'computer.revoked',
  'computer.theft',
  'mfa.disabled',
  'factors.reset',
  'passcode.revoked',
  'password.set',
  'password.changed',
  'address.verified',
  'address.removed',
  'person.changed',
  'person.disabled',
  'person.locked-down',
  'person.deletion-ordered',
  'person.removed',
  'everything.ended',
]);
/** What was refused then has ended something: the trust in that computer. */
const ENDING_BY_REFUSAL: EventType = 'computer.theft';
const EVERY_MAILBOX = '*';
/**
 * Doveadm takes an address for a mask, and knows no way to write these as they are: it would close mailboxes of
 * others. Dovecot lets nobody in by a name with one (auth_username_chars).
 */
const WILDCARD = /[*?]/u;

/** Milliseconds after the first, second, … attempt that failed; after the last one it is given up. */
const PAUSES = [5_000, 30_000, 120_000, 600_000, 1_800_000] as const;
const KEPT_FOR = 86_400_000;

export const closingQueue = leaseQueue<MailboxClosing, 'closed' | 'failed'>({
  collection: mailboxClosingCollection,
  longest: Math.max(...PAUSES),
  nextAt({ attempts }, now) {
    const pause = PAUSES[attempts - 1];
    return pause === undefined ? { givenUp: 'failed' } : now + pause;
  },
});

/** `true`: something is to be closed that was not ordered before. */
export async function orderClosingAfter(
  store: Pick<Store, 'get' | 'insert'>,
  event: AuditEvent,
): Promise<boolean> {
  const mailbox = await mailboxOf(store, event);
  if (mailbox === undefined) return false;
  return orderClosing(store, { id: event.id, mailbox, orderedAt: event.at });
}

/** As `orderClosingAfter`. */
export async function orderClosing(
  store: Pick<Store, 'insert'>,
  { id, mailbox, orderedAt }: ClosingNotice,
): Promise<boolean> {
  if (mailbox !== null && WILDCARD.test(mailbox)) return false;
  const mask = mailbox?.toLowerCase() ?? EVERY_MAILBOX;
  const entry = { ...UNCLAIMED, mailbox: mask, orderedAt, nextAt: orderedAt };
  return store.insert(mailboxClosingCollection, id, entry, { expiresAt: orderedAt + KEPT_FOR });
}

async function mailboxOf(
  store: Pick<Store, 'get'>,
  { type, outcome, reasons, person }: AuditEvent,
): Promise<string | null | undefined> {
  if (outcome !== 'success' && type !== ENDING_BY_REFUSAL) return undefined;
  // When it begins, passcodes of some still open what is closed.
  if (type === 'everything.revoked' && reasons.includes('finished')) return null;
  if (!ENDING.has(type) || person === null) return undefined;
  // Of somebody who was removed too: the document is there for as long as its events are not told.
  return (await store.get(personCollection, person))?.email;
}
