/** Asking for work that is done at leisure; whoever may do it may ask for it. */
import type { Performed } from '../../audit/performed.ts';
import { ACCESS, type Operation } from '../../policy/access.ts';
import { Problem } from '../../problem.ts';
import { jobCollection, jobId, type Job, type JobName } from '../../records/under-way/job.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change, Store } from '../../storage/store.ts';
import { actorEpoch, permission } from '../permission.ts';

/** The row of each. To count is to retire, so far. */
export const OPERATION_OF_JOB = {
  verify: 'installation.verify',
  reseal: 'keys.reseal',
  'count-ends': 'keys.retire',
  retire: 'keys.retire',
} as const satisfies Record<JobName, Operation>;

/** Milliseconds after which what came of it goes. */
const KEPT_FOR = 30 * 86_400_000;
/** Milliseconds after which one that was not begun, or was broken off for good, may be asked for anew. */
export const GIVEN_UP_AFTER = 3_600_000;

/** Problem `job-running` (409): somebody has asked for it already; and those of who may. */
export function askForJob(
  { store }: { store: Pick<Store, 'get' | 'update'> },
  performed: Performed,
  what: JobName,
  about: { kid?: string; leaked?: boolean } = {},
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(store, performed, OPERATION_OF_JOB[what]);
    may({});
    const put = newJob(performed, await actorEpoch(store, performed), what, about);
    await store.update(jobCollection, jobId(what, put.kid), (there): Change<Job, void> => {
      if (there && isRunning(there, performed.now))
        throw new Problem('job-running', { status: 409 });
      return { put, expiresAt: performed.now + KEPT_FOR, result: undefined };
    });
  });
}

/** `now`: milliseconds since the epoch. */
export function isRunning({ endedAt, askedAt }: Job, now: number): boolean {
  return endedAt === null && now - askedAt < GIVEN_UP_AFTER;
}

function newJob(
  { origin, language, now }: Performed,
  by: Pick<Job, 'by' | 'byEpoch'>,
  what: JobName,
  { kid = null, leaked = false }: { kid?: string | null; leaked?: boolean },
): Job {
  return {
    what,
    kid,
    leaked,
    ...by,
    origin,
    language,
    askedAt: now,
    leasedUntil: null,
    endedAt: null,
    looked: 0,
    problem: null,
    counts: {},
    damaged: [],
  };
}

/** As whoever asked: what they proved then was asked of them then, and who they are now is asked again. */
export function performedFor({ by, byEpoch, origin, language, what }: Job, now: number): Performed {
  const { fresh } = ACCESS[OPERATION_OF_JOB[what]];
  return {
    actor: { kind: 'administrator', id: by },
    origin,
    language,
    fresh,
    now,
    epoch: byEpoch,
  };
}
