/** Approving, refusing and taking back what was asked for with a person: one conditional write of their document. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { standingRequests, withoutRequest } from './standing.ts';
import { Problem } from '../../problem.ts';
import type { ApprovalRequest } from '../../records/under-way/approval-request.ts';
import { getOrganisation } from '../../records/organisation.ts';
import { getPerson, type Person, type PersonAct } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { clearAllAttempts } from '../../throttling/attempts.ts';
import { changes } from '../changes.ts';
import { newEnrolmentCode } from '../factors/enrolment-code.ts';
import { administerIf, noticeTo, readAdministered } from '../people/administer.ts';
import { checkPersonFactors } from '../people/locked-out.ts';
import { withoutAnything, type ResetFactorsParts } from '../people/reset-factors.ts';
import { checkEnd } from '../people/update-person.ts';
import { permission, type Permission } from '../permission.ts';
import { detailsOf, nameOf, targetOf } from './ask.ts';
import { tell, type Told } from './concerned.ts';
import { OPERATION_OF } from './rule.ts';

type PersonRequest = ApprovalRequest<PersonAct>;

/**
 * What was asked for is done, if who asked and who approves may both still do it, in the write that finds the
 * request standing. The code of a reset is made when who asked comes to see it (see-code.ts). `id`: subject
 * identifier. Problems: `approval-gone` (409): decided, too old, or ended by what happened since;
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
    const mails = await noticeTo(parts, performed, id, templateOf(asked.act), ROLE_CHANGED);
    const toAsker = await mailsToAsker(parts, performed, read, asked, 'approved');
    const done = await actOf(parts, performed, read, asked);
    const act = await administerIf(parts, performed, id, (person) => {
      const found = requestIn(person, request, performed.now);
      if (found.by === performed.actor.id) throw new Problem('approval-own', { status: 403 });
      may(person, found.act);
      const details = { ...detailsOf(found.act), asked_by: found.by };
      const given = eventAbout(person, performed, { type: 'approval.given', details });
      const told = [given, done.event(person), ...mails(person), ...toAsker];
      const set = { ...done.set(person), ...withMessages(person, ...told) };
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
    const mails = isOwn ? [] : await mailsToAsker(parts, performed, read, asked, 'refused');
    return administerIf(parts, performed, id, (person) => {
      const { act, by } = requestIn(person, request, performed.now);
      may(targetOf(person, act));
      const details = { ...detailsOf(act), asked_by: by };
      const event = eventAbout(person, performed, { type: 'approval.refused', details });
      const refused = { id: request, by: performed.actor.id };
      const requests = withoutRequest(person, refused, performed.now);
      return { set: { requests, ...withMessages(person, event, ...mails) }, result: act };
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
  { act, by }: PersonRequest,
): Promise<(person: Person, act: PersonAct) => void> {
  const operation = OPERATION_OF[act.what];
  const own = await permission(store, performed, operation);
  const asker: Performed = { ...performed, actor: { kind: 'administrator', id: by }, fresh: true };
  const theirs = await resultOf(() => permission(store, asker, operation));
  return (person, given) => {
    const target = targetOf(person, given);
    own(target);
    if (!theirs.ok || !isAllowed(theirs.value, target))
      throw new Problem('approval-gone', { status: 409 });
  };
}

function isAllowed(may: Permission, target: Parameters<Permission>[0]): boolean {
  try {
    may(target);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

const templateOf = ({ what }: PersonAct) =>
  what === 'factors-reset' ? ('factors-reset' as const) : ('account-changed' as const);
/** What the second of them says. */
const ROLE_CHANGED = { what: 'administrator-role-changed', name: '' };

async function mailsToAsker(
  { store, notices }: ResetFactorsParts,
  performed: Performed,
  { name: about }: Person,
  { by, act }: PersonRequest,
  kind: Told['kind'],
): Promise<OutboxMessage[]> {
  const asker = await getPerson(store, by);
  const who = await nameOf(store, performed.actor.id);
  if (!asker) return [];
  return tell(notices, performed, [asker], { kind, act: act.what, about, who });
}

interface Done {
  event(person: Person): OutboxMessage;
  set(person: Person): Partial<Person>;
}

/** What the act writes and tells, of the document as it is in the write. */
async function actOf(
  parts: ResetFactorsParts,
  performed: Performed,
  read: Person,
  { id, act, by }: PersonRequest,
): Promise<Done> {
  return act.what === 'role'
    ? ofRole(parts, performed, read, { role: act.role, by })
    : ofReset(parts, performed, id);
}

async function ofRole(
  { store }: ResetFactorsParts,
  performed: Performed,
  { organisation }: Person,
  { role, by }: { role: Person['role']; by: string },
): Promise<Done> {
  const known = new Map([[organisation, await getOrganisation(store, organisation)]]);
  return {
    event: (person) => {
      const details = { ...changes(person, { role }), asked_by: by };
      return eventAbout(person, performed, { type: 'person.changed', details });
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
    event: (person) => {
      const { by } = requestIn(person, request, now);
      const details = { asked_by: by };
      return eventAbout(person, performed, { type: 'factors.reset', details });
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
