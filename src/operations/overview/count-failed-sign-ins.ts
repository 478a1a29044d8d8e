/**
 * Passwords and codes that were wrong, counted by the day and the organisation, a minute later: from the log, of
 * which each part is read once, by whichever process comes first.
 */
import { setImmediate as rest } from 'node:timers/promises';
import { auditCollection, type AuditEvent } from '../../audit/event.ts';
import { getNoted, note, type FailedSignIns } from '../../records/installation/noted.ts';
import { entries } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { dayOf } from '../../text/day-of.ts';

type Log = Pick<Store, 'get' | 'find' | 'update'>;
type Days = FailedSignIns['days'];

const DAY = 86_400_000;
/** That are shown. */
export const DAYS_COUNTED = 14;
/** Milliseconds: until then a process whose clock is behind may record something. */
const LATE = 60_000;
/** Milliseconds of the log that are counted by one write. */
const PART = 6 * 3600_000;
/** Milliseconds of which it is not written that nothing has failed. */
const IDLE = 600_000;
/** Events that are read at once: other requests are answered in between. */
const SLICE = 200;

export async function countFailedSignIns(
  store: Log,
  now: number,
  isClosed: () => boolean = () => false,
): Promise<void> {
  const until = now - LATE;
  let seen = (await getNoted(store, 'failed-sign-ins'))?.until;
  let from = Math.max(seen ?? 0, now - DAYS_COUNTED * DAY);
  while (from < until && !isClosed()) {
    const to = Math.min(from + PART, until);
    const counted = await countBetween(store, from, to, isClosed);
    // Where nothing has failed, a look that finds nothing is cheaper than a write each time.
    const isIdle = Object.keys(counted).length === 0 && to - (seen ?? 0) < IDLE;
    if (isIdle || isClosed() || !(await add(store, seen, to, counted))) return;
    seen = from = to;
  }
}

async function countBetween(
  store: Pick<Store, 'find'>,
  from: number,
  below: number,
  isClosed: () => boolean,
): Promise<Days> {
  const days: Record<string, Record<string, number>> = {};
  const query = { index: 'recordedAt', from, below, limit: SLICE };
  let read = 0;
  for await (const { value } of entries((after) =>
    store.find(auditCollection, { ...query, after }),
  )) {
    const failed = failedIn(value);
    if (failed > 0) {
      const day = (days[dayOf(value.at)] ??= {});
      const organisation = value.organisation ?? '';
      day[organisation] = (day[organisation] ?? 0) + failed;
    }
    read += 1;
    if (read % SLICE !== 0) continue;
    if (isClosed()) break;
    await rest();
  }
  return days;
}

/** An event may stand for several that were like it (outbox/refusal-windows.ts). */
function failedIn({ type, outcome, details }: AuditEvent): number {
  const isTry = type === 'sign-in.password' || type === 'sign-in.factor';
  if (!isTry || outcome !== 'refused') return 0;
  const { further } = details;
  return typeof further === 'number' ? further : 1;
}

/** False: another process has counted that part. */
function add(
  store: Pick<Store, 'update'>,
  seen: number | undefined,
  until: number,
  counted: Days,
): Promise<boolean> {
  return note(store, 'failed-sign-ins', (before) => {
    if (before?.until !== seen) return undefined;
    const days = { ...before?.days };
    for (const [day, of] of Object.entries(counted)) days[day] = summed(days[day] ?? {}, of);
    const oldest = dayOf(until - (DAYS_COUNTED - 1) * DAY);
    const kept = Object.entries(days).filter(([day]) => day >= oldest);
    return { until, days: Object.fromEntries(kept) };
  });
}

function summed(one: Days[string], other: Days[string]): Days[string] {
  const more = Object.entries(other).map(([of, count]) => [of, (one[of] ?? 0) + count] as const);
  return { ...one, ...Object.fromEntries(more) };
}
