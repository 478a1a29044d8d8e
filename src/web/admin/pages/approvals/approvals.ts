/** `/admin/approvals`: what waits for a second person, newest first, and whether the organisation demands one. */
import {
  listRequests,
  type ListedRequest,
} from '../../../../operations/approvals/list-requests.ts';
import { OPERATION_OF } from '../../../../operations/approvals/rule.ts';
import { targetOf } from '../../../../operations/approvals/ask.ts';
import { getOrganisation } from '../../../../records/organisation.ts';
import { getPerson } from '../../../../records/person.ts';
import { remembering } from '../../../../timing/remembering.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { isEverywhere, organisationChoices } from '../../organisations.ts';
import { ADMIN, mayDo, pathOf, type AdminPage, type AdminVisit } from '../../page.ts';
import { personPath } from '../../person.ts';

export const APPROVALS = pathOf('approvals');

/** Of a request with a person or an organisation; `act`: the last part. */
export function requestPath({ about, request }: ListedRequest, act: string): string {
  const of = 'person' in about ? ['people', about.person.id] : ['rules', about.organisation.id];
  const parts = [...of, request.id].map((part) => encodeURIComponent(part));
  return `${APPROVALS}/${parts.join('/')}/${act}`;
}

export const approvals: AdminPage = {
  path: APPROVALS,
  operation: 'approval.list',
  section: 'approvals',
  fresh: false,

  async show(visit) {
    const { parts, performed } = visit;
    const { requests, isMore } = valueOr(await listRequests(parts, performed), ADMIN.home);
    const nameOf = remembering(async (id) => (await getPerson(parts.store, id))?.name ?? id);
    const context = {
      requests: await Promise.all(requests.map((one) => shownRequest(visit, one, nameOf))),
      isMore,
      ...(await ruleShown(visit)),
    };
    return { show: 'admin/approvals', context };
  },
};

async function shownRequest(
  visit: AdminVisit,
  listed: ListedRequest,
  nameOf: (id: string) => Promise<string>,
) {
  const { about, request, until } = listed;
  const { act, at, approved } = request;
  const isOwn = request.by === visit.person.id;
  const may = mayDecide(visit, listed);
  const link = (name: string, applies: boolean) => (applies ? requestPath(listed, name) : null);
  return {
    what: act.what,
    name: 'person' in about ? about.person.name : about.organisation.name,
    href: 'person' in about ? personPath(about.person.id) : null,
    role: 'role' in act ? act.role : null,
    asker: await nameOf(request.by),
    at,
    until,
    approver: approved ? await nameOf(approved.by) : null,
    isOwn,
    approve: link('approve', may && !isOwn && !approved),
    refuse: link('refuse', may && !isOwn && !approved),
    withdraw: link('refuse', may && isOwn && !approved),
    code: link('code', may && isOwn && approved !== null),
  };
}

/** As whoever may do it alone, where one is enough. */
export function mayDecide(visit: AdminVisit, { about, request: { act } }: ListedRequest): boolean {
  if ('organisation' in about)
    return mayDo(visit, 'organisation.demand-second-person', {
      organisation: about.organisation.id,
    });
  if (act.what === 'second-person-off') return false;
  return mayDo(visit, OPERATION_OF[act.what], targetOf(about.person, act));
}

/** Of the organisation that the address says, for whoever may choose; of their own for everybody else. */
async function ruleShown(visit: AdminVisit) {
  const { parts, person, ctx } = visit;
  const everywhere = isEverywhere(person, 'organisation.demand-second-person');
  const asked = everywhere ? ctx.URL.searchParams.get('organisation') : null;
  const found = await getOrganisation(parts.store, asked?.slice(0, 200) ?? person.organisation);
  const one = found ?? (await getOrganisation(parts.store, person.organisation));
  if (!one || !mayDo(visit, 'organisation.demand-second-person', { organisation: one.id }))
    return { rule: null, organisations: [] };
  const { id, name, secondPerson = false } = one;
  const href = `${APPROVALS}/rule/${encodeURIComponent(id)}`;
  const organisations = everywhere ? await organisationChoices(visit) : [];
  return { rule: { id, name, on: secondPerson, href }, organisations };
}
