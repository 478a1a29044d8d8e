/**
 * The queue of mailboxes that are to be closed where they are open: what opened them has ended. This folder owns the way
 * from an event to the mail server (Dovecot's doveadm). An entry rides with its event (outbox/relay.ts), so it
 * is written when the act is, and holds nobody up.
 */
import type { AuditEvent, EventType } from '../audit/event.ts';
import { personCollection } from '../records/person.ts';
import { dueIndex, leaseQueue, UNCLAIMED, type LeasedWork } from '../storage/lease-queue.ts';
import { collection, type Store } from '../storage/store.ts';

export interface MailboxClosing extends LeasedWork<'closed' | 'failed'> {
  /** Its address; `*`: every one. */
  mailbox: string;
}

/** By the id of the event. */
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
  'mfa.disabled',
  'factors.reset',
  'passcode.revoked',
  'password.set',
  'password.changed',
  'person.changed',
  'person.disabled',
  'person.deletion-ordered',
  'person.removed',
  'everything.ended',
]);
const ENDING_ALL: ReadonlySet<EventType> = new Set<EventType>(['everything.revoked']);
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
  nextAt({ attempts }, now) {
    const pause = PAUSES[attempts - 1];
    return pause === undefined ? { givenUp: 'failed' } : now + pause;
  },
});

/** `true`: something is to be closed that was not ordered before. */
export async function orderClosing(
  store: Pick<Store, 'get' | 'insert'>,
  event: AuditEvent,
): Promise<boolean> {
  const mailbox = await mailboxOf(store, event);
  if (mailbox === undefined) return false;
  const entry = { ...UNCLAIMED, mailbox, orderedAt: event.at, nextAt: event.at };
  return store.insert(mailboxClosingCollection, event.id, entry, {
    expiresAt: event.at + KEPT_FOR,
  });
}

async function mailboxOf(
  store: Pick<Store, 'get'>,
  { type, outcome, person }: AuditEvent,
): Promise<string | undefined> {
  if (outcome !== 'success') return undefined;
  if (ENDING_ALL.has(type)) return EVERY_MAILBOX;
  if (!ENDING.has(type) || person === null) return undefined;
  // Of somebody who was removed too: the document is there for as long as its events are not told.
  const mailbox = (await store.get(personCollection, person))?.email.toLowerCase();
  return mailbox === undefined || WILDCARD.test(mailbox) ? undefined : mailbox;
}
