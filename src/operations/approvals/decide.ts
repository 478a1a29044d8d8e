/** Approving, refusing and taking back what was asked for with a person: one conditional write of their document. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import { Problem } from '../../problem.ts';
import type { ApprovalRequest } from '../../records/under-way/approval-request.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Person, PersonAct } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { clearAllAttempts } from '../../throttling/clear-attempts.ts';
import { changes } from '../changes.ts';
import { newEnrolmentCode } from '../factors/enrolment-code.ts';
import { administerIf, noticeTo, readAdministered } from '../people/administer.ts';
import { checkPersonFactors } from '../people/locked-out.ts';
import { withoutAnything, type ResetFactorsParts } from '../people/reset-factors.ts';
import { checkSignsIn } from '../people/services/signs-in.ts';
import { checkEnd } from '../people/update-person.ts';
import { permission } from '../permission.ts';
import { detailsOf, targetOf } from './ask.ts';
import { askerMay, mailsToAsker } from './asker.ts';
import type { Told } from './concerned.ts';
import { OPERATION_OF, ROLE_CHANGED } from './rule.ts';
import { keptRequests, setRequests, standingRequests, withoutRequest } from './standing.ts';

type PersonRequest = ApprovalRequest<PersonAct>;

/**
 * What was asked for is done, if who asked and who approves may both still do it, in the write that finds the
 * request standing. The code of a reset, or for today, is made when who asked comes to see it (see-code.ts). `id`:
 * subject identifier. Problems: `approval-gone` (409): decided, too old, or ended by what happened since;
 * `approval-own` (403), those of the act, and those of who may.
 */
export function approve(
  parts: ResetFactorsParts,
  performed: Performed,
  id: string,
  request: string,
): Promise<Result<PersonAct>> {
  return resultOf(async () => {
    const { read, asked } = await readRequest(parts, performed, id, request);
    const may = await permissions(parts, performed, asked);
    const mails = await mailsOf(parts, performed, id, asked.act);
    const toAsker = await mailsToAsker(parts, performed, asked.by, told(read, asked, 'approved'));
    const done = await actOf(parts, performed, read, asked);
    const act = await administerIf(parts, performed, id, (person) => {
      const found = requestIn(person, request, performed.now);
      if (found.by === performed.actor.id) throw new Problem('approval-own', { status: 403 });
      may(person, found.act);
      checkSignsIn(person);
      const details = { ...detailsOf(found.act), asked_by: found.by };
      const given = eventAbout(person, performed, { type: 'approval.given', details });
      const messages = [given, ...done.events(person), ...mails(person), ...toAsker];
      const set = { ...done.set(person), ...withMessages(person, ...messages) };
      return { set, result: found.act };
    });
    if (act.what === 'factors-reset') await clearAllAttempts(parts.store, id);
    return act;
  });
}

/** Whoever may approve it may refuse it; who asked takes it back. Problems as of `approve`. */
export function refuse(
  parts: ResetFactorsParts,
  performed: Performed,
  id: string,
  request: string,
): Promise<Result<PersonAct>> {
  return resultOf(async () => {
    const { read, asked } = await readRequest(parts, performed, id, request);
    const may = await permission(parts.store, performed, OPERATION_OF[asked.act.what]);
    const isOwn = asked.by === performed.actor.id;
    const mails = isOwn
      ? []
      : await mailsToAsker(parts, performed, asked.by, told(read, asked, 'refused'));
    return administerIf(parts, performed, id, (person) => {
      const { act, by } = requestIn(person, request, performed.now);
      may(targetOf(person, act));
      const details = { ...detailsOf(act), asked_by: by };
      const event = eventAbout(person, performed, { type: 'approval.refused', details });
      const refused = { id: request, by: performed.actor.id };
      const requests = withoutRequest(person, refused, performed.now);
      return { set: setRequests(person, requests, event, ...mails), result: act };
    });
  });
}

