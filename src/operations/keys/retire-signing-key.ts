import type { Performed } from '../../audit/performed.ts';
import { newSigningKey } from '../../oidc/tokens/signing-keys.ts';
import { stateOf, withoutNext, type KeyState } from '../../policy/keys/signing-keys.ts';
import { Problem } from '../../problem.ts';
import type { SigningKey } from '../../records/signing-key.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { changeSigningKeys, type KeyParts, type KeysChange } from './change-signing-keys.ts';
import { keyEvent } from './key-event.ts';

export interface RetiredSigningKey {
  key: SigningKey;
  /** What it was. */
  state: KeyState;
  /** The one that signs in its place at once, where it was signing; made for that or not. */
  successor?: string;
}

/**
 * Takes a key out of the JWKS at once: what was signed with it is refused, as a hint too. One that was to sign
 * next is withdrawn, and nothing comes of it. Problems: `key-unknown`; `key-signing` for one that signs and has
 * not leaked: it is to be rotated.
 */
export function retireSigningKey(
  parts: KeyParts,
  performed: Performed,
  { kid, leaked }: { kid: string; leaked: boolean },
): Promise<Result<RetiredSigningKey>> {
  return resultOf(async () => {
    const { now } = performed;
    const may = await permission(parts.store, performed, 'keys.retire');
    may({});
    const { alg } = await signingKeyNamed(parts, kid, now);
    const instead = leaked ? await newSigningKey(parts.vault, alg, now, now) : undefined;
    let retired: RetiredSigningKey | undefined;
    await changeSigningKeys(parts, now, (keys): KeysChange => {
      const key = keys.find((one) => one.kid === kid);
      if (!key) throw unknown(kid);
      const state = stateOf(keys, key, now);
      if (state === 'signing' && !instead) throw new Problem('key-signing', { values: { kid } });
      const left = state === 'signing' ? replaced(keys, key, now, instead) : undefined;
      retired = { key, state, ...(left ? { successor: left.successor } : {}) };
      const reasons = leaked ? ['leaked'] : [];
      const details = { kind: 'signing', kid, alg, state } as const;
      return {
        keys: left?.keys ?? withoutNext(keys, key, now),
        events: [keyEvent(performed, 'key.retired', details, reasons)],
      };
    });
    return retired as RetiredSigningKey;
  });
}

/** Problem `key-unknown`. */
export async function signingKeyNamed(
  parts: KeyParts,
  kid: string,
  now: number,
): Promise<SigningKey> {
  const { keys } = await changeSigningKeys(parts, now, () => undefined);
  const key = keys.find((one) => one.kid === kid);
  if (!key) throw unknown(kid);
  return key;
}

/** Whoever was to sign next does so now, as some have it already; else the new one. */
function replaced(
  keys: readonly SigningKey[],
  { kid, alg }: SigningKey,
  now: number,
  instead: SigningKey | undefined,
): { keys: SigningKey[]; successor: string } {
  const left = keys.filter((key) => key.kid !== kid);
  const next = keys.find((key) => key.alg === alg && stateOf(keys, key, now) === 'next');
  if (next) {
    const moved = left.map((key) => (key === next ? { ...key, signsFrom: now } : key));
    return { keys: moved, successor: next.kid };
  }
  if (!instead) throw unknown(kid);
  return { keys: [...left, instead], successor: instead.kid };
}

function unknown(kid: string): Problem {
  return new Problem('key-unknown', { values: { kid }, status: 404 });
}
