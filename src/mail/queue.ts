/**
 * The queue of mails: every mail from the moment it is ordered until a month after its fate is known. The
 * body is sealed, and erased with the write that says what became of it; what is left says whom it was about, what
 * kind of mail it was, where it went (masked), and what the mail server said.
 */
import { dueIndex, leaseQueue, UNCLAIMED, type LeasedWork } from '../storage/lease-queue.ts';
import { placeAt } from '../storage/place-at.ts';
import { collection, type Store } from '../storage/store.ts';
import type { MailTemplate, SealedMail } from './mail.ts';

/**
 * `handed-over`: the mail server took it. `refused`: it said no for good. `expired`: it was of no use
 * any more (`notAfter`). `failed`: given up after three days.
 */
type MailEnd = 'handed-over' | 'refused' | 'expired' | 'failed';
export type MailState = 'queued' | MailEnd;

/** All times are milliseconds since the epoch. */
export interface QueuedMail extends LeasedWork<MailEnd> {
  template: MailTemplate;
  /** Null once nothing is left to do. */
  sealed: string | null;
  notAfter: number | null;
  /** The mail server's last word: code and enhanced status (RFC 3463), such as `550 5.1.1`, never its text. */
  answer: string | null;
  /** Whose account it is about: subject identifier. Absent: nobody's that is known, or an older version ordered it. */
  person?: string;
  /** Where it goes, masked. */
  to?: string;
  /** Id of the organisation whose it is; absent: the installation's, or an older version ordered it. */
  organisation?: string;
}

export const mailCollection = collection<QueuedMail>('mail', {
  indexes: {
    due: dueIndex,
    /** Those that the mail server did not take, by when they were ordered. */
    fault: ({ state, orderedAt }) =>
      state === 'refused' || state === 'failed' ? orderedAt : undefined,
    personAt: ({ person, orderedAt }) =>
      person === undefined ? undefined : placeAt(person, orderedAt),
  },
  fields: {
    text: ['state', 'template', 'sealed', 'answer', 'person', 'to', 'organisation'],
    object: ['lease'],
    number: ['orderedAt', 'attempts', 'nextAt', 'notAfter'],
  },
});

/** What pages and messages need of it. */
export interface MailQueue {
  /** `false`: it is there already, sent or not. */
  order(mail: SealedMail): Promise<boolean>;
  /** `undefined`: it rides in its document still, or its fate is known for over a month. */
  status(id: string): Promise<Pick<QueuedMail, 'state' | 'answer'> | undefined>;
}

/** By the index of mails about somebody, from the newest on. `person`: subject identifier. */
export function mailsAbout(person: string) {
  const range = { from: placeAt(person, 0), below: placeAt(person, Infinity) };
  return { index: 'personAt', ...range, descending: true } as const;
}

/** A mail that is the caller's to hand over until its lease ends. */
export interface ClaimedMail extends SealedMail {
  attempts: number;
}

/** What came of handing it over. */
export interface Outcome {
  /** `again`: it stays queued, and comes up after a pause. */
  state: 'handed-over' | 'refused' | 'expired' | 'again';
  answer: string | null;
}

type Mails = Pick<Store, 'insert' | 'get' | 'find' | 'update'>;

const DAY = 86_400_000;
/** Milliseconds. */
export const GIVEN_UP_AFTER = 3 * DAY;
/** Of what has been handed over or refused: kind, masked address, answer. */
export const KEPT_FOR = 30 * DAY;
/** A body that nobody hands over. */
const UNSENT_FOR = 7 * DAY;

/** Milliseconds after the first, second, … attempt that failed; the last one repeats. */
const PAUSES = [5_000, 15_000, 60_000, 300_000, 900_000] as const;
const LONGEST_PAUSE = 3_600_000;

/** `ordered`: told after each new mail (wakes the sender of this process). */
export function createMailQueue(store: Mails, ordered: () => void = () => {}): MailQueue {
  return {
    async order({ id, orderedAt, ...mail }) {
      const isNew = await store.insert(
        mailCollection,
        id,
        { ...UNCLAIMED, ...mail, orderedAt, nextAt: orderedAt, answer: null },
        // Where no sender runs, nothing else would ever erase it.
        { expiresAt: orderedAt + GIVEN_UP_AFTER + UNSENT_FOR },
      );
      if (isNew) ordered();
      return isNew;
    },
    async status(id) {
      const mail = await store.get(mailCollection, id);
      return mail && { state: mail.state, answer: mail.answer };
    },
  };
}

/** Of a queue that is longer, this many tell how it is. */
const MOST_COUNTED = 500;

/** Those that are queued, up to a bound, and when the oldest of these was ordered (milliseconds). */
export async function queuedMails(
  store: Pick<Store, 'find'>,
): Promise<{ count: number; oldest: number | undefined }> {
  const due = { index: 'due', from: 0, limit: MOST_COUNTED };
  const { items } = await store.find(mailCollection, due);
  const ordered = items.map(({ value }) => value.orderedAt);
  return { count: items.length, oldest: ordered.length > 0 ? Math.min(...ordered) : undefined };
}

const queue = leaseQueue<QueuedMail, MailEnd>({
  collection: mailCollection,
  longest: LONGEST_PAUSE,
  // Somebody is waiting for a code; nobody is for a notice.
  order: ({ notAfter }) => (notAfter === null ? 1 : 0),
  lapsed(mail, now) {
    if (isTooLate(mail, now)) return 'expired';
    return now > mail.orderedAt + GIVEN_UP_AFTER ? 'failed' : undefined;
  },
  nextAt({ attempts, notAfter }, now) {
    const next = now + (PAUSES[attempts - 1] ?? LONGEST_PAUSE);
    // Comes up once more as soon as it has expired, so that its body doesn't stay any longer.
    return notAfter === null ? next : Math.min(next, notAfter + 1);
  },
  ended: (mail, now) => ({ put: { ...mail, sealed: null }, expiresAt: now + KEPT_FOR }),
});

/**
 * Leases up to `most` mails that are due for `lease` milliseconds. Those that must not be sent any
 * more are settled on the way.
 */
export async function claimDue(
  store: Mails,
  by: { now: number; lease: number; most: number },
): Promise<ClaimedMail[]> {
  const claimed = await queue.claim(store, by);
  return claimed.flatMap(({ id, value: { sealed, ...mail } }) =>
    sealed === null ? [] : [{ ...mail, id, sealed }],
  );
}

/** Is it too late for the mail? */
export function isTooLate({ notAfter }: Pick<QueuedMail, 'notAfter'>, now: number): boolean {
  return notAfter !== null && now > notAfter;
}

/** Writes down what came of a claimed mail. Answers the state that the mail is in now. */
export function settle(
  store: Mails,
  claimed: Pick<ClaimedMail, 'id' | 'attempts'>,
  { state, answer }: Outcome,
  now: number,
): Promise<MailState | undefined> {
  return queue.settle(store, claimed, { state, put: { answer } }, now);
}
