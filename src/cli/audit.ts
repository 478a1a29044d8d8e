import { auditCollection, EVENT_TYPES, personAt, type AuditEvent } from '../audit/event.ts';
import { getPerson } from '../records/person.ts';
import { entries } from '../storage/pages.ts';
import type { Query, Store } from '../storage/store.ts';
import { createLog } from '../server/log.ts';
import { UsageError } from './usage-error.ts';
import { oneOf, string, withInstallation, type Command, type Options } from './command.ts';
import { printList, remembering, type ListItem } from './list.ts';
import { relayMessages } from '../server/outbox.ts';
import { personNamed } from './user/about-person.ts';

const DEFAULT_LIMIT = 50;
const MOST = 10_000;
const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const auditList: Command = {
  usage: '[--user LOGIN] [--type TYPE] [--since 24h|7d|YYYY-MM-DD] [--limit N]',
  options: {
    user: { type: 'string' },
    type: { type: 'string', values: EVENT_TYPES },
    since: { type: 'string' },
    limit: { type: 'string' },
  },
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      const { config, store } = installation;
      await relayMessages(config, store, createLog('warn', world.stderr).log);
      const user = string(options, 'user');
      const wanted = {
        person: user === undefined ? undefined : (await personNamed(installation, user)).id,
        type: oneOf(options, 'type', EVENT_TYPES),
        since: sinceOf(options, world.now()),
      };
      const newest = listed(store, wanted, limitOf(options));
      const empty = 'Nothing has happened yet.';
      const columns = { dispensable: ['address', 'client'], whole: ['time', 'outcome'] };
      await printList(world, options, newest, empty, columns);
      return undefined;
    }),
};

interface Wanted {
  person: string | undefined;
  type: AuditEvent['type'] | undefined;
  since: number;
}

/** Newest first. */
async function* listed(store: Store, wanted: Wanted, limit: number): AsyncGenerator<ListItem> {
  const personOf = remembering((id) => getPerson(store, id));
  const query = { ...queryOf(wanted), descending: true };
  let left = limit;
  for await (const { value } of entries((after) =>
    store.find(auditCollection, { ...query, after }),
  )) {
    if (wanted.type && value.type !== wanted.type) continue;
    const login = value.person === null ? undefined : (await personOf(value.person))?.login;
    yield { row: rowOf(value, login), json: value };
    if ((left -= 1) === 0) return;
  }
}

function queryOf({ person, since }: Wanted): Query {
  if (person === undefined) return { index: 'at', from: since };
  return {
    index: 'personAt',
    from: personAt(person, Math.max(0, since)),
    below: personAt(person, Infinity),
  };
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
