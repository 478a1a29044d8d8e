/**
 * What somebody has asked for that a second person has to approve. It rides in the document that it is about
 * (person.ts, organisation.ts); what stands is said by operations/approvals/standing.ts.
 */
export interface ApprovalRequest<Act> {
  /** Random. */
  id: string;
  act: Act;
  /** Subject identifier of who asked. */
  by: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Epoch of the person whom it is about, under which it stands; of an organisation, 0. */
  epoch: number;
  /** Of a reset whose code has not been seen yet. Times are milliseconds since the epoch. */
  approved: { by: string; at: number } | null;
  /** Who asked has taken it back: it is kept, so that nobody asks again and again; absent: they have not. */
  isTakenBack?: true;
}
