/** `/admin/people`: who there is, searched, filtered and paged. */
import { findPeople, type ListedPerson } from '../../../operations/people/list/find-people.ts';
import { PEOPLE_FORMATS } from '../../../operations/people/import/people-file.ts';
import {
  PEOPLE_STATES,
  peopleQuery,
  type PeopleQuery,
} from '../../../operations/people/list/people-query.ts';
import { ROLES } from '../../../records/person.ts';
import { getOrganisation } from '../../../records/organisation.ts';
import { valueOr } from '../../signed-in/found.ts';
import { isEverywhere, organisationChoices } from '../organisations.ts';
import { hasRowFor, type AdminPage, type AdminVisit } from '../page.ts';
import { ACTS } from './many-people.ts';
import { PEOPLE, personPath } from '../person.ts';

/** Of the same addresses as the list. */
export const EXPORT = `${PEOPLE}/export`;

const FLAGS = ['locked', 'disabled', 'neverSignedIn'] as const;
const TEXTS = ['q', 'organisation', 'group', 'role', 'state', 'sort', 'after', 'before'] as const;

export const people: AdminPage = {
  path: PEOPLE,
  operation: 'person.list',
  section: 'people',
  fresh: false,

  async show(visit) {
    const { parts, performed, person } = visit;
    const { query, filters: said } = asked(visit);
    const mayChange = hasRowFor(person, 'person.change');
    const selects = mayChange && visit.ctx.URL.searchParams.get('select') === 'yes';
    const filters = selects ? { ...said, select: 'yes' } : said;
    const page = valueOr(await findPeople(parts, performed, query), PEOPLE);
    const everywhere = isEverywhere(person, 'person.list');
    const context = {
      people: await shownPeople(visit, page.people),
      mayAdd: hasRowFor(person, 'person.add'),
      files: PEOPLE_FORMATS.map((format) => ({
        format,
        href: `${EXPORT}?${new URLSearchParams({ ...said, format })}`,
      })),
      // In its own view, as a box in each row of a full page would make it too heavy.
      acts: selects ? Object.keys(ACTS) : [],
      select: mayChange && !selects ? hrefOf(filters, { select: 'yes' }) : null,
      plain: selects ? hrefOf(said, {}) : null,
      filters,
      isFiltered: Object.keys(filters).some((name) => name !== 'sort' && name !== 'select'),
      stateIds: PEOPLE_STATES,
      roleIds: ROLES,
      flags: FLAGS.map((id) => ({ id, on: filters[id] === 'yes' })),
      organisations: everywhere ? await organisationChoices(visit) : [],
      next: page.next === undefined ? null : hrefOf(filters, { after: page.next }),
      previous: page.previous === undefined ? null : hrefOf(filters, { before: page.previous }),
      first: query.after !== undefined || query.before !== undefined ? hrefOf(filters, {}) : null,
      isComplete: page.isComplete,
    };
    return { show: 'admin/people', context };
  },
};

/** As the address says; what it says wrong counts as if it were not said. */
export function asked({ ctx }: AdminVisit): {
  query: PeopleQuery;
  filters: Record<string, string>;
} {
  const given = ctx.URL.searchParams;
  const texts = TEXTS.map((name) => [name, given.get(name)?.trim() ?? ''] as const);
  const flags = FLAGS.map((name) => [name, given.get(name) === 'yes'] as const);
  const isSaid = ([name, value]: readonly [string, string | boolean]): boolean =>
    value !== '' && value !== false && peopleQuery.safeParse({ [name]: value }).success;
  const said = [...texts, ...flags].filter(isSaid);
  const kept = said
    .filter(([name]) => name !== 'after' && name !== 'before')
    .map(([name, value]): [string, string] => [name, value === true ? 'yes' : String(value)]);
  return {
    query: peopleQuery.parse(Object.fromEntries(said)),
    filters: Object.fromEntries(kept),
  };
}

function hrefOf(filters: Record<string, string>, more: Record<string, string>): string {
  const query = new URLSearchParams({ ...filters, ...more });
  return query.size === 0 ? PEOPLE : `${PEOPLE}?${query}`;
}

async function shownPeople({ parts, now }: AdminVisit, listed: readonly ListedPerson[]) {
  const ids = [...new Set(listed.map(({ organisation }) => organisation))];
  const names = new Map(
    await Promise.all(
      ids.map(async (id) => [id, (await getOrganisation(parts.store, id))?.name ?? id] as const),
    ),
  );
  return listed.map((one) => ({
    id: one.person,
    href: personPath(one.person),
    name: one.name,
    login: one.login,
    email: one.email,
    role: one.role,
    organisation: names.get(one.organisation) ?? one.organisation,
    state: stateOf(one, now),
    service: one.service === true,
    active: one.active,
    removedAt: one.removedAt,
    // Noon: midnight is still the day before to readers in the west.
    lastSignIn: one.lastSignIn === null ? null : Date.parse(`${one.lastSignIn}T12:00:00Z`),
  }));
}

/** Of second factors: `overdue` and `grace` are said of whoever has none and needs one. */
function stateOf({ state, active, requiredFrom }: ListedPerson, now: number): string {
  if (state !== 'none' || !active || requiredFrom === null) return state;
  return requiredFrom <= now ? 'overdue' : 'grace';
}
