/** `/admin/audit`: what happened, newest first, by what the address says. */
import { EVENT_TYPES } from '../../../../audit/event.ts';
import {
  EVENTS_SHOWN,
  eventsQuery,
  type EventsQuery,
} from '../../../../operations/audit/events-query.ts';
import { listEvents } from '../../../../operations/audit/list-events.ts';
import { startOfDay } from '../../../../text/day-of.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { pathOf, type AdminPage, type AdminVisit } from '../../page.ts';
import { shownEvents } from '../../shown-events.ts';

const AUDIT = pathOf('audit');
const TEXTS = ['person', 'actor', 'client', 'type', 'outcome', 'after'] as const;
const DAY = 86_400_000;

export const audit: AdminPage = {
  path: AUDIT,
  operation: 'audit.list',
  section: 'audit',
  fresh: false,

  async show(visit) {
    const { parts, performed } = visit;
    const { query, filters } = asked(visit);
    const page = valueOr(
      await listEvents(parts, performed, { ...query, limit: EVENTS_SHOWN }),
      AUDIT,
    );
    const context = {
      shown: await shownEvents(visit, page.events),
      filters,
      isFiltered: Object.keys(filters).length > 0,
      types: EVENT_TYPES,
      first: query.after === undefined ? null : hrefOf(filters),
      next: page.next === undefined ? null : hrefOf({ ...filters, after: page.next }),
    };
    return { show: 'admin/audit', context };
  },
};

/** As the address says; what it says wrong counts as if it were not said. Days are in UTC. */
function asked({ ctx }: AdminVisit): { query: EventsQuery; filters: Record<string, string> } {
  const given = ctx.URL.searchParams;
  const said = TEXTS.flatMap((name) => {
    const value = given.get(name)?.trim() ?? '';
    const isGood = value !== '' && eventsQuery.safeParse({ [name]: value }).success;
    return isGood ? [[name, value] as const] : [];
  });
  const days = (['from', 'until'] as const).flatMap((name) => {
    const typed = given.get(name) ?? '';
    const at = startOfDay(typed);
    const time = name === 'until' && at !== undefined ? at + DAY : at;
    const isGood = time !== undefined && eventsQuery.safeParse({ [name]: time }).success;
    return isGood ? [{ name, typed, at: time }] : [];
  });
  const filters = said.filter(([name]) => name !== 'after');
  return {
    query: eventsQuery.parse(
      Object.fromEntries([...said, ...days.map(({ name, at }) => [name, at] as const)]),
    ),
    filters: Object.fromEntries([
      ...filters,
      ...days.map(({ name, typed }) => [name, typed] as const),
    ]),
  };
}

function hrefOf(filters: Record<string, string>): string {
  const query = new URLSearchParams(filters);
  return query.size === 0 ? AUDIT : `${AUDIT}?${query}`;
}
