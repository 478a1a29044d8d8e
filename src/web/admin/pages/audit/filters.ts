/** What the address of a page of the audit log says: what is wrong in it counts as if it were not said. Days are in UTC. */
import { eventsQuery, type EventsQuery } from '../../../../operations/audit/events-query.ts';
import { findPerson } from '../../../../records/person.ts';
import { startOfDay } from '../../../../text/day-of.ts';
import { mayDo, pathOf, type AdminVisit } from '../../page.ts';
import { targetOf } from '../../person.ts';

export const AUDIT = pathOf('audit');
const DAY = 86_400_000;

export interface Filters {
  query: EventsQuery;
  /** As it was typed, for the form and for links; without the place in the list. */
  typed: Readonly<Record<string, string>>;
}

export async function filtersOf(visit: AdminVisit): Promise<Filters> {
  const given = visit.ctx.URL.searchParams;
  const typed: Record<string, string> = {};
  const query: Record<string, string | number> = {};
  const take = (name: string, value: string | number | undefined): void => {
    if (value === undefined || !eventsQuery.safeParse({ [name]: value }).success) return;
    query[name] = value;
    if (name !== 'after') typed[name] = given.get(name)?.trim() ?? '';
  };
  for (const name of ['client', 'type', 'outcome', 'after']) take(name, textIn(given, name));
  for (const name of ['person', 'actor']) take(name, await whose(visit, textIn(given, name)));
  for (const name of ['from', 'until']) take(name, dayIn(given, name));
  return { query: eventsQuery.parse(query), typed };
}

function textIn(given: URLSearchParams, name: string): string | undefined {
  return given.get(name)?.trim() || undefined;
}

/** The last day that is asked for is part of what is shown. */
function dayIn(given: URLSearchParams, name: string): number | undefined {
  const at = startOfDay(given.get(name) ?? '');
  return at === undefined || name === 'from' ? at : at + DAY;
}

/** A login name or address is a person's; what is nobody's whom the visitor sees is taken as it is. */
async function whose(visit: AdminVisit, typed: string | undefined): Promise<string | undefined> {
  if (typed === undefined) return undefined;
  const person = await findPerson(visit.parts.store, typed);
  const isSeen = person !== undefined && mayDo(visit, 'person.show', targetOf(person));
  return isSeen ? person.id : typed;
}

/** `page`: the last part of its address. */
export function hrefOf(typed: Readonly<Record<string, string>>, page = ''): string {
  const query = new URLSearchParams(typed);
  const path = page === '' ? AUDIT : `${AUDIT}/${page}`;
  return query.size === 0 ? path : `${path}?${query}`;
}
