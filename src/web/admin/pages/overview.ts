/** `/admin`: what needs attention, and where to go. */
import { listRequests } from '../../../operations/approvals/list-requests.ts';
import { findPeople } from '../../../operations/people/list/find-people.ts';
import type { PeopleQuery } from '../../../operations/people/list/people-query.ts';
import { valueOr } from '../../signed-in/found.ts';
import { isEverywhere } from '../organisations.ts';
import { ADMIN, hasRowFor, pathOf, type AdminPage, type AdminVisit } from '../page.ts';
import { PEOPLE } from '../person.ts';

/** More than so many are not counted. */
const MOST_COUNTED = 100;

/** By the last part of their texts (`console.figure.<name>`): whom they count, and which of them is bad. */
const FIGURES: Readonly<Record<string, { query: PeopleQuery; tone?: 'bad' | 'warn' }>> = {
  overdue: { query: { state: 'overdue' }, tone: 'bad' },
  locked: { query: { locked: true }, tone: 'warn' },
  none: { query: { state: 'none' } },
  email: { query: { state: 'email' } },
  neverSignedIn: { query: { neverSignedIn: true } },
};

export const overview: AdminPage = {
  path: ADMIN.home,
  operation: 'console.show',
  section: 'overview',
  fresh: false,

  async show(visit) {
    const { person } = visit;
    const figures = await Promise.all(Object.keys(FIGURES).map((name) => figure(visit, name)));
    figures.push(...(await waiting(visit)));
    const everywhere = isEverywhere(person, 'console.show');
    return { show: 'admin/overview', context: { role: person.role, everywhere, figures } };
  },
};

/** What waits for a second person. */
async function waiting({ parts, performed, person }: AdminVisit) {
  if (!hasRowFor(person, 'approval.list')) return [];
  const { requests, isMore } = valueOr(await listRequests(parts, performed), ADMIN.home);
  const count = requests.filter(({ request }) => !request.approved).length;
  const tone = count > 0 ? ('warn' as const) : ('good' as const);
  return [{ name: 'approvals', count, isMore, tone, href: pathOf('approvals') }];
}

async function figure({ parts, performed }: AdminVisit, name: string) {
  const { query = {}, tone = 'plain' } = FIGURES[name] ?? {};
  const asked = { ...query, limit: MOST_COUNTED };
  const { people, next } = valueOr(await findPeople(parts, performed, asked), ADMIN.home);
  const address = Object.entries(query).map(([key, value]) => [
    key,
    value === true ? 'yes' : String(value),
  ]);
  return {
    name,
    count: people.length,
    isMore: next !== undefined,
    tone: people.length > 0 ? tone : 'good',
    href: `${PEOPLE}?${new URLSearchParams(address)}`,
  };
}
