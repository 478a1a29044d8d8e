import { EVENT_TYPES, type AuditEvent } from '../audit/event.ts';
import { operatorPerformed } from '../audit/performed.ts';
import { EVENT_FORMATS, eventFile, eventView } from '../operations/audit/export-events.ts';
import { allEvents, listEvents } from '../operations/audit/list-events.ts';
import { eventsQuery, MOST_EVENTS, type EventsQuery } from '../operations/audit/events-query.ts';
import { given } from '../operations/input.ts';
import { findPerson, getPerson } from '../records/person.ts';
import { valueOf } from '../result.ts';
import type { Installation } from '../server/opened.ts';
import type { World } from '../server/world.ts';
import { startOfDay } from '../text/day-of.ts';
import { remembering } from '../timing/remembering.ts';
import { UsageError } from './usage-error.ts';
import {
  oneOf,
  relayTold,
  string,
  wholeNumber,
  withInstallation,
  type Command,
  type Options,
} from './command.ts';
import { inputFrom } from './input.ts';
import { printList, type ListItem } from './list.ts';
import { personNamed } from './user/about-person.ts';

const DEFAULT_LIMIT = 50;
const MOST = 10_000;
const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const auditList: Command = {
  usage:
    '[--user LOGIN] [--type TYPE] [--client ID] [--actor LOGIN|ID|operator] [--org ID]\n' +
    '         [--since 24h|7d|YYYY-MM-DD] [--until 24h|7d|YYYY-MM-DD] [--limit N] [--after PLACE]\n' +
    '         [--format csv|jsonl]',
  options: {
    user: { type: 'string' },
    type: { type: 'string', values: EVENT_TYPES },
    client: { type: 'string' },
    actor: { type: 'string' },
    org: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    limit: { type: 'string' },
    after: { type: 'string' },
    format: { type: 'string', values: EVENT_FORMATS },
  },
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      await relayTold(installation, world);
      const query = await queryOf(installation, options, world.now());
      const format = oneOf(options, 'format', EVENT_FORMATS);
      if (format !== undefined) {
        const events = exported(installation, world, query, options);
        for await (const piece of eventFile(events, format)) world.stdout.write(piece);
        return undefined;
      }
      const newest = listed(installation, world, query, limitOf(options) ?? DEFAULT_LIMIT);
      const empty = 'Nothing has happened yet.';
      const columns = { dispensable: ['address', 'client'], whole: ['time', 'outcome'] };
      await printList(world, options, newest, empty, columns);
      return undefined;
    }),
};

async function queryOf(
  installation: Installation,
  options: Options,
  now: number,
): Promise<EventsQuery> {
  const user = string(options, 'user');
  return inputFrom(
    eventsQuery,
    given<Required<EventsQuery>>({
      person: user === undefined ? undefined : await idOf(installation, user),
      actor: await actorNamed(installation, string(options, 'actor')),
      organisation: string(options, 'org'),
      client: string(options, 'client'),
      type: oneOf(options, 'type', EVENT_TYPES),
      outcome: undefined,
      from: timeOf(options, 'since', now),
      until: timeOf(options, 'until', now),
      after: string(options, 'after'),
      limit: undefined,
    }),
  );
}

/** Of somebody who was removed there is nothing left but their subject identifier. */
async function idOf(installation: Installation, typed: string): Promise<string> {
  return /^[\w-]{22}$/u.test(typed) ? typed : (await personNamed(installation, typed)).id;
}

/** A login name or address is a person's; what is nobody's is taken as it is. */
async function actorNamed(
  { store }: Installation,
  typed: string | undefined,
): Promise<string | undefined> {
  return typed === undefined ? undefined : ((await findPerson(store, typed))?.id ?? typed);
}

/** Newest first; then how to go on is said beside the list. */
async function* listed(
  installation: Installation,
  world: World,
  query: EventsQuery,
  limit: number,
): AsyncGenerator<ListItem> {
  const { store } = installation;
  const personOf = remembering((id) => getPerson(store, id));
  const performed = operatorPerformed(installation.config, world.now());
  let { after } = query;
  let left = limit;
  do {
    const asked = { ...query, limit: Math.min(left, MOST_EVENTS), ...given({ after }) };
    const page = valueOf(await listEvents(installation, performed, asked));
    for (const event of page.events) {
      const login = event.person === null ? undefined : (await personOf(event.person))?.login;
      yield { row: rowOf(event, login), json: eventView(event) };
    }
    left -= page.events.length;
    after = page.next;
  } while (after !== undefined && left > 0);
  if (after !== undefined) world.stderr.write(`There are more: --after ${after}\n`);
}

/** All of them unless there is a limit. */
async function* exported(
  installation: Installation,
  world: World,
  query: EventsQuery,
  options: Options,
): AsyncGenerator<AuditEvent> {
  const performed = operatorPerformed(installation.config, world.now());
  let left = limitOf(options) ?? Infinity;
  for await (const event of allEvents(installation, performed, query)) {
    yield event;
    if ((left -= 1) === 0) return;
  }
}

function rowOf(event: AuditEvent, login: string | undefined): Record<string, string> {
  const details = Object.entries(event.details).map(([name, value]) => `${name}=${value}`);
  const about = event.organisation === null || event.person !== null ? [] : [event.organisation];
  return {
    time: `${new Date(event.at).toISOString().slice(0, 19)}Z`,
    type: event.type,
    outcome: event.outcome,
    person: login ?? event.person ?? '-',
    client: event.client ?? '-',
    address: event.address ?? '-',
    about: [...about, ...details, ...event.reasons].join('; ') || '-',
  };
}

function timeOf(options: Options, name: 'since' | 'until', now: number): number | undefined {
  const value = string(options, name);
  if (value === undefined) return undefined;
  const [, count, unit] = /^(\d{1,5})([mhd])$/u.exec(value) ?? [];
  if (count !== undefined)
    return Math.max(0, now - Number(count) * UNITS[unit as keyof typeof UNITS]);
  const at = startOfDay(value);
  if (at !== undefined && at >= 0) return at;
  throw new UsageError(`--${name} must be like 30m, 24h, 7d or 2026-01-31. It is "${value}".`);
}

function limitOf(options: Options): number | undefined {
  return wholeNumber(options, 'limit', { least: 1, most: MOST });
}
