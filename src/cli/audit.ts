import { auditCollection, EVENT_TYPES, type AuditEvent } from '../audit/event.ts';
import { getPerson } from '../records/person.ts';
import type { Query, Store } from '../storage/store.ts';
import { createLog } from '../server/log.ts';
import { UsageError } from './usage-error.ts';
import { oneOf, string, table, withInstallation, type Command, type Options } from './command.ts';
import { relayMessages } from '../server/outbox.ts';
import { personNamed } from './user/about-person.ts';

const DEFAULT_LIMIT = 50;
const MOST = 10_000;
/** Milliseconds: of most questions, the answer is in the last hour, or not far behind it. */
const FIRST_STRETCH = 3_600_000;
const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const auditList: Command = {
  usage: '[--user LOGIN] [--type TYPE] [--since 24h|7d|YYYY-MM-DD] [--limit N]',
  options: {
    user: { type: 'string' },
    type: { type: 'string' },
    since: { type: 'string' },
    limit: { type: 'string' },
  },
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      const { config, store } = installation;
      await relayMessages(config, store, createLog('warn', world.stderr).log);
      const now = world.now();
      const user = string(options, 'user');
      const wanted = {
        person: user === undefined ? undefined : (await personNamed(installation, user)).id,
        type: oneOf(options, 'type', EVENT_TYPES),
        since: sinceOf(options, now),
      };
      const events = await newest(store, wanted, limitOf(options), now);
      const logins = await loginsOf(store, events);
      const rows = events.map((event) => rowOf(event, logins));
      return { text: table(rows, 'Nothing has happened yet.'), json: events };
    }),
};

interface Wanted {
  person: string | undefined;
  type: AuditEvent['type'] | undefined;
  since: number;
}

/** Newest first. Of a log of any length, no more than twice `limit` is kept in memory. */
async function newest(
  store: Store,
  wanted: Wanted,
  limit: number,
  now: number,
): Promise<AuditEvent[]> {
  let found: AuditEvent[] = [];
  for (const query of queries(wanted, now)) {
    for await (const event of eventsOf(store, query)) {
      if (event.at < wanted.since || (wanted.type && event.type !== wanted.type)) continue;
      found.push(event);
      if (found.length >= 2 * limit) found = latest(found, limit);
    }
    if (found.length >= limit) break;
  }
  return latest(found, limit).toReversed();
}

/** Of those that happened at the same time, those that were recorded later. */
function latest(events: readonly AuditEvent[], limit: number): AuditEvent[] {
  return events.toSorted((a, b) => a.at - b.at).slice(-limit);
}

/** An index is read from its old end only: so ever longer stretches of time, the last one first. */
function* queries({ person, since }: Wanted, now: number): Generator<Query> {
  if (person !== undefined) return yield { index: 'person', equals: person };
  let below: number | undefined;
  for (let span = FIRST_STRETCH; (below ?? Infinity) > since; span *= 4) {
    const from = Math.max(since, now - span);
    yield { index: 'at', from, ...(below === undefined ? {} : { below }) };
    below = from;
  }
}

async function* eventsOf(store: Store, query: Query): AsyncGenerator<AuditEvent> {
  let after: string | undefined;
  do {
    const page = await store.find(auditCollection, { ...query, limit: 1000, after });
    for (const { value } of page.items) yield value;
    after = page.next;
  } while (after !== undefined);
}

async function loginsOf(
  store: Store,
  events: readonly AuditEvent[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(events.map(({ person }) => person))].filter((id) => id !== null);
  const people = await Promise.all(ids.map((id) => getPerson(store, id)));
  return new Map(people.filter((one) => one !== undefined).map(({ id, login }) => [id, login]));
}

function rowOf(event: AuditEvent, logins: ReadonlyMap<string, string>): Record<string, string> {
  const details = Object.entries(event.details).map(([name, value]) => `${name}=${value}`);
  const about = event.organisation === null || event.person !== null ? [] : [event.organisation];
  return {
    time: new Date(event.at).toISOString(),
    type: event.type,
    outcome: event.outcome,
    person: event.person === null ? '-' : (logins.get(event.person) ?? event.person),
    client: event.client ?? '-',
    address: event.address ?? '-',
    about: [...about, ...details, ...event.reasons].join('; ') || '-',
  };
}

function sinceOf(options: Options, now: number): number {
  const value = string(options, 'since');
  if (value === undefined) return 0;
  const [, count, unit] = /^(\d{1,5})([mhd])$/u.exec(value) ?? [];
  if (count !== undefined) return now - Number(count) * UNITS[unit as keyof typeof UNITS];
  const at = /^\d{4}-\d{2}-\d{2}$/u.test(value) ? Date.parse(`${value}T00:00:00Z`) : NaN;
  if (!Number.isNaN(at)) return at;
  throw new UsageError(`--since must be like 30m, 24h, 7d or 2026-01-31. It is "${value}".`);
}

function limitOf(options: Options): number {
  const value = string(options, 'limit') ?? String(DEFAULT_LIMIT);
  const limit = /^\d{1,5}$/u.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > MOST)
    throw new UsageError(`--limit must be a whole number from 1 to ${MOST}. It is "${value}".`);
  return limit;
}
