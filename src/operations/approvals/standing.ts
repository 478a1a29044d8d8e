/** Which requests for a second person's approval stand. Pure. */
import type { ApprovalRequest } from '../../records/under-way/approval-request.ts';

/** In one document. */
export const MOST_REQUESTS = 5;
/** Milliseconds: until it is approved, and again until the code of an approved reset is seen. */
export const REQUEST_LIVES = 24 * 3600_000;

interface Asked<Act> {
  requests?: readonly ApprovalRequest<Act>[];
  /** Of a person; an organisation has none. */
  epoch?: number;
}

/** Whatever raised the epoch since ended them. `now`: milliseconds since the epoch. */
export function standingRequests<Act>(
  { requests = [], epoch = 0 }: Asked<Act>,
  now: number,
): ApprovalRequest<Act>[] {
  return requests.filter((one) => one.epoch === epoch && now < endOf(one));
}

/** Milliseconds since the epoch. */
export function endOf({ at, approved }: Pick<ApprovalRequest<unknown>, 'at' | 'approved'>): number {
  return (approved?.at ?? at) + REQUEST_LIVES;
}
