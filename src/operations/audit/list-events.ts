/** What happened, newest first: everywhere, or in the organisation of whoever asks. */
import { placeAt } from '../../storage/place-at.ts';
import { actorOf, auditCollection, type AuditEvent } from '../../audit/event.ts';
import type { Performed } from '../../audit/performed.ts';
import { resultOf, valueOf, type Result } from '../../result.ts';
import { fromCursor, pages } from '../../storage/pages.ts';
import type { Page, Query, Store } from '../../storage/store.ts';
import { checkOrganisations } from '../organisations/check-organisations.ts';
import { readAdministered } from '../people/administer.ts';
import { reach } from '../permission.ts';
import { EVENTS_PAGE, EVENTS_SHOWN, MOST_EVENTS, type EventsQuery } from './events-query.ts';

export interface EventsPage {
  events: AuditEvent[];
  /** Give this as `after` for older ones; absent at the end. A page may be short, or empty, and have one: there was much to pass over. */
  next?: string;
}

type Events = Pick<Store, 'get' | 'find'>;

/** Events that a page costs at most. */
const MOST_READ = 2_000;
/** Read at once where some may be passed over. */
const SLICE = 200;

/**
 * Reads 2,000 events at most, by one index. Nobody learns of events of an organisation that is not theirs to
 * see. Problems: `organisation-unknown`, and those of who may.
 */
export function listEvents(
  { store }: { store: Events },
  performed: Performed,
  query: EventsQuery,
): Promise<Result<EventsPage>> {
  return resultOf(async () => {
    const organisation = await reach(store, performed, 'audit.list', query.organisation);
    const { organisation: asked, after, limit = EVENTS_PAGE } = query;
    await checkOrganisations(store, asked === undefined ? [] : [asked]);
    const wanted = { ...query, ...(organisation === null ? {} : { organisation }) };
    return fromCursor(after, (from) => pageFrom(store, wanted, limit, from));
  });
}

/**
 * What happened to one person, for whoever looks after them; of events of another organisation that they were in
 * before, those who reach it alone. `id`: subject identifier. Problem `not-found`, and those of who may.
 */
export function listEventsAbout(
  { store }: { store: Events },
  performed: Performed,
  id: string,
  after: string | undefined,
): Promise<Result<EventsPage>> {
  return resultOf(async () => {
    await readAdministered(store, performed, 'person.list-activity', id);
    const organisation = await reach(store, performed, 'person.list-activity', undefined);
    const wanted = { person: id, ...(organisation === null ? {} : { organisation }) };
    return fromCursor(after, (from) => pageFrom(store, wanted, EVENTS_SHOWN, from));
  });
}

/** All of them, newest first. Problems as of `listEvents`, when the first is asked for. */
export async function* allEvents(
  parts: { store: Events },
  performed: Performed,
  query: EventsQuery,
): AsyncGenerator<AuditEvent> {
  const read = async (after: string | undefined) => {
    const asked = { ...query, limit: MOST_EVENTS, ...(after === undefined ? {} : { after }) };
    return valueOf(await listEvents(parts, performed, asked));
  };
  for await (const { events } of pages(read, query.after)) yield* events;
}

async function pageFrom(
  store: Events,
  wanted: EventsQuery,
  limit: number,
  from: string | undefined,
): Promise<EventsPage> {
  const query = indexedBy(wanted);
  const find = (most: number, after: string | undefined): Promise<Page<AuditEvent>> =>
    store.find(auditCollection, { ...query, descending: true, limit: most, after });
  const events: AuditEvent[] = [];
  let after = from;
  for (let left = MOST_READ; left > 0;) {
    const most = isFiltered(wanted) ? SLICE : limit - events.length;
    const page = await find(Math.min(left, most), after);
    for (const [at, { value }] of page.items.entries()) {
      if (fits(value, wanted)) events.push(value);
      if (events.length < limit) continue;
      const isLast = at === page.items.length - 1;
      return pageOf(events, isLast ? page.next : (await find(at + 1, after)).next);
    }
    if (page.next === undefined) return { events };
    left -= page.items.length;
    after = page.next;
  }
  return pageOf(events, after);
}

function pageOf(events: AuditEvent[], next: string | undefined): EventsPage {
  return { events, ...(next === undefined ? {} : { next }) };
}

/** The index that gives the fewest, with the times in it. */
function indexedBy({ person, actor, organisation, from = 0, until }: EventsQuery): Query {
  const [index, whose] =
    person !== undefined
      ? ['personAt', person]
      : actor !== undefined
        ? ['actorAt', actor]
        : ['organisationAt', organisation];
  if (whose === undefined)
    return { index: 'at', from, ...(until === undefined ? {} : { below: until }) };
  return { index, from: placeAt(whose, from), below: placeAt(whose, until ?? Infinity) };
}

function isFiltered(wanted: EventsQuery): boolean {
  const { person, actor, organisation, client, type, outcome } = wanted;
  const indexed = [person, actor, organisation].filter((one) => one !== undefined);
  return indexed.length > 1 || [client, type, outcome].some((one) => one !== undefined);
}

function fits(event: AuditEvent, wanted: EventsQuery): boolean {
  const { person, actor, organisation, client, type, outcome } = wanted;
  return (
    (person === undefined || event.person === person) &&
    (actor === undefined || actorOf(event) === actor) &&
    (organisation === undefined || event.organisation === organisation) &&
    (client === undefined || event.client === client || event.details['client'] === client) &&
    (type === undefined || event.type === type) &&
    (outcome === undefined || event.outcome === outcome)
  );
}
