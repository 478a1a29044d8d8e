/** Approving, refusing and taking back what was asked for with a person; seeing the code of an approved reset, once. */
import { targetOf } from '../../../../operations/approvals/ask.ts';
import { approve, refuse } from '../../../../operations/approvals/decide.ts';
import { OPERATION_OF } from '../../../../operations/approvals/rule.ts';
import {
  seeApprovedCode,
  seeApprovedTemporaryCode,
} from '../../../../operations/approvals/see-code.ts';
import type { PersonShown } from '../../../../operations/people/security/show-person.ts';
import { standingRequests } from '../../../../operations/approvals/standing.ts';
import { Problem } from '../../../../problem.ts';
import { getPerson, type PersonAct } from '../../../../records/person.ts';
import type { ApprovalRequest } from '../../../../records/under-way/approval-request.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { ask } from '../../confirm.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../../page.ts';
import { personOf } from '../../person.ts';
import { forToday, handOver, valuesOf } from '../acts.ts';
import { APPROVALS } from './approvals.ts';

interface Asked {
  shown: PersonShown;
  request: ApprovalRequest<PersonAct>;
  asker: string;
  isOwn: boolean;
}

/** The request that the address names. Whoever may not see the person gets 404. */
async function askedOf(visit: AdminVisit, id: string | undefined): Promise<Asked> {
  const shown = await personOf(visit);
  const { person } = shown.who;
  const request = standingRequests(person, visit.now).find((one) => one.id === id);
  if (!request) throw new Problem('approval-gone', { status: 409, back: APPROVALS });
  requireMay(visit, OPERATION_OF[request.act.what], targetOf(person, request.act), APPROVALS);
  const asker = (await getPerson(visit.parts.store, request.by))?.name ?? request.by;
  return { shown, request, asker, isOwn: request.by === visit.person.id };
}

function question({ shown, request, asker }: Asked) {
  const { act } = request;
  const roles = act.what === 'role' ? { role: act.role, was: shown.who.person.role } : {};
  return { back: APPROVALS, values: { ...valuesOf(shown), asker }, roles };
}

function askTo(asked: Asked, key: string, problem: Problem | null = null): Answer {
  const { roles, ...rest } = question(asked);
  const answer = ask(key, rest, problem);
  return 'context' in answer ? { ...answer, context: { ...answer.context, roles } } : answer;
}

const approval: AdminPage = {
  path: `${APPROVALS}/people/:id/:request/approve`,
  operation: 'approval.decide',
  section: 'approvals',
  fresh: true,
  async show(visit) {
    const asked = await askedOf(visit, visit.params['request']);
    const own = asked.isOwn ? new Problem('approval-own', { status: 403 }) : null;
    return askTo(asked, `approval-${asked.request.act.what}-approve`, own);
  },
  async submit(visit) {
    const asked = await askedOf(visit, visit.params['request']);
    const { parts, performed } = visit;
    const { shown, request, asker } = asked;
    const done = await approve(parts, performed, shown.who.person.id, request.id);
    if (!done.ok) return askTo(asked, `approval-${request.act.what}-approve`, done.problem);
    return { to: APPROVALS, said: { what: 'approval-approved', values: { asker } } };
  },
};

const refusal: AdminPage = {
  path: `${APPROVALS}/people/:id/:request/refuse`,
  operation: 'approval.decide',
  section: 'approvals',
  fresh: true,
  async show(visit) {
    const asked = await askedOf(visit, visit.params['request']);
    return askTo(asked, asked.isOwn ? 'approval-withdraw' : 'approval-refuse');
  },
  async submit(visit) {
    const asked = await askedOf(visit, visit.params['request']);
    const { parts, performed } = visit;
    const { shown, request, asker, isOwn } = asked;
    const done = await refuse(parts, performed, shown.who.person.id, request.id);
    const [key, what] = isOwn
      ? ['approval-withdraw', 'approval-withdrawn']
      : ['approval-refuse', 'approval-refused'];
    if (!done.ok) return askTo(asked, key, done.problem);
    return { to: APPROVALS, said: { what, values: { asker } } };
  },
};

const code: AdminPage = {
  path: `${APPROVALS}/people/:id/:approved/code`,
  operation: 'approval.see-code',
  section: 'approvals',
  fresh: true,
  async show(visit) {
    return askTo(await ownOf(visit), 'approval-see-code');
  },
  async submit(visit) {
    const asked = await ownOf(visit);
    const { parts, performed } = visit;
    const { person } = asked.shown.who;
    const { id, act } = asked.request;
    const seen = await (act.what === 'temporary-code'
      ? seeApprovedTemporaryCode(parts, performed, person.id, id)
      : seeApprovedCode(parts, performed, person.id, id));
    if (!seen.ok) return askTo(asked, 'approval-see-code', seen.problem);
    return 'until' in seen.value
      ? forToday(person, APPROVALS, seen.value)
      : handOver(person, APPROVALS, seen.value);
  },
};

/** Nobody else learns that there is a code. */
async function ownOf(visit: AdminVisit): Promise<Asked> {
  const asked = await askedOf(visit, visit.params['approved']);
  if (asked.isOwn && asked.request.approved) return asked;
  throw new Problem('approval-gone', { status: 409, back: APPROVALS });
}

export const decidePages: readonly AdminPage[] = [approval, refusal, code];
