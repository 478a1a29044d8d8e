/** A mail as `GET /messages` tells it. */
export interface ReceivedMail {
  /** Whom it was delivered to; more than one joined by ", ". */
  to: string;
  from: string;
  subject: string;
  text: string;
  /** ISO 8601, UTC. */
  at: string;
}
