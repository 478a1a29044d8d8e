/**
 * An import of people in the console: the file is looked through first, and its people are put in by a second
 * word. One process at a time is at it, under a lease; whichever goes on does so behind the last line that was
 * written down, and a line that was done is not done again.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Performed } from '../../../audit/performed.ts';
import { Problem } from '../../../problem.ts';
import {
  IMPORT_LIVES,
  importJobCollection,
  type ImportJob,
} from '../../../records/lists/import-job.ts';
import { resultOf, type Result } from '../../../result.ts';
import { dueEntries, isFree } from '../../../storage/due.ts';
import type { Change, Entry, Store } from '../../../storage/store.ts';
import { checkOrganisations } from '../../organisations/check-organisations.ts';
import { actorEpoch, administratorId, reach } from '../../permission.ts';
import { forgetFile, keepFile, linesIn } from './import-file.ts';
import { IMPORT_KEYS, IMPORT_MODES } from './import-line.ts';
import { begun, type ImportParts } from './import-people.ts';
import { PEOPLE_FORMATS } from './people-file.ts';
import { goOnWith, LEASE } from './run-import.ts';

export interface ImportJobParts extends ImportParts {
  store: ImportParts['store'] & Pick<Store, 'put'>;
}

export const importJobInput = z.strictObject({
  /** As it is called. */
  file: z.string().max(200),
  format: z.enum(PEOPLE_FORMATS),
  mode: z.enum(IMPORT_MODES, 'required'),
  key: z.enum(IMPORT_KEYS, 'required'),
  /** Of those whose line names none; absent: each line has to, or it is the administrator’s own. */
  organisation: z.string().max(200).optional(),
});
export type ImportJobInput = z.output<typeof importJobInput>;

/** Imports of one administrator that are kept at the same time. */
export const MOST_IMPORTS = 10;
/** Bytes of a file that is looked through while whoever sends it waits. */
const SMALL = 32 * 1024;

/**
 * Looks through the file, as long as it is small; else whoever looks for work does. Answers its id. Problems:
 * `import-lines` (413), `import-limit` (409), `organisation-unknown`, and those of who may.
 */
export function beginImport(
  parts: ImportJobParts,
  performed: Performed,
  { organisation: asked, ...how }: ImportJobInput,
  bytes: Uint8Array,
): Promise<Result<string>> {
  return resultOf(async () => {
    const { store } = parts;
    const { now, origin, language } = performed;
    const organisation = await reach(store, performed, 'person.add', asked);
    await checkOrganisations(store, organisation === null ? [] : [organisation]);
    const by = await actorEpoch(store, performed);
    const lines = linesIn(bytes);
    if ((await importsOf(store, by.by)).length >= MOST_IMPORTS)
      throw new Problem('import-limit', { status: 409, values: { most: MOST_IMPORTS } });
    const id = randomBytes(16).toString('base64url');
    const pieces = await keepFile(store, id, bytes, now);
    const isSmall = bytes.length <= SMALL;
    const job: ImportJob = {
      ...how,
      ...by,
      origin,
      language,
      organisation,
      pieces,
      lines,
      startedAt: now,
      isDry: true,
      progress: begun(),
      problem: null,
      isDone: false,
      leasedUntil: isSmall ? now + LEASE : null,
    };
    await store.insert(importJobCollection, id, job, { expiresAt: now + IMPORT_LIVES });
    if (isSmall) await goOnWith(parts, id, job, () => now);
    return id;
  });
}

async function importsOf(store: Pick<Store, 'find'>, by: string): Promise<Entry<ImportJob>[]> {
  const query = { index: 'by', equals: by, limit: MOST_IMPORTS };
  return (await store.find(importJobCollection, query)).items;
}

/** Of whoever asks, the newest first. */
export function listImports(
  { store }: { store: ImportParts['store'] },
  performed: Performed,
): Promise<Result<Entry<ImportJob>[]>> {
  return resultOf(async () => {
    await reach(store, performed, 'person.list', undefined);
    const all = await importsOf(store, administratorId(performed));
    return all.toSorted((a, b) => b.value.startedAt - a.value.startedAt);
  });
}

/** Problem `not-found`: its day is over, or it is not theirs. */
export function showImport(
  { store }: { store: ImportParts['store'] },
  performed: Performed,
  id: string,
): Promise<Result<ImportJob>> {
  return resultOf(async () => {
    await reach(store, performed, 'person.list', undefined);
    return ownImport(store, performed, id);
  });
}

async function ownImport(
  store: Pick<Store, 'get'>,
  performed: Performed,
  id: string,
): Promise<ImportJob> {
  const job = await store.get(importJobCollection, id);
  if (job?.by !== administratorId(performed)) throw new Problem('not-found', { status: 404 });
  return job;
}

/**
 * Puts in what was looked through. Twice is once. Problems: `not-found`; `import-running`: it is being looked through
 * still; `import-nothing`: there is nothing to put in; those of who may.
 */
export function startImport(
  parts: ImportJobParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    await reach(parts.store, performed, 'person.add', undefined);
    await ownImport(parts.store, performed, id);
    const { now } = performed;
    const { byEpoch } = await actorEpoch(parts.store, performed);
    const mine = await parts.store.update(
      importJobCollection,
      id,
      (job): Change<ImportJob, ImportJob | undefined> => {
        if (!job) throw new Problem('not-found', { status: 404 });
        if (!job.isDry) return { result: undefined };
        checkReady(job);
        const { created, updated, unchanged, bad } = job.progress;
        const put: ImportJob = {
          ...job,
          byEpoch,
          isDry: false,
          wouldBe: { created, updated, unchanged, bad },
          progress: begun(),
          isDone: false,
          leasedUntil: job.pieces === 1 && job.lines < SMALL / 64 ? now + LEASE : null,
        };
        return { put, result: put, expiresAt: now + IMPORT_LIVES };
      },
    );
    if (mine?.leasedUntil) await goOnWith(parts, id, mine, () => now);
  });
}

function checkReady({ isDone, problem, progress }: ImportJob): void {
  if (!isDone) throw new Problem('import-running', { status: 409 });
  if (problem !== null || progress.created + progress.updated === 0)
    throw new Problem('import-nothing', { status: 409 });
}

/** What was not begun is not, and what is under way ends where it is. Problem `not-found`. */
export function discardImport(
  { store }: ImportJobParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    await reach(store, performed, 'person.add', undefined);
    const job = await ownImport(store, performed, id);
    await store.delete(importJobCollection, id);
    await forgetFile(store, id, job);
  });
}

/** Those that no process is at. `now`: milliseconds since the epoch. */
export async function goOnWithImports(
  parts: ImportJobParts,
  now: () => number,
  isClosed: () => boolean = () => false,
): Promise<void> {
  const due = { now: now(), longest: LEASE };
  for await (const { id } of dueEntries(parts.store, importJobCollection, due)) {
    if (isClosed()) return;
    const mine = await claim(parts.store, id, now());
    if (mine) await goOnWith(parts, id, mine, now, isClosed);
  }
}

function claim(
  store: Pick<Store, 'update'>,
  id: string,
  now: number,
): Promise<ImportJob | undefined> {
  return store.update(importJobCollection, id, (job): Change<ImportJob, ImportJob | undefined> => {
    if (!job || job.isDone || !isFree(job.leasedUntil, { now, longest: LEASE }))
      return { result: undefined };
    const put = { ...job, leasedUntil: now + LEASE };
    return { put, result: put };
  });
}
