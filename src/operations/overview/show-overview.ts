/** What needs attention, of an organisation or of everything: numbers that were counted a moment before. */
import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { queuedMails } from '../../mail/queue.ts';
import { clientRefusalsCollection } from '../../oidc/clients/refusals/client-refusals.ts';
import { getNoted, type BackupMade } from '../../records/installation/noted.ts';
import {
  getRollout,
  NOTHING_COUNTED,
  rolloutCollection,
  type Rollout,
  type RolloutCounts,
} from '../../records/lists/rollout.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { dayOf } from '../../text/day-of.ts';
import { reach } from '../permission.ts';
import { DAYS_COUNTED } from './count-failed-sign-ins.ts';

export interface Overview {
  /** Of the organisation, or of all of them. */
  counts: RolloutCounts;
  /** As of when, the oldest of them (milliseconds since the epoch); null: some have not been counted yet. */
  countedAt: number | null;
  failed: FailedShown;
  /** Of the installation, for those who look after it; null for everybody else. */
  installation: InstallationShown | null;
}

export interface FailedShown {
  /** Day by day, the oldest first. */
  days: { day: string; count: number }[];
  /** Milliseconds since the epoch; null: nothing has been counted yet. */
  countedAt: number | null;
}

export interface InstallationShown {
  /** Null: there is no mail server. `oldest`: when the one that waits longest was ordered. */
  mails: { count: number; oldest: number | null } | null;
  /** Null: none that is known. */
  backup: BackupMade | null;
  /** Does the store leave backups to the database's own tools? */
  backsUpElsewhere: boolean;
  /** Apps of which requests were refused lately, up to a bound. */
  refused: number;
}

type Reads = Pick<Store, 'get' | 'find' | 'scan'>;

/** Organisations that are added up at most, and apps that are counted. */
const MOST_ADDED = 2_000;
export const MOST_REFUSED = 100;
const DAY = 86_400_000;

/** Problems: those of who may. */
export function showOverview(
  { store, config }: { store: Reads; config: Pick<Config, 'mail' | 'store'> },
  performed: Performed,
): Promise<Result<Overview>> {
  return resultOf(async () => {
    const of = await reach(store, performed, 'console.show', undefined);
    const [counted, failed, installation] = await Promise.all([
      of === null ? everywhere(store) : inOne(store, of),
      failedOf(store, of, performed.now),
      of === null ? installationOf(store, config) : null,
    ]);
    return { ...counted, failed, installation };
  });
}

type Counted = Pick<Overview, 'counts' | 'countedAt'>;

async function inOne(store: Reads, organisation: string): Promise<Counted> {
  const rollout = await getRollout(store, organisation);
  return { counts: rollout?.counts ?? NOTHING_COUNTED, countedAt: rollout?.madeAt ?? null };
}

async function everywhere(store: Reads): Promise<Counted> {
  const query = { index: 'whole', limit: MOST_ADDED };
  const { items } = await store.find(rolloutCollection, query);
  const all = items.map(({ value }) => value);
  return {
    counts: all.map(({ counts }) => counts).reduce(added, NOTHING_COUNTED),
    countedAt: oldest(all),
  };
}

function added(one: RolloutCounts, other: RolloutCounts): RolloutCounts {
  const names = Object.keys(NOTHING_COUNTED) as (keyof RolloutCounts)[];
  const sums = names.map((name) => [name, one[name] + other[name]] as const);
  return Object.fromEntries(sums) as unknown as RolloutCounts;
}

function oldest(all: readonly Rollout[]): number | null {
  const made = all.map(({ madeAt }) => madeAt).filter((at) => at !== null);
  return made.length === all.length && made.length > 0 ? Math.min(...made) : null;
}

async function failedOf(store: Reads, of: string | null, now: number): Promise<FailedShown> {
  const noted = await getNoted(store, 'failed-sign-ins');
  const days = Array.from({ length: DAYS_COUNTED }, (_, at) => {
    const day = dayOf(now - (DAYS_COUNTED - 1 - at) * DAY);
    const by = noted?.days[day] ?? {};
    const counts = of === null ? Object.values(by) : [by[of] ?? 0];
    return { day, count: counts.reduce((sum, one) => sum + one, 0) };
  });
  return { days, countedAt: noted?.until ?? null };
}

async function installationOf(
  store: Reads,
  config: Pick<Config, 'mail' | 'store'>,
): Promise<InstallationShown> {
  const [mails, noted, refusals] = await Promise.all([
    config.mail.smtp_url === undefined ? null : queuedMails(store),
    getNoted(store, 'backups'),
    store.scan(clientRefusalsCollection, { limit: MOST_REFUSED }),
  ]);
  return {
    mails: mails && { count: mails.count, oldest: mails.oldest ?? null },
    backup: noted?.made[0] ?? null,
    backsUpElsewhere: config.store.engine === 'mongodb',
    refused: refusals.items.filter(({ value }) => value.refusals.length > 0).length,
  };
}
