/**
 * The outbox: every mail from the moment it is ordered until a week after its fate is known. A mail
 * that is claimed is leased, so that two processes never hand over the same one at the same time; a
 * lease that ran out (its process was killed) is claimed again, so none is lost. The body is sealed,
 * and erased with the write that says what became of it.
 */
import { pages } from '../storage/pages.ts';
import { collection, type Change, type Entry, type Store } from '../storage/store.ts';
import type { MailTemplate, SealedMail } from './mail.ts';

/**
 * `handed-over`: the mail server took it. `refused`: it said no for good. `expired`: it was of no use
 * any more (`notAfter`). `failed`: given up after three days.
 */
export type MailState = 'queued' | 'handed-over' | 'refused' | 'expired' | 'failed';

/** All times are milliseconds since the epoch. */
export interface QueuedMail {
  template: MailTemplate;
  /** Null once nothing is left to do. */
  sealed: string | null;
  orderedAt: number;
  notAfter: number | null;
  state: MailState;
  /** How often it was claimed. */
  attempts: number;
  nextAt: number;
  /** Somebody is handing it over, until then at the latest. */
  lease: { until: number } | null;
  /** The mail server's last word: code and enhanced status (RFC 3463), such as `550 5.1.1`, never its text. */
  answer: string | null;
}

export const mailCollection = collection<QueuedMail>('mail', {
  indexes: {
    due: ({ state, lease, nextAt }) =>
      state === 'queued' ? (lease ? lease.until : nextAt) : undefined,
  },
});

/** What pages and messages need of it. */
export interface MailQueue {
  /** `false`: it is there already, sent or not. */
  order(mail: SealedMail): Promise<boolean>;
  /** `undefined`: it rides in its document still, or its fate is known for over a week. */
  status(id: string): Promise<Pick<QueuedMail, 'state' | 'answer'> | undefined>;
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
const KEPT_FOR = 7 * DAY;

/** Milliseconds after the first, second, … attempt that failed; the last one repeats. */
const PAUSES = [5_000, 15_000, 60_000, 300_000, 900_000] as const;
const LONGEST_PAUSE = 3_600_000;

const LOOKED_AT_ONCE = 50;

/** `ordered`: told after each new mail (wakes the sender of this process). */
export function createMailQueue(store: Mails, ordered: () => void = () => {}): MailQueue {
  return {
    async order({ id, template, sealed, orderedAt, notAfter }) {
      const isNew = await store.insert(
        mailCollection,
        id,
        {
          template,
          sealed,
          orderedAt,
          notAfter,
          state: 'queued',
          attempts: 0,
          nextAt: orderedAt,
          lease: null,
          answer: null,
        },
        // Where no sender runs, nothing else would ever erase it.
        { expiresAt: orderedAt + GIVEN_UP_AFTER + KEPT_FOR },
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

/**
 * Leases up to `most` mails that are due for `lease` milliseconds. Those that must not be sent any
 * more are settled on the way.
 */
export async function claimDue(
  store: Mails,
  { now, lease, most }: { now: number; lease: number; most: number },
): Promise<ClaimedMail[]> {
  const claimed: ClaimedMail[] = [];
  const due = { index: 'due', below: now + 1, limit: LOOKED_AT_ONCE };
  for await (const { items } of pages((after) => store.find(mailCollection, { ...due, after }))) {
    for (const { id } of codesFirst(items)) {
      const mail = await claim(store, id, now, lease);
      if (mail) claimed.push(mail);
      if (claimed.length >= most) return claimed;
    }
  }
  return claimed;
}

/** Somebody is waiting for a code; nobody is for a notice. */
function codesFirst(entries: readonly Entry<QueuedMail>[]): Entry<QueuedMail>[] {
  const isNotice = ({ value }: Entry<QueuedMail>): number => (value.notAfter === null ? 1 : 0);
  return entries.toSorted((a, b) => isNotice(a) - isNotice(b));
}

function claim(
  store: Mails,
  id: string,
  now: number,
  lease: number,
): Promise<ClaimedMail | undefined> {
  return store.update(mailCollection, id, (mail): Change<QueuedMail, ClaimedMail | undefined> => {
    const isDue = mail?.state === 'queued' && (mail.lease ? mail.lease.until : mail.nextAt) <= now;
    if (!isDue || mail.sealed === null) return { result: undefined };
    const lapsed = lapsedState(mail, now);
    if (lapsed) return { ...ended(mail, lapsed, mail.answer, now), result: undefined };
    const attempts = mail.attempts + 1;
    const { template, sealed, orderedAt, notAfter } = mail;
    return {
      put: { ...mail, attempts, lease: { until: now + lease } },
      result: { id, template, sealed, orderedAt, notAfter, attempts },
    };
  });
}

/** Is it too late for the mail? */
export function isTooLate({ notAfter }: Pick<QueuedMail, 'notAfter'>, now: number): boolean {
  return notAfter !== null && now > notAfter;
}

function lapsedState(mail: QueuedMail, now: number): 'expired' | 'failed' | undefined {
  if (isTooLate(mail, now)) return 'expired';
  return now > mail.orderedAt + GIVEN_UP_AFTER ? 'failed' : undefined;
}

/**
 * Writes down what came of a claimed mail. Of a claim whose lease has been taken over since, only what
 * is final counts. Answers the state that the mail is in now.
 */
export function settle(
  store: Mails,
  { id, attempts }: Pick<ClaimedMail, 'id' | 'attempts'>,
  { state, answer }: Outcome,
  now: number,
): Promise<MailState | undefined> {
  return store.update(mailCollection, id, (mail): Change<QueuedMail, MailState | undefined> => {
    if (mail?.state !== 'queued') return { result: mail?.state };
    if (state !== 'again') return { ...ended(mail, state, answer, now), result: state };
    if (mail.attempts !== attempts) return { result: 'queued' };
    const put = { ...mail, lease: null, answer, nextAt: nextAttempt(mail, now) };
    return { put, result: 'queued' };
  });
}

function nextAttempt({ attempts, notAfter }: QueuedMail, now: number): number {
  const next = now + (PAUSES[attempts - 1] ?? LONGEST_PAUSE);
  // Comes up once more as soon as it has expired, so that its body doesn't stay any longer.
  return notAfter === null ? next : Math.min(next, notAfter + 1);
}

function ended(
  mail: QueuedMail,
  state: MailState,
  answer: string | null,
  now: number,
): { put: QueuedMail; expiresAt: number } {
  return {
    put: { ...mail, sealed: null, lease: null, state, answer },
    expiresAt: now + KEPT_FOR,
  };
}
