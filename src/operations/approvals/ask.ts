/** Asking for what a second person has to approve: the request rides in the document of whom it is about. */
import { randomBytes } from 'node:crypto';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import type { Target } from '../../policy/access.ts';
import { keptRequests, MOST_REQUESTS, standingRequests, setRequests } from './standing.ts';
import { Problem } from '../../problem.ts';
import type { ApprovalRequest } from '../../records/under-way/approval-request.ts';
import type { Person, PersonAct } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import {
  administerIf,
  noticeTo,
  readAdministered,
  type NoticeParts,
} from '../people/administer.ts';
import { checkSignsIn } from '../people/services/signs-in.ts';
import { actorEpoch, permission } from '../permission.ts';
import { nameOf } from './asker.ts';
import { secondPeople, tell, valuesOf, type Told } from './concerned.ts';
import { OPERATION_OF } from './rule.ts';

/**
 * Whoever may do it alone where no second person is demanded asks for it; the person is told, and those who
 * may approve. `id`: subject identifier. Problems: `approval-open` (409): it has been asked for;
 * `approval-limit` (409), `approval-taken-back` (429), `changed-meanwhile`, `service-mailbox` (409), and those of who may.
 */
export function askSecondPerson(
  parts: NoticeParts,
  performed: Performed,
  id: string,
  act: PersonAct,
): Promise<Result<void>> {
  return resultOf(async () => {
    const operation = OPERATION_OF[act.what];
    const may = await permission(parts.store, performed, operation);
    const read = await readAdministered(parts.store, performed, operation, id);
    may(targetOf(read, act));
    const by = await actorEpoch(parts.store, performed);
    const who = await nameOf(parts.store, performed.actor.id);
    const told = { act: act.what, about: read.name, who };
    const own = { ...valuesOf(told), kind: 'concerns' };
    const mails = await noticeTo(parts, performed, id, 'second-person', own);
    const approvers = await mailsToApprovers(parts, performed, read, { act, told });
    await administerIf(parts, performed, id, (person) => {
      may(targetOf(person, act));
      checkSignsIn(person);
      if (act.what === 'role' && act.role === person.role)
        throw new Problem('changed-meanwhile', { status: 409 });
      const details = detailsOf(act);
      const event = eventAbout(person, performed, { type: 'approval.asked', details });
      const requests = withRequest(
        person,
        newRequest(performed.now, by, act, person.epoch),
        performed.now,
      );
      const messages = [event, ...mails(person), ...approvers];
      return { set: setRequests(person, requests, ...messages), result: undefined };
    });
  });
}

/** A role is given: up to the rank of whoever asks, and of whoever approves. */
export function targetOf(person: Person, act: PersonAct): Target {
  const gives = act.what === 'role' ? { gives: act.role } : {};
  return { person, organisation: person.organisation, ...gives };
}

export const detailsOf = (act: PersonAct): Record<string, string> =>
  act.what === 'role' ? { what: act.what, role: act.role } : { what: act.what };

async function mailsToApprovers(
  { store, notices }: NoticeParts,
  performed: Performed,
  person: Person,
  { act, told }: { act: PersonAct; told: Omit<Told, 'kind'> },
): Promise<OutboxMessage[]> {
  const { actor, now } = performed;
  const asked = { except: [actor.id, person.id], now };
  const people = await secondPeople(store, OPERATION_OF[act.what], targetOf(person, act), asked);
  return tell(notices, performed, people, { ...told, kind: 'asked' });
}

/** `by`: only somebody who is a person can be told of it again. */
export function newRequest<Act>(
  now: number,
  by: Required<Pick<ApprovalRequest<Act>, 'by' | 'byEpoch'>>,
  act: Act,
  epoch: number,
): ApprovalRequest<Act> {
  const id = randomBytes(16).toString('base64url');
  return { id, act, ...by, at: now, epoch, approved: null };
}

/** Those that stand, with that one. Problems: `approval-open`, `approval-limit`, `approval-taken-back` (429). */
export function withRequest<Act>(
  carrier: { requests?: readonly ApprovalRequest<Act>[]; epoch?: number },
  request: ApprovalRequest<Act>,
  now: number,
): ApprovalRequest<Act>[] {
  const open = standingRequests(carrier, now);
  const kept = keptRequests(carrier, now);
  const takenBack = kept.filter(({ by, isTakenBack }) => isTakenBack && by === request.by);
  const same = JSON.stringify(request.act);
  if (open.some(({ act, approved }) => !approved && JSON.stringify(act) === same))
    throw new Problem('approval-open', { status: 409 });
  if (open.length >= MOST_REQUESTS)
    throw new Problem('approval-limit', { status: 409, values: { most: MOST_REQUESTS } });
  if (takenBack.length >= MOST_REQUESTS)
    throw new Problem('approval-taken-back', { status: 429, values: { most: MOST_REQUESTS } });
  return [...kept, request];
}
