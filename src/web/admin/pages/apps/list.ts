/** `/admin/apps`: which there are, searched, filtered and paged. */
import {
  CLIENT_STATES,
  clientsQuery,
  findClients,
  type ClientsQuery,
  type ListedClient,
} from '../../../../operations/clients/seen/find-clients.ts';
import { CLIENT_KINDS } from '../../../../records/client.ts';
import { isOwnClient } from '../../../../oidc/clients/own/own-clients.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { APPS, appPath } from '../../apps/app.ts';
import { isEverywhere, organisationChoices } from '../../organisations.ts';
import { hasRowFor, type AdminPage, type AdminVisit } from '../../page.ts';

const FILTERS = ['q', 'kind', 'organisation', 'state'] as const;

export const appList: AdminPage = {
  path: APPS,
  operation: 'client.list',
  section: 'apps',
  fresh: false,

  async show(visit) {
    const { parts, performed, person } = visit;
    const { query, filters } = asked(visit);
    const page = valueOr(await findClients(parts, performed, query), APPS);
    const everywhere = isEverywhere(person, 'client.list');
    const organisations = everywhere ? await organisationChoices(visit) : [];
    const context = {
      listed: page.clients.map((one) => shown(one, organisations)),
      everywhere,
      mayAdd: hasRowFor(person, 'client.add'),
      filters,
      isFiltered: Object.keys(filters).length > 0,
      kindIds: everywhere ? CLIENT_KINDS : CLIENT_KINDS.filter((kind) => !NO_PEOPLE.includes(kind)),
      stateIds: everywhere ? CLIENT_STATES : CLIENT_STATES.filter((id) => id === 'third-party'),
      organisations,
      first: query.after === undefined ? null : hrefOf(filters),
      next: page.next === undefined ? null : hrefOf({ ...filters, after: page.next }),
    };
    return { show: 'admin/apps', context };
  },
};

/** They concern no organisation. */
const NO_PEOPLE: readonly string[] = ['service', 'resource'];

/** As the address says; what it says wrong counts as if it were not said. */
function asked({ ctx }: AdminVisit): { query: ClientsQuery; filters: Record<string, string> } {
  const given = ctx.URL.searchParams;
  const said = [...FILTERS, 'after' as const]
    .map((name) => [name, given.get(name)?.trim() ?? ''] as const)
    .filter(([name, value]) => value !== '' && clientsQuery.safeParse({ [name]: value }).success);
  const filters = said.filter(([name]) => name !== 'after');
  return {
    query: clientsQuery.parse(Object.fromEntries(said)),
    filters: Object.fromEntries(filters),
  };
}

function hrefOf(filters: Record<string, string>): string {
  const query = new URLSearchParams(filters);
  return query.size === 0 ? APPS : `${APPS}?${query}`;
}

/** Organisations that are named of an app in the list. */
const MOST_NAMED = 3;

function shown({ client, refused }: ListedClient, all: readonly { id: string; label: string }[]) {
  const { id, name, kind, firstParty, organisations } = client;
  const named = (organisations ?? []).map((one) => all.find((of) => of.id === one)?.label ?? one);
  return {
    href: appPath(id),
    id,
    name,
    kind,
    firstParty,
    own: isOwnClient(id),
    openTo: organisations === null ? null : named.slice(0, MOST_NAMED).join(', '),
    more: Math.max(0, named.length - MOST_NAMED),
    refused,
  };
}
