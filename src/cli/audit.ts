import { auditKind, EVENT_TYPES, type AuditEvent } from '../audit/event.ts';
import { getPerson } from '../accounts/person.ts';
import type { Store } from '../storage/store.ts';
import { createLog } from './log.ts';
import {
  oneOf,
  string,
  table,
  UsageError,
  withInstallation,
  type Command,
  type Options,
} from './command.ts';
import { movePostings } from './postings.ts';
import { personNamed } from './user-event.ts';

const DEFAULT_LIMIT = 50;
const MOST = 10_000;
const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const auditList: Command = {
  name: 'audit list',
  usage: '[--user LOGIN] [--type TYPE] [--since 24h|7d|YYYY-MM-DD] [--limit N]',
  summary: 'Shows what happened, newest first: sign-ins, factors, codes sent, refusals, changes.',
  options: {
    user: { type: 'string' },
    type: { type: 'string' },
    since: { type: 'string' },
    limit: { type: 'string' },
  },
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      const { config, store } = installation;
      await movePostings(config, store, createLog('warn', world.stderr).log);
      const user = string(options, 'user');
      const wanted = {
        person: user === undefined ? undefined : (await personNamed(installation, user)).id,
        type: oneOf(options, 'type', EVENT_TYPES),
        since: sinceOf(options, world.now()),
      };
      const events = (await find(store, wanted)).slice(0, limitOf(options));
      const rows = await Promise.all(events.map((event) => rowOf(store, event)));
      return { text: table(rows, 'Nothing has happened yet.'), json: events };
    }),
};

interface Wanted {
  person: string | undefined;
  type: AuditEvent['type'] | undefined;
  since: number;
}

async function find(store: Store, { person, type, since }: Wanted): Promise<AuditEvent[]> {
  const found: AuditEvent[] = [];
  let after: string | undefined;
  do {
    const query =
      person === undefined ? { index: 'at', from: since } : { index: 'person', equals: person };
    const page = await store.find(auditKind, { ...query, limit: 1000, after });
    found.push(...page.items.map(({ value }) => value));
    after = page.next;
  } while (after !== undefined && found.length < MOST);
  return found
    .filter((event) => event.at >= since && (type === undefined || event.type === type))
    .toSorted((a, b) => b.at - a.at);
}

async function rowOf(store: Store, event: AuditEvent): Promise<Record<string, string>> {
  const person = event.person === null ? undefined : await getPerson(store, event.person);
  const details = Object.entries(event.details).map(([name, value]) => `${name}=${value}`);
  return {
    time: new Date(event.at).toISOString(),
    type: event.type,
    outcome: event.outcome,
    person: person?.login ?? event.person ?? '-',
    client: event.client ?? '-',
    address: event.address ?? '-',
    about: [...details, ...event.reasons].join('; ') || '-',
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
