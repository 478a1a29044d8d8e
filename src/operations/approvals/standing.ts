/** Which requests for a second person's approval stand. Pure. */
import { withMessages, type MessageCarrier, type OutboxMessage } from '../../outbox/message.ts';
import { endOf, type ApprovalRequest } from '../../records/under-way/approval-request.ts';

/** In one document; and that somebody takes back there within a day, as each mails everybody concerned. */
export const MOST_REQUESTS = 5;
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
  return keptRequests({ requests, epoch }, now).filter((one) => !one.isTakenBack);
}

/** With those that were taken back, each as long as it could have stood. `now`: milliseconds since the epoch. */
export function keptRequests<Act>(
  { requests = [], epoch = 0 }: Asked<Act>,
  now: number,
): ApprovalRequest<Act>[] {
  return requests.filter((one) => one.epoch === epoch && now < endOf(one));
}

/** Those that are kept once somebody has said no: what was taken back by who asked stays as that. */
export function withoutRequest<Act>(
  carrier: Asked<Act>,
  { id, by }: { id: string; by: string | null },
  now: number,
): ApprovalRequest<Act>[] {
  return keptRequests(carrier, now).flatMap((one) => {
    if (one.id !== id) return [one];
    return one.by === by ? [{ ...one, isTakenBack: true as const }] : [];
  });
}

/** What is written of the document that they ride in, with what is told of it. */
export function setRequests<Act>(
  carrier: MessageCarrier,
  requests: ApprovalRequest<Act>[],
  ...told: readonly OutboxMessage[]
) {
  return { requests, ...withMessages(carrier, ...told) };
}