async function readRequest(
  { store }: ResetFactorsParts,
  performed: Performed,
  id: string,
  request: string,
): Promise<{ read: Person; asked: PersonRequest }> {
  const read = await readAdministered(store, performed, 'approval.decide', id);
  return { read, asked: requestIn(read, request, performed.now) };
}

/** Problem `approval-gone`. `now`: milliseconds since the epoch. */
export function requestIn(person: Person, id: string, now: number): PersonRequest {
  const found = standingRequests(person, now).find((one) => one.id === id && !one.approved);
  if (!found) throw new Problem('approval-gone', { status: 409 });
  return found;
}

/** Of who approves, and of who asked as they are now: demoted or reset meanwhile, their request is none any more. */
async function permissions(
  { store }: ResetFactorsParts,
  performed: Performed,
  asked: PersonRequest,
): Promise<(person: Person, act: PersonAct) => void> {
  const operation = OPERATION_OF[asked.act.what];
  const own = await permission(store, performed, operation);
  const theirs = await askerMay(store, performed, asked, operation);
  return (person, given) => {
    const target = targetOf(person, given);
    own(target);
    if (!theirs(target)) throw new Problem('approval-gone', { status: 409 });
  };
}

/** To the person. Of a code for today they are told when it is made. */
function mailsOf(
  parts: ResetFactorsParts,
  performed: Performed,
  id: string,
  { what }: PersonAct,
): ReturnType<typeof noticeTo> {
  if (what === 'temporary-code') return Promise.resolve(() => []);
  return what === 'role'
    ? noticeTo(parts, performed, id, 'account-changed', ROLE_CHANGED)
    : noticeTo(parts, performed, id, 'factors-reset');
}

function told({ name: about }: Person, { act }: PersonRequest, kind: Told['kind']) {
  return { kind, act: act.what, about };
}

interface Done {
  events(person: Person): OutboxMessage[];
  set(person: Person): Partial<Person>;
}

/** What the act writes and tells, of the document as it is in the write. */
async function actOf(
  parts: ResetFactorsParts,
  performed: Performed,
  read: Person,
  { id, act, by }: PersonRequest,
): Promise<Done> {
  if (act.what === 'role') return ofRole(parts, performed, read, { role: act.role, by });
  return act.what === 'factors-reset'
    ? ofReset(parts, performed, id)
    : ofTemporaryCode(performed, id);
}

/** Nothing is made yet: the day of who needs it may be another one by then. */
function ofTemporaryCode({ actor, now }: Performed, request: string): Done {
  const approved = { by: actor.id ?? '', at: now };
  return {
    events: () => [],
    set: (person) => ({
      requests: keptRequests(person, now).map((one) =>
        one.id === request ? { ...one, approved } : one,
      ),
    }),
  };
}

async function ofRole(
  { store }: ResetFactorsParts,
  performed: Performed,
  { organisation }: Person,
  { role, by }: { role: Person['role']; by: string },
): Promise<Done> {
  const known = new Map([[organisation, await getOrganisation(store, organisation)]]);
  return {
    events: (person) => {
      const details = { ...changes(person, { role }), asked_by: by };
      return [eventAbout(person, performed, { type: 'person.changed', details })];
    },
    set: (person) => {
      checkEnd({ ...person, role });
      checkPersonFactors(person, { ...person, role }, known);
      return { role, requests: [], ...endedBy(person, 'role-changed') };
    },
  };
}

/** Nobody has seen this code: until who asked has one, nothing can be set up. */
function ofReset({ vault }: ResetFactorsParts, performed: Performed, request: string): Done {
  const { actor, now } = performed;
  return {
    events: (person) => {
      const { by } = requestIn(person, request, now);
      const details = { asked_by: by };
      return [eventAbout(person, performed, { type: 'factors.reset', details })];
    },
    set: (person) => {
      const after = withoutAnything(person, now);
      const approved = { by: actor.id ?? '', at: now };
      const asked = { ...requestIn(person, request, now), epoch: after.epoch, approved };
      const { kept } = newEnrolmentCode(vault, person.id, now);
      return { ...after, enrolmentCode: kept, requests: [asked] };
    },
  };
}
