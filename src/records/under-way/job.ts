/**
 * Work that an administrator has asked for and that takes longer than a page waits: done by one process at a time at
 * leisure, and told here. One document for each kind, and for each key that it is about: asked for again, it is
 * begun anew.
 */
import type { RequestOrigin } from '../../net/request-origin.ts';
import { collection, type Store } from '../../storage/store.ts';
import type { Locale } from '../../text/languages.ts';

/** `count-ends`: what would end with an encryption key. */
export const JOBS = ['verify', 'reseal', 'count-ends', 'retire'] as const;
export type JobName = (typeof JOBS)[number];

export interface Job {
  what: JobName;
  /** Id of the encryption key that it is about; null: it is about none. */
  kid: string | null;
  /** Of a key that is retired: has it leaked? */
  leaked: boolean;
  /** Subject identifier of who asked, and from where. */
  by: string;
  /** Their epoch then: it ends with their sessions. */
  byEpoch: number;
  origin: RequestOrigin;
  language: Locale;
  /** Milliseconds since the epoch, as are all times here. */
  askedAt: number;
  /** A process is at it until then; null: none is. */
  leasedUntil: number | null;
  /** Null: it has not ended. */
  endedAt: number | null;
  /** Documents so far. */
  looked: number;
  /** Why it was not done; null: it was, or is under way. */
  problem: { code: string; values: Readonly<Record<string, string | number>> } | null;
  /** What came of it, by name; empty until it has ended. */
  counts: Readonly<Record<string, number>>;
  /** Documents that are damaged, or whose seals don't open: collection, id and reason, the first of them. */
  damaged: readonly string[];
}

export const jobCollection = collection<Job>('job', {
  indexes: {
    due: ({ endedAt, leasedUntil }) => (endedAt === null ? (leasedUntil ?? 0) : undefined),
  },
});

export const jobId = (what: JobName, kid: string | null = null): string =>
  kid === null ? what : `${what} ${kid}`;

export function getJob(
  store: Pick<Store, 'get'>,
  what: JobName,
  kid: string | null = null,
): Promise<Job | undefined> {
  return store.get(jobCollection, jobId(what, kid));
}
