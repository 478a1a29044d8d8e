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
  /** Their epoch then: with their sessions ends what they asked for. Absent: an older version wrote it. */
  byEpoch?: number;
  /** Milliseconds since the epoch. */
  at: number;
  /** Epoch of the person whom it is about, under which it stands; of an organisation, 0. */
  epoch: number;
  /** Of a reset whose code has not been seen yet. Times are milliseconds since the epoch. */
  approved: { by: string; at: number } | null;
  /** Who asked has taken it back: it is kept, so that nobody asks again and again; absent: they have not. */
  isTakenBack?: true;
}

/** Milliseconds: until it is approved, and again until the code of an approved reset is seen. */
export const REQUEST_LIVES = 24 * 3600_000;

/** Milliseconds since the epoch. */
export function endOf({ at, approved }: Pick<ApprovalRequest<unknown>, 'at' | 'approved'>): number {
  return (approved?.at ?? at) + REQUEST_LIVES;
}

interface Carrier {
  requests?: readonly ApprovalRequest<unknown>[];
}

/** For an index: until when one of them may stand, in milliseconds since the epoch; undefined: none is left. */
export function lastEnd({ requests = [] }: Carrier): number | undefined {
  const ends = requests.filter(({ isTakenBack }) => !isTakenBack).map(endOf);
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

/** The same within an organisation, in the order of time: for a range of an index. */
export function lastEndIn(organisation: string, carrier: Carrier): string | undefined {
  const end = lastEnd(carrier);
  return end === undefined ? undefined : endsAfter(organisation, end);
}

/** `at`: milliseconds since the epoch. */
export function endsAfter(organisation: string, at: number): string {
  return `${organisation} ${String(at).padStart(16, '0')}`;
}
