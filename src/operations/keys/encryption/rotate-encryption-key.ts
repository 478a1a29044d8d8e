import { setTimeout as pause } from 'node:timers/promises';
import type { Performed } from '../../../audit/performed.ts';
import { Problem } from '../../../problem.ts';
import {
  isFresh,
  REPORT_EVERY,
  reportedProcesses,
  type ServingProcess,
} from '../../../records/keys/process.ts';
import { resultOf, type Result } from '../../../result.ts';
import { sealedCheck } from '../../../secrets/keyring.ts';
import type { Entry } from '../../../storage/store.ts';
import { createVault } from '../../../secrets/vault.ts';
import { permission } from '../../permission.ts';
import type { KeyParts } from '../change-signing-keys.ts';
import { keyEvent } from '../key-event.ts';
import { changeKeyring, readKeyring } from './keyring.ts';

/**
 * That key seals and hashes from now on; what was made with others is found still, and nothing ends. It may have been
 * the active one before: that takes a rotation back. Answers the one that was active. Problems: `key-unknown`,
 * `key-retired`, `key-active`, `key-missing` where a process that serves lacks it, `keys-changed`.
 */
export function rotateEncryptionKey(
  parts: KeyParts,
  performed: Performed,
  to: string,
): Promise<Result<{ kid: string; before: string }>> {
  return resultOf(async () => {
    const { store, vault } = parts;
    const { now } = performed;
    const may = await permission(store, performed, 'keys.rotate');
    may({});
    const seen = await readKeyring(parts);
    const { keys } = vault.ring;
    const values = { kid: to };
    if (!keys.some(({ kid }) => kid === to)) throw new Problem('key-unknown', { values });
    if (seen.retired.includes(to)) throw new Problem('key-retired', { values });
    if (seen.active === to) throw new Problem('key-active', { values });
    await requireEverywhere(parts, to, now);
    const next = { ...vault.ring, active: to };
    const sealed = await sealedCheck(createVault(keys, next));
    const event = keyEvent(performed, 'key.rotated', { kind: 'encryption', kid: to });
    const used = [...seen.used.filter(({ kid }) => kid !== to), { kid: to, since: now }];
    await changeKeyring(
      parts,
      seen,
      ({ resealing: _, ...keyring }) => ({ ...keyring, sealed, active: to, used }),
      event,
    );
    return { kid: to, before: seen.active };
  });
}

/** Milliseconds in which whoever serves has reported again. */
const WATCHED_FOR = 2.5 * REPORT_EVERY;

/**
 * Problem `key-missing`: what is made with it could not be read there. One whose report is old by our clock is
 * watched for a moment: clocks may differ, and a process that was killed says nothing more.
 */
async function requireEverywhere(
  { store }: Pick<KeyParts, 'store'>,
  kid: string,
  now: number,
): Promise<void> {
  const lacking = async () =>
    (await reportedProcesses(store)).filter(({ value }) => !value.kids.includes(kid));
  const before = await lacking();
  const isHere = ({ value }: Entry<ServingProcess>): boolean => isFresh(value, now);
  // Whoever has to bring the key is told of all of them at once.
  if (before.length > 0 && before.every(isHere)) throw missing(kid, before);
  if (before.length === 0) return;
  await pause(WATCHED_FOR);
  const lastAt = new Map(before.map(({ id, value }) => [id, value.at]));
  const living = (await lacking()).filter(
    (one) => isHere(one) || lastAt.get(one.id) !== one.value.at,
  );
  if (living.length > 0) throw missing(kid, living);
}

function missing(kid: string, lacking: readonly Entry<ServingProcess>[]): Problem {
  const names = lacking.map(({ value: { host, pid } }) => `${host} (process ${pid})`);
  return new Problem('key-missing', { values: { kid, processes: names.join(', ') } });
}
