import type { Performed } from '../../../audit/performed.ts';
import { Problem } from '../../../problem.ts';
import { isFresh, reportedProcesses } from '../../../records/keys/process.ts';
import { resultOf, type Result } from '../../../result.ts';
import { permission } from '../../permission.ts';
import type { KeyParts } from '../change-signing-keys.ts';
import { keyEvent } from '../key-event.ts';
import {
  countEndsWithKey,
  moveCounters,
  removeEndsWithKey,
  type EndsParts,
  type EndsWithKey,
  type OldKey,
} from './ends-with-key.ts';
import { changeKeyring, readKeyring } from './keyring.ts';
import { countSealedWith } from './reseal.ts';

export type RetireParts = KeyParts & EndsParts;

export interface Retirement {
  kid: string;
  /** Nobody has it any more: what is sealed with it is given up. */
  lost: boolean;
}

/**
 * What ends when that key is retired. Problems: `key-unknown`; `key-active`; `key-sealed` where something is sealed
 * with it still, and it is not lost.
 */
export function countEnds(
  parts: RetireParts,
  performed: Performed,
  retirement: Retirement,
): Promise<Result<EndsWithKey>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'keys.retire');
    may({});
    const key = await retirable(parts, performed, retirement);
    return countEndsWithKey(parts, key);
  });
}

/**
 * From now on nothing that was made with it counts, and then nothing of it is left in the store: answers what has ended,
 * which is less than was counted where something was used meanwhile. Broken off, it is gone on with by the same call. Problems as `countEnds`.
 */
export function retireEncryptionKey(
  parts: RetireParts,
  performed: Performed,
  { kid, leaked, lost }: Retirement & { leaked: boolean },
): Promise<Result<EndsWithKey>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'keys.retire');
    may({});
    const key = await retirable(parts, performed, { kid, lost });
    await moveCounters(parts, kid);
    const seen = await readKeyring(parts);
    const reasons = leaked ? ['leaked'] : [];
    const event = keyEvent(performed, 'key.retired', { kind: 'encryption', kid }, reasons);
    const retired = [...seen.retired.filter((one) => one !== kid), kid];
    const isNew = !seen.retired.includes(kid);
    if (isNew) await changeKeyring(parts, seen, (keyring) => ({ ...keyring, retired }), event);
    return removeEndsWithKey(parts, key);
  });
}

async function retirable(
  parts: RetireParts,
  { now }: Performed,
  { kid, lost }: Retirement,
): Promise<OldKey> {
  const { active, used, retired } = await readKeyring(parts);
  const values = { kid };
  const isHere = parts.vault.ring.keys.some((key) => key.kid === kid);
  const isKnown = isHere || retired.includes(kid) || used.some((one) => one.kid === kid);
  if (!isKnown) throw new Problem('key-unknown', { values, status: 404 });
  if (active === kid) throw new Problem('key-active', { values });
  const documents = await countSealedWith(parts, parts.collections, kid);
  const isThere = isHere || (await isServedWith(parts, kid, now));
  if (documents > 0 && (isThere || !lost))
    throw new Problem('key-sealed', { values: { kid, documents } });
  const at = used.findIndex((one) => one.kid === kid);
  // One that was never active has made nothing.
  return { kid, from: used[at]?.since ?? 0, until: at < 0 ? 0 : (used[at + 1]?.since ?? 0) };
}

/** What is lost here may be on another machine: whoever serves says so. */
async function isServedWith({ store }: RetireParts, kid: string, now: number): Promise<boolean> {
  const serving = await reportedProcesses(store);
  return serving.some(({ value }) => isFresh(value, now) && value.kids.includes(kid));
}
