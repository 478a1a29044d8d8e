/** Keeps a process to the keys of the store: it follows what becomes of them, does what is due, and says which it has. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { operatorPerformed } from '../../audit/performed.ts';
import { version } from '../../config/version.ts';
import type { FollowedKeys } from '../../oidc/tokens/followed-keys.ts';
import { settleSigningKeys } from '../../operations/keys/change-signing-keys.ts';
import { settleKeyring } from '../../operations/keys/encryption/keyring.ts';
import { tendSigningKeys } from '../../operations/keys/rotate-signing-keys.ts';
import { KEPT_FOR, processCollection, REPORT_EVERY } from '../../records/keys/process.ts';
import { CHECK_ID, vaultCheckCollection } from '../../secrets/keyring.ts';
import { createLoop, type Loop } from '../../timing/loop.ts';
import type { Installation } from '../opened.ts';

/** Milliseconds between two looks: every process has followed within two seconds. */
const LOOK_EVERY = 1_000;
const DAY = 86_400_000;

export interface KeyWatch {
  /** Looks now; resolves when that is done. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** `now`: milliseconds since the epoch. */
export async function watchKeys(
  installation: Installation,
  keys: Pick<FollowedKeys, 'look'>,
  log: Logger,
  now: () => number,
): Promise<KeyWatch> {
  const looking = startLooking(installation, keys, log, now);
  const id = randomBytes(12).toString('base64url');
  const report = (): Promise<void> => reportProcess(installation, id, now());
  const failed = (err: unknown): void => log.error({ err }, 'the process could not be reported');
  const reporting = createLoop(report, { every: REPORT_EVERY, failed });
  // Before it serves: nobody changes keys over its head.
  await report();
  reporting.start();
  return {
    settle: async () => {
      await Promise.all([looking.settle(), reporting.settle()]);
    },
    async close() {
      await Promise.all([looking.close(), reporting.close()]);
      await installation.store.delete(processCollection, id).catch(() => {});
    },
  };
}

function reportProcess({ store, vault }: Installation, id: string, at: number): Promise<void> {
  const { keys, active } = vault.ring;
  const kids = keys.map(({ kid }) => kid);
  const by = { host: hostname(), pid: process.pid, version: version() };
  const report = { ...by, kids, active, at };
  return store.put(processCollection, id, report, { expiresAt: at + KEPT_FOR });
}

function startLooking(
  installation: Installation,
  keys: Pick<FollowedKeys, 'look'>,
  log: Logger,
  now: () => number,
): Loop {
  const { config, store } = installation;
  const every = config.signing_keys.rotate_days * DAY;
  const parts = { ...installation, auditRetention: config.audit.retention };
  let settled: string | undefined;
  const look = async (): Promise<void> => {
    const set = await keys.look();
    await tendSigningKeys(parts, operatorPerformed(config, now()), set.keys, every);
    const keyring = (await store.get(vaultCheckCollection, CHECK_ID)) ?? {};
    const version = JSON.stringify([set, keyring]);
    if (version === settled) return;
    await settleSigningKeys(parts, set);
    await settleKeyring(parts, keyring);
    settled = version;
  };
  const failed = (err: unknown): void => log.error({ err }, 'the keys could not be read again');
  const loop = createLoop(look, { every: LOOK_EVERY, failed });
  loop.start();
  return loop;
}
