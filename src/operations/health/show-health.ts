/** How the installation is: what is known without going through the store. Each is something to look at, or nothing is. */
import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { queuedMails } from '../../mail/queue.ts';
import { getNoted, type BackupMade } from '../../records/installation/noted.ts';
import { isFresh, reportedProcesses, type ServingProcess } from '../../records/keys/process.ts';
import { isListComplete } from '../../records/lists/person-entry.ts';
import { getJob, type Job } from '../../records/under-way/job.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { readKeyring } from '../keys/encryption/keyring.ts';
import { permission } from '../permission.ts';
import { isBackupOld, isMailLate } from './late.ts';
import type { Watched } from './watched.ts';

export interface HealthParts {
  store: Store;
  vault: Vault;
  config: Pick<Config, 'mail' | 'store'>;
  watched: Watched;
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

/** Its texts are `health.<name>.<state>`. */
export interface Check {
  name: string;
  state: string;
  tone: Tone;
  values: Readonly<Record<string, string | number>>;
}

export interface Health {
  checks: Check[];
  /** Newest first. */
  backups: readonly BackupMade[];
  /** Those that have reported just now. */
  processes: ServingProcess[];
  /** Going through everything, as it was asked for last. */
  verification: Job | undefined;
}

/** Milliseconds. */
const CLOCKS_APART = 5_000;
/** Expired documents that a sweep is expected to be behind with. */
const BACKLOG = 10_000;

/** Problems: those of who may. */
export function showHealth(parts: HealthParts, performed: Performed): Promise<Result<Health>> {
  return resultOf(async () => {
    const { store, watched } = parts;
    const { now } = performed;
    const may = await permission(store, performed, 'installation.health');
    may({});
    const reported = (await reportedProcesses(store)).map(({ value }) => value);
    const backups = (await getNoted(store, 'backups'))?.made ?? [];
    const [verification, ofStore, ofList, ofSweep, ofKeys, ofMail] = await Promise.all([
      getJob(store, 'verify'),
      storeCheck(watched),
      listCheck(store),
      sweepCheck(watched),
      keyCheck(parts, reported, now),
      mailCheck(parts, now),
    ]);
    const ofBackups = backupCheck(parts.config, backups, now);
    const ofProcess = [upgradeCheck(watched), clockCheck(reported, now), logCheck(watched)];
    return {
      checks: [ofStore, ofList, ofBackups, ofSweep, ofKeys, ofMail, ...ofProcess],
      backups,
      processes: reported.filter((one) => isFresh(one, now)),
      verification,
    };
  });
}

const check = (name: string, state: string, tone: Tone, values: Check['values'] = {}): Check => ({
  name,
  state,
  tone,
  values,
});

/** It has been read to come as far as here. */
async function storeCheck({ store }: Watched): Promise<Check> {
  const bytes = await store.bytes();
  const megabytes = bytes === null ? 0 : Math.max(1, Math.round(bytes / 1_000_000));
  return check('store', bytes === null ? 'reads' : 'reads-file', 'good', {
    name: store.name,
    megabytes,
  });
}

function upgradeCheck({ store }: Watched): Check {
  return store.hasUpgrade()
    ? check('upgrade', 'pending', 'warn')
    : check('upgrade', 'none', 'good');
}

async function listCheck(store: Pick<Store, 'get'>): Promise<Check> {
  return (await isListComplete(store))
    ? check('list', 'complete', 'good')
    : check('list', 'incomplete', 'warn');
}

function backupCheck(
  { store: { engine } }: HealthParts['config'],
  [last]: readonly BackupMade[],
  now: number,
): Check {
  if (engine === 'mongodb') return check('backup', 'elsewhere', 'plain');
  if (!last) return check('backup', 'none', 'bad');
  const { at } = last;
  return isBackupOld(at, now)
    ? check('backup', 'old', 'bad', { at })
    : check('backup', 'made', 'good', { at });
}

async function sweepCheck(watched: Watched): Promise<Check> {
  const left = await watched.expiredLeft();
  if (left === undefined) return check('sweep', 'never', 'plain');
  return check('sweep', 'left', left > BACKLOG ? 'warn' : 'good', { count: left });
}

/** A report from the future is of another clock; one from the past may be of a process that was killed. */
function clockCheck(reported: readonly ServingProcess[], now: number): Check {
  const ahead = reported.find(({ at }) => at - now > CLOCKS_APART);
  if (!ahead) return check('clock', 'agrees', 'good');
  const seconds = Math.round((ahead.at - now) / 1000);
  return check('clock', 'ahead', 'bad', { host: ahead.host, pid: ahead.pid, seconds });
}

function logCheck(watched: Watched): Check {
  const count = watched.droppedLines();
  return count > 0 ? check('log', 'dropped', 'bad', { count }) : check('log', 'complete', 'good');
}

async function keyCheck(
  parts: HealthParts,
  reported: readonly ServingProcess[],
  now: number,
): Promise<Check> {
  const { active, resealing } = await readKeyring(parts);
  const lacking = reported.find((one) => isFresh(one, now) && !one.kids.includes(active));
  if (lacking)
    return check('keys', 'lacking', 'bad', { host: lacking.host, pid: lacking.pid, kid: active });
  return resealing ? check('keys', 'resealing', 'warn') : check('keys', 'good', 'good');
}

async function mailCheck({ store, config }: HealthParts, now: number): Promise<Check> {
  if (config.mail.smtp_url === undefined) return check('mail', 'none', 'warn');
  const { count, oldest } = await queuedMails(store);
  const isLate = isMailLate(oldest, now);
  return check('mail', isLate ? 'late' : 'waiting', isLate ? 'bad' : 'good', { count });
}
