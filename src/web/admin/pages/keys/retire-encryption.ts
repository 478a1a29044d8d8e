/** Taking an encryption key away: what ends with it is counted first, and both are done at leisure. */
import { askForJob } from '../../../../operations/jobs/ask-for-job.ts';
import { toldEnds } from '../../../../operations/keys/encryption/ends-with-key.ts';
import { listEncryptionKeys } from '../../../../operations/keys/encryption/list-encryption-keys.ts';
import type { Problem } from '../../../../problem.ts';
import { getJob, type Job } from '../../../../records/under-way/job.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { changedMeanwhile, found, valueOr } from '../../../signed-in/found.ts';
import { jobShown, type JobShown } from '../../jobs.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { KEYS, keyPath } from './list.ts';

/** Milliseconds for which what was counted is taken for what would end. */
const COUNTED_FOR = 3_600_000;

const retire: AdminPage = {
  path: `${KEYS}/encryption/:encryption/retire`,
  operation: 'keys.retire',
  section: 'keys',
  fresh: true,

  show: (visit) => pageOf(visit),

  async submit(visit, fields) {
    const { parts, performed } = visit;
    const { kid } = await keyOf(visit);
    const isSure = fields['go'] === 'retire';
    const { counted } = await jobsOf(visit, kid);
    // What was said yes to is what was counted, and nothing older.
    if (
      isSure &&
      (!counted || !isCounted(counted) || fields['counted'] !== String(counted.endedAt))
    )
      throw changedMeanwhile(keyPath('encryption', kid, 'retire'));
    const about = { kid, leaked: fields['leaked'] === 'yes' };
    const asked = await askForJob(parts, performed, isSure ? 'retire' : 'count-ends', about);
    if (!asked.ok) return pageOf(visit, asked.problem);
    return { to: keyPath('encryption', kid, 'retire') };
  },
};

/** To its end, and nothing was in the way. */
const isCounted = ({ isRunning, problem }: JobShown): boolean => !isRunning && !problem;

async function keyOf({ parts, performed, params }: AdminVisit) {
  const { keys } = valueOr(await listEncryptionKeys(parts, performed), KEYS);
  return found(
    keys.find(({ kid }) => kid === params['encryption']),
    KEYS,
  );
}

async function jobsOf({ parts: { store }, now }: AdminVisit, kid: string) {
  const [counted, retired] = await Promise.all([
    getJob(store, 'count-ends', kid),
    getJob(store, 'retire', kid),
  ]);
  const isOld = ({ endedAt }: Job): boolean => endedAt !== null && now - endedAt > COUNTED_FOR;
  return {
    counted: jobShown(counted && isOld(counted) ? undefined : counted, now),
    retired: jobShown(retired, now),
  };
}

async function pageOf(visit: AdminVisit, problem: Problem | null = null): Promise<Answer> {
  const { kid, state } = await keyOf(visit);
  const { counted, retired } = await jobsOf(visit, kid);
  const ends = counted && isCounted(counted) ? toldEnds(counted.counts) : null;
  const context = { kid, state, counted, retired, ends, back: KEYS, problem };
  return { show: 'admin/key-retire', context, status: problem?.status ?? 200 };
}

export const retireEncryption: readonly AdminPage[] = [retire];
