/** What a process does with an import that is its own until its lease ends. */
import type { Performed } from '../../../audit/performed.ts';
import { Problem } from '../../../problem.ts';
import { importJobCollection, type ImportJob } from '../../../records/lists/import-job.ts';
import type { ImportProgress } from '../../../records/lists/people-import.ts';
import type { Change, Store } from '../../../storage/store.ts';
import { reach } from '../../permission.ts';
import { fileOf, forgetFile } from './import-file.ts';
import { begun, counted, lineRunner, settled, type ImportParts } from './import-people.ts';
import { peopleLines } from './people-file.ts';

/** Milliseconds that one process has an import, from each time on that it is written down how far it has come. */
export const LEASE = 60_000;
/** Lines after which that is. */
const WRITTEN_EVERY = 500;

/** To its end, or until it is closed, somebody else has it, or whoever began it may no longer. */
export async function goOnWith(
  parts: ImportParts,
  id: string,
  begunJob: ImportJob,
  now: () => number,
  isClosed: () => boolean = () => false,
): Promise<void> {
  // What a dry run has seen of names is with the process that was at it.
  let job = begunJob.isDry ? { ...begunJob, progress: begun() } : begunJob;
  const keep = async (progress: ImportProgress, ends: Partial<ImportJob>): Promise<boolean> => {
    const next = { ...job, leasedUntil: now() + LEASE, ...ends, progress };
    const isKept = await write(parts.store, id, begunJob.isDry, next);
    job = next;
    return isKept;
  };
  try {
    const progress = await runThrough(parts, id, job, { now, isClosed, keep });
    if (!progress) return;
    await keep({ ...progress, isFinished: true }, { isDone: true, leasedUntil: null });
    if (!job.isDry) await forgetFile(parts.store, id, job);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const problem = { code: error.code, values: error.values };
    await keep(job.progress, { problem, isDone: true, leasedUntil: null });
  }
}

interface Run {
  now(): number;
  isClosed(): boolean;
  /** False: it is somebody else's by now. */
  keep(progress: ImportProgress, ends: Partial<ImportJob>): Promise<boolean>;
}

/** Undefined: it is not at its end, and not this process's any more. */
async function runThrough(
  parts: ImportParts,
  id: string,
  job: ImportJob,
  { now, isClosed, keep }: Run,
): Promise<ImportProgress | undefined> {
  const asked = (): Promise<void> => stillMay(parts.store, performedIn(job, now()), job);
  const { isDry, format } = job;
  let so = job.progress;
  const runner = lineRunner(parts, performedIn(job, now()), job, { so, isDry });
  let kept = so.line;
  await asked();
  for await (const lines of peopleLines(fileOf(parts.store, id, job), format)) {
    const ahead = lines.filter(({ line }) => line > so.line);
    if (ahead.length === 0) continue;
    so = counted(so, await settled(ahead, runner, isDry));
    const isOver = isClosed();
    if (so.line - kept < WRITTEN_EVERY && !isOver) continue;
    kept = so.line;
    await asked();
    if (!(await keep(so, isOver ? { leasedUntil: null } : {})) || isOver) return undefined;
  }
  return so;
}

/** Whoever began it has just proven who they are then; whether they may is asked as they are now, of each line. */
function performedIn({ by, byEpoch, origin, language }: ImportJob, now: number): Performed {
  const actor = { kind: 'administrator', id: by } as const;
  return { actor, origin, language, fresh: true, now, epoch: byEpoch };
}

/** Before a thousand lines are told one by one that they may not. */
async function stillMay(
  store: ImportParts['store'],
  performed: Performed,
  { organisation }: ImportJob,
): Promise<void> {
  await reach(store, performed, 'person.add', organisation ?? undefined);
}

/** False: it is not there any more, it is another run of it, or somebody else has gone on with it. */
function write(
  store: Pick<Store, 'update'>,
  id: string,
  isDry: boolean,
  next: ImportJob,
): Promise<boolean> {
  return store.update(importJobCollection, id, (there): Change<ImportJob, boolean> => {
    const isSame = there?.isDry === isDry && !there.isDone;
    const isAhead = isSame && !isDry && there.progress.line > next.progress.line;
    return isSame && !isAhead ? { put: next, result: true } : { result: false };
  });
}
