/** A code that was sent. All times are milliseconds since the epoch. */
export interface SentCode {
  /** Keyed hash of sign-in and code. */
  hash: string;
  /** Told on the page and in the mail, so that people can match the two. */
  reference: string;
  /** The mail's id in the outbox. */
  mail: string;
  address: string;
  sentAt: number;
  expiresAt: number;
  used: boolean;
}
