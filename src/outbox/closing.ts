/** That a mailbox is to be closed wherever it is open, as a message for the write after which it opens to fewer. */
import { randomBytes } from 'node:crypto';

export interface ClosingNotice {
  id: string;
  /** Its address; null: every one. */
  mailbox: string | null;
  /** Milliseconds since the epoch. */
  orderedAt: number;
}

/** `now`: milliseconds since the epoch. */
export function closingOf(mailbox: string | null, now: number): { closing: ClosingNotice } {
  const id = randomBytes(16).toString('base64url');
  return { closing: { id, mailbox, orderedAt: now } };
}
