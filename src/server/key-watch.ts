/** Keeps a process to the keys of the store: it follows what becomes of them, and does what is due. */
import type { Logger } from 'pino';
import { operatorPerformed } from '../audit/performed.ts';
import type { FollowedKeys } from '../oidc/tokens/followed-keys.ts';
import { settleSigningKeys } from '../operations/keys/change-signing-keys.ts';
import { tendSigningKeys } from '../operations/keys/rotate-signing-keys.ts';
import { createLoop, type Loop } from '../timing/loop.ts';
import type { Installation } from './opened.ts';

/** Milliseconds between two looks: every process has followed within two seconds. */
const LOOK_EVERY = 1_000;
const DAY = 86_400_000;

/** `now`: milliseconds since the epoch. */
export function watchKeys(
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
    const version = JSON.stringify(set);
    if (version === settled) return;
    await settleSigningKeys({ ...parts, store }, set);
    settled = version;
  };
  const failed = (err: unknown): void =>
    log.error({ err }, 'the signing keys could not be read again');
  const loop = createLoop(look, { every: LOOK_EVERY, failed });
  loop.start();
  return loop;
}
