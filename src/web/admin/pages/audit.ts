/** `/admin/audit`: what happened, newest first, by what the address says. */
import { EVENT_TYPES, type AuditEvent } from '../../../audit/event.ts';
import { eventsQuery, type EventsQuery } from '../../../operations/audit/events-query.ts';
import { listEvents } from '../../../operations/audit/list-events.ts';
import { addressText } from '../../../net/address.ts';
import { shownNames } from '../../../oidc/clients/client-names.ts';
import { getPerson } from '../../../records/person.ts';
import { browserName } from '../../../text/browser-name.ts';
import { valueOr } from '../../signed-in/found.ts';
import { pathOf, type AdminPage, type AdminVisit } from '../page.ts';
import { personPath } from '../person.ts';

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
    const page = valueOr(await listEvents(parts, performed, query), AUDIT);
    const context = {
      events: await shownEvents(visit, page.events),
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
    const at = /^\d{4}-\d{2}-\d{2}$/u.test(typed) ? Date.parse(`${typed}T00:00:00Z`) : NaN;
    return Number.isNaN(at) ? [] : [{ name, typed, at: name === 'until' ? at + DAY : at }];
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

/** Whoever is gone is called by their id. */
async function shownEvents({ parts }: AdminVisit, events: readonly AuditEvent[]) {
  const { store } = parts;
  const nameOf = remembering(async (id) => (await getPerson(store, id))?.name ?? id);
  const appOf = remembering(shownNames(store));
  const one = async (event: AuditEvent) => {
    const { person, actorId, client, userAgent, address, details, reasons } = event;
    const about = details['client'];
    const app = typeof about === 'string' ? about : client;
    return {
      at: event.at,
      type: event.type,
      refused: event.outcome === 'refused',
      person: person === null ? null : { name: await nameOf(person), href: personPath(person) },
      actor: event.actor,
      actorName: actorId === undefined ? null : await nameOf(actorId),
      app: app === null ? null : ((await appOf(app)) ?? app),
      where: [userAgent === null ? '' : browserName(userAgent), addressText(address)].filter(
        (word) => word !== '',
      ),
      more: [...Object.entries(details).map(([name, value]) => `${name}: ${value}`), ...reasons],
    };
  };
  return Promise.all(events.map(one));
}

/** The same few people and apps are in most of the events of a page. */
function remembering<T>(read: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (id) => {
    const found = known.get(id) ?? read(id);
    known.set(id, found);
    return found;
  };
}
