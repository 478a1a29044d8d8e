/** How far work is that an administrator has asked for, as pages tell it. */
import { isRunning } from '../../operations/jobs/ask-for-job.ts';
import type { Job } from '../../records/under-way/job.ts';

export interface JobShown {
  isRunning: boolean;
  askedAt: number;
  endedAt: number | null;
  looked: number;
  problem: Job['problem'];
  counts: Job['counts'];
  damaged: readonly string[];
}

/** Null: nobody has asked for it lately. One that was never begun, or was broken off for good, is none. */
export function jobShown(job: Job | undefined, now: number): JobShown | null {
  if (!job || (job.endedAt === null && !isRunning(job, now))) return null;
  const { askedAt, endedAt, looked, problem, counts, damaged } = job;
  return { isRunning: endedAt === null, askedAt, endedAt, looked, problem, counts, damaged };
}
