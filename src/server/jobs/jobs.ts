/** What is done at leisure for administrators who asked for it in the console. */
import type { JobEnd, JobRunners } from '../../operations/jobs/run-jobs.ts';
import { runJobs } from '../../operations/jobs/run-jobs.ts';
import type { EndsWithKey } from '../../operations/keys/encryption/ends-with-key.ts';
import { resealEverything } from '../../operations/keys/encryption/reseal.ts';
import {
  countEnds,
  retireEncryptionKey,
} from '../../operations/keys/encryption/retire-encryption-key.ts';
import { valueOf } from '../../result.ts';
import { COLLECTIONS } from '../collections.ts';
import { verifyStore } from '../damage/verify.ts';
import type { Installation } from '../opened.ts';

/** One look for what was asked for. */
export function jobsOf(
  installation: Installation,
  now: () => number,
): (isClosed: () => boolean) => Promise<void> {
  const runners = runnersOf(installation);
  const { store } = installation;
  return (isClosed) => runJobs({ store, runners, now }, isClosed);
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
