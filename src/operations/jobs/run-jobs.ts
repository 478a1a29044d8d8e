/** Doing what was asked for, one after the other: each by one process at a time, broken off anywhere and gone on with. */
import type { Performed } from '../../audit/performed.ts';
import { Problem } from '../../problem.ts';
import { jobCollection, type Job, type JobName } from '../../records/under-way/job.ts';
import { dueEntries, isFree } from '../../storage/due.ts';
import type { Change, Store } from '../../storage/store.ts';
import { GIVEN_UP_AFTER, performedFor } from './ask-for-job.ts';

/** What came of it. */
export type JobEnd = Pick<Job, 'counts'> & Partial<Pick<Job, 'damaged'>>;

export interface JobTools {
  /** Aborted when the server stops: it throws, and is gone on with later. */
  stop: AbortSignal;
  /** So many documents so far. */
  onProgress(looked: number): void;
}

export type JobRunner = (job: Job, performed: Performed, tools: JobTools) => Promise<JobEnd>;
export type JobRunners = Readonly<Record<JobName, JobRunner>>;

interface RunParts {
  store: Pick<Store, 'find' | 'update'>;
  runners: JobRunners;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Milliseconds that a process has for what tells no progress, before another one begins it anew. */
const LEASE = 600_000;
/** Milliseconds between two words of how far it is. */
const TELL_EVERY = 1_000;
/** Names of damaged documents that are kept. */
const MOST_DAMAGED = 50;

export async function runJobs(parts: RunParts, isClosed: () => boolean): Promise<void> {
  const due = { now: parts.now(), longest: LEASE };
  for await (const { id } of dueEntries(parts.store, jobCollection, due)) {
    if (isClosed()) return;
    const job = await claim(parts, id);
    if (job) await run(parts, id, job, isClosed);
  }
}

/** Undefined: another process has it, or it is too old to be gone on with. */
function claim({ store, now }: RunParts, id: string): Promise<Job | undefined> {
  const at = now();
  return store.update(jobCollection, id, (there): Change<Job, Job | undefined> => {
    const isDue = there?.endedAt === null && isFree(there.leasedUntil, { now: at, longest: LEASE });
    if (!isDue) return { result: undefined };
    if (at - there.askedAt >= GIVEN_UP_AFTER) {
      const problem = { code: 'job-given-up', values: {} };
      return { put: { ...there, endedAt: at, problem }, result: undefined };
    }
    const put = { ...there, leasedUntil: at + LEASE };
    return { put, result: put };
  });
}

async function run(parts: RunParts, id: string, job: Job, isClosed: () => boolean): Promise<void> {
  const stopped = new AbortController();
  const tell = telling(parts, id, job);
  const onProgress = (looked: number): void => {
    if (isClosed()) stopped.abort();
    tell.progress(looked);
  };
  const tools = { stop: stopped.signal, onProgress };
  const ended = await endOf(parts, job, tools);
  await tell.settle();
  if (ended === undefined) return settle(parts, id, job, { leasedUntil: null });
  const damaged = (ended.damaged ?? []).slice(0, MOST_DAMAGED);
  await settle(parts, id, job, { ...ended, damaged, endedAt: parts.now(), leasedUntil: null });
}

/** Undefined: the server stops. What fails without a reason of ours is logged by the caller, and tried again. */
async function endOf(
  { runners, now }: RunParts,
  job: Job,
  tools: JobTools,
): Promise<(JobEnd & Partial<Job>) | undefined> {
  try {
    return await runners[job.what](job, performedFor(job, now()), tools);
  } catch (error) {
    if (tools.stop.aborted) return undefined;
    if (!(error instanceof Problem)) throw error;
    return { counts: {}, problem: { code: error.code, values: error.values } };
  }
}

/** Written now and then, one after the other. */
function telling(parts: RunParts, id: string, job: Job) {
  let toldAt = parts.now();
  let last: Promise<void> = Promise.resolve();
  return {
    progress(looked: number): void {
      const at = parts.now();
      if (at - toldAt < TELL_EVERY) return;
      toldAt = at;
      const more = { looked, leasedUntil: at + LEASE };
      last = last.then(() => settle(parts, id, job, more)).catch(() => {});
    },
    settle: () => last,
  };
}

/** Where it was asked for anew meanwhile, that is another one. */
function settle(
  { store }: RunParts,
  id: string,
  { askedAt, by }: Job,
  set: Partial<Job>,
): Promise<void> {
  return store.update(jobCollection, id, (there): Change<Job, void> => {
    const isIt = there?.askedAt === askedAt && there.by === by && there.endedAt === null;
    return isIt ? { put: { ...there, ...set }, result: undefined } : { result: undefined };
  });
}
