/** Whether an organisation demands a second person: switched on, and asked to be switched off again. */
import {
  approveSwitchOff,
  askToSwitchOff,
  demandSecondPerson,
  refuseSwitchOff,
} from '../../../../operations/approvals/organisation-rule.ts';
import { standingRequests } from '../../../../operations/approvals/standing.ts';
import { Problem } from '../../../../problem.ts';
import { getOrganisation, type Organisation } from '../../../../records/organisation.ts';
import { getPerson } from '../../../../records/person.ts';
import type { Result } from '../../../../result.ts';
import { found } from '../../../signed-in/found.ts';
import { ask } from '../../confirm.ts';
import { mayDo, type AdminPage, type AdminVisit } from '../../page.ts';
import { APPROVALS } from './approvals.ts';

const RULE = 'organisation.demand-second-person';

/** Of another organisation nobody learns whether it is there. */
async function organisationOf(visit: AdminVisit): Promise<Organisation> {
  const id = visit.params['organisation'] ?? '';
  const may = mayDo(visit, RULE, { organisation: id });
  return found(may ? await getOrganisation(visit.parts.store, id) : undefined, APPROVALS);
}

const rule: AdminPage = {
  path: `${APPROVALS}/rule/:organisation`,
  operation: RULE,
  section: 'approvals',
  fresh: true,
  async show(visit) {
    return questionOf(await organisationOf(visit));
  },
  async submit(visit, fields) {
    const organisation = await organisationOf(visit);
    const { id, name, secondPerson = false } = organisation;
    const { parts, performed } = visit;
    // What was said yes to is done, and nothing else.
    if (fields['now'] !== (secondPerson ? 'on' : 'off'))
      return questionOf(organisation, new Problem('changed-meanwhile', { status: 409 }));
    const done: Result<unknown> = secondPerson
      ? await askToSwitchOff(parts, performed, id)
      : await demandSecondPerson(parts, performed, id, true);
    if (!done.ok) return questionOf(organisation, done.problem);
    const what = secondPerson ? 'approval-rule-off' : 'approval-rule-on';
    return { to: backTo(id), said: { what, values: { name } } };
  },
};

const backTo = (organisation: string): string =>
  `${APPROVALS}?${new URLSearchParams({ organisation })}`;

function questionOf(
  { id, name, secondPerson = false }: Organisation,
  problem: Problem | null = null,
) {
  const key = secondPerson ? 'approval-rule-off' : 'approval-rule-on';
  const hidden = { now: secondPerson ? 'on' : 'off' };
  return ask(key, { back: backTo(id), values: { name }, hidden }, problem);
}

/** The request to switch the rule off that the address names. */
async function askedOf(visit: AdminVisit) {
  const organisation = await organisationOf(visit);
  const { requests = [] } = organisation;
  const asked = standingRequests({ requests }, visit.now);
  const request = asked.find(({ id }) => id === visit.params['off']);
  if (!request) throw new Problem('approval-gone', { status: 409, back: APPROVALS });
  const asker = (await getPerson(visit.parts.store, request.by))?.name ?? request.by;
  const isOwn = request.by === visit.person.id;
  const asking = { back: APPROVALS, values: { name: organisation.name, asker } };
  return { id: organisation.id, request, isOwn, asker, question: asking };
}

function decision(
  act: 'approve' | 'refuse',
  does: typeof approveSwitchOff,
  said: (isOwn: boolean) => { key: string; what: string },
): AdminPage {
  return {
    path: `${APPROVALS}/rules/:organisation/:off/${act}`,
    operation: RULE,
    section: 'approvals',
    fresh: true,
    async show(visit) {
      const { isOwn, question } = await askedOf(visit);
      return ask(said(isOwn).key, question);
    },
    async submit(visit) {
      const { id, request, isOwn, asker, question } = await askedOf(visit);
      const done = await does(visit.parts, visit.performed, id, request.id);
      const { key, what } = said(isOwn);
      if (!done.ok) return ask(key, question, done.problem);
      return { to: APPROVALS, said: { what, values: { asker } } };
    },
  };
}

export const rulePages: readonly AdminPage[] = [
  rule,
  decision('approve', approveSwitchOff, () => ({
    key: 'approval-second-person-off-approve',
    what: 'approval-approved',
  })),
  decision('refuse', refuseSwitchOff, (isOwn) =>
    isOwn
      ? { key: 'approval-withdraw', what: 'approval-withdrawn' }
      : { key: 'approval-refuse', what: 'approval-refused' },
  ),
];
