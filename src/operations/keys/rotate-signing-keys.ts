import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { newSigningKey } from '../../oidc/tokens/signing-keys.ts';
import { lifetimeOfTokens } from './lifetime-of-tokens.ts';
import {
  dueAlgs,
  SIGNS_AFTER,
  stateOf,
  succeeded,
  tended,
  type Lasting,
} from '../../policy/keys/signing-keys.ts';
import { Problem } from '../../problem.ts';
import { SIGNING_ALGS, type SigningAlg, type SigningKey } from '../../records/signing-key.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { changeSigningKeys, type KeyParts, type KeysChange } from './change-signing-keys.ts';
import { keyEvent } from './key-event.ts';

export type RotateSigningParts = KeyParts & { config: Pick<Config, 'lifetimes'> };

/**
 * New keys stand in the JWKS from now on and sign once everybody has fetched it anew; nothing ends. Answers
 * the new ones. Problem `keys-rotating`: there are keys that have not begun to sign; of two at once, one gets it.
 */
export function rotateSigningKeys(
  parts: RotateSigningParts,
  performed: Performed,
): Promise<Result<SigningKey[]>> {
  return resultOf(async () => {
    const { now } = performed;
    const may = await permission(parts.store, performed, 'keys.rotate');
    may({});
    const fresh = await freshKeys(parts, SIGNING_ALGS, now);
    const lasting = await lifetimeOfTokens(parts);
    const events = eventsOf(performed, fresh);
    await changeSigningKeys(parts, now, (keys) => {
      const next = keys.find((key) => stateOf(keys, key, now) === 'next');
      if (next)
        throw new Problem('keys-rotating', {
          values: { kid: next.kid, from: new Date(next.signsFrom).toISOString() },
        });
      return { keys: succeeded(keys, fresh, now, lasting), events };
    });
    return fresh;
  });
}

/**
 * Forgets what nobody needs any more, and gives those a successor that have been signing for `every` milliseconds
 * (0: never). Run by every server: of several one does it.
 */
export async function tendSigningKeys(
  parts: RotateSigningParts,
  performed: Performed,
  keys: readonly SigningKey[],
  every: number,
): Promise<void> {
  const { now } = performed;
  const due = (of: readonly SigningKey[]): SigningAlg[] =>
    every > 0 ? dueAlgs(of, now, every) : [];
  const algs = due(keys);
  if (algs.length === 0 && !tended(keys, now)) return;
  const fresh = await freshKeys(parts, algs, now);
  const lasting: Lasting = await lifetimeOfTokens(parts);
  await changeSigningKeys(parts, now, (current): KeysChange => {
    const left = tended(current, now);
    const still = due(current);
    const used = fresh.filter(({ alg }) => still.includes(alg));
    if (!left && used.length === 0) return undefined;
    const events = eventsOf(performed, used, ['automatic']);
    return { keys: succeeded(left ?? current, used, now, lasting), events };
  });
}

function freshKeys({ vault }: KeyParts, algs: readonly SigningAlg[], now: number) {
  return Promise.all(algs.map((alg) => newSigningKey(vault, alg, now, now + SIGNS_AFTER)));
}

function eventsOf(performed: Performed, fresh: readonly SigningKey[], reasons?: string[]) {
  return fresh.map(({ kid, alg }) =>
    keyEvent(performed, 'key.rotated', { kind: 'signing', kid, alg }, reasons),
  );
}
