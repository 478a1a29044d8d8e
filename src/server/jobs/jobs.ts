/** What is done at leisure for administrators who asked for it in the console. */
import type { Logger } from 'pino';
import type { JobEnd, JobRunners } from '../../operations/jobs/run-jobs.ts';
import { runJobs } from '../../operations/jobs/run-jobs.ts';
import type { EndsWithKey } from '../../operations/keys/encryption/ends-with-key.ts';
import { resealEverything } from '../../operations/keys/encryption/reseal.ts';
import {
  countEnds,
  retireEncryptionKey,
} from '../../operations/keys/encryption/retire-encryption-key.ts';
import { valueOf } from '../../result.ts';
import { createLoop, type Loop } from '../../timing/loop.ts';
import { COLLECTIONS } from '../collections.ts';
import { verifyStore } from '../damage/verify.ts';
import type { Installation } from '../opened.ts';

/** Milliseconds between two looks for work that was asked for. */
const LOOK_EVERY = 2_000;

export function startJobs(installation: Installation, log: Logger, now: () => number): Loop {
  const { store } = installation;
  const runners = runnersOf(installation);
  const run = (isClosed: () => boolean): Promise<void> =>
    runJobs({ store, runners, now }, isClosed);
  const failed = (err: unknown): void =>
    log.error({ err }, 'what an administrator asked for could not be done');
  const loop = createLoop(run, { every: LOOK_EVERY, failed });
  loop.start();
  return loop;
}

function runnersOf(installation: Installation): JobRunners {
  const { config, store, vault } = installation;
  const parts = {
    store,
    vault,
    collections: COLLECTIONS,
    auditRetention: config.audit.retention,
  };
  return {
    async verify(_job, _performed, { stop, onProgress }) {
      const { documents, damaged } = await verifyStore(
        { store, vault, stop, onProgress },
        COLLECTIONS,
      );
      const named = damaged.map(({ kind, id, reason }) => `${kind} ${id}: ${reason}`);
      return { counts: { documents, damaged: damaged.length }, damaged: named };
    },
    async reseal(_job, performed, { stop, onProgress }) {
      const told = ({ looked }: { looked: number }): void => onProgress(looked);
      const done = valueOf(await resealEverything({ ...parts, stop, onProgress: told }, performed));
      const { looked, resealed, unreadable } = done;
      return { counts: { looked, resealed, damaged: unreadable.length }, damaged: unreadable };
    },
    'count-ends': async ({ kid }, performed) =>
      endsOf(valueOf(await countEnds(parts, performed, { kid: kid ?? '', lost: false }))),
    retire: async ({ kid, leaked }, performed) =>
      endsOf(
        valueOf(
          await retireEncryptionKey(parts, performed, { kid: kid ?? '', leaked, lost: false }),
        ),
      ),
  };
}

const endsOf = (ends: EndsWithKey): JobEnd => ({ counts: ends });
