/** Closes mailboxes in the background: a mail server that is slow or down holds up nobody's sign-out. */
import type { Logger } from 'pino';
import { createLoop, type Loop } from '../timing/loop.ts';
import type { Store } from '../storage/store.ts';
import { closingQueue } from './closing-queue.ts';
import type { CloseMailbox } from './doveadm.ts';

/** `close` waits for what is in flight, which is bounded in time. */
export type MailboxCloser = Pick<Loop, 'wake' | 'settle' | 'close'>;

const AT_ONCE = 10;
/** Milliseconds between two looks for entries of other processes, and for those to be tried again. */
const LOOK_EVERY = 2000;
/** Milliseconds: longer than a call may take (`outgoing.timeout_ms` is 60 s at most). */
const LEASE = 120_000;

export interface MailboxCloserParts {
  store: Store;
  closeMailbox: CloseMailbox;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

export function startMailboxCloser(parts: MailboxCloserParts): MailboxCloser {
  const { store, log, now } = parts;
  const look = async (isClosed: () => boolean): Promise<void> => {
    while (!isClosed()) {
      const by = { now: now(), lease: LEASE, most: AT_ONCE };
      const due = await closingQueue.claim(store, by);
      if (due.length === 0) return;
      await Promise.all(due.map(({ id, value }) => closeOne(parts, { id, ...value })));
    }
  };
  const failed = (err: unknown): void => log.warn({ err }, 'mailboxes to be closed cannot be read');
  const loop = createLoop(look, { every: LOOK_EVERY, failed });
  loop.start();
  return loop;
}

/** Never rejects: what can't be written down is claimed again after its lease. */
async function closeOne(
  { store, closeMailbox, log, now }: MailboxCloserParts,
  { id, attempts, mailbox }: { id: string; attempts: number; mailbox: string },
): Promise<void> {
  try {
    const failure = await closeMailbox(mailbox).then(
      () => undefined,
      (err: unknown) => ({ err }),
    );
    const state = failure ? 'again' : 'closed';
    const became = await closingQueue.settle(store, { id, attempts }, { state }, now());
    if (failure) log.warn({ ...failure, attempts, state: became }, 'a mailbox could not be closed');
  } catch (err) {
    log.error({ err }, 'what became of closing a mailbox could not be written down');
  }
}
