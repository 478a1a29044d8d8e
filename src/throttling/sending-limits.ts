/** How many codes are mailed, whoever asks for them: to one account, to one address, for one client address. */
import { fold } from '../text/fold.ts';
import type { Vault } from '../secrets/vault.ts';
import { collection, type Counter, type Store } from '../storage/store.ts';

export const sendingLimitCollection = collection<Counter>('code_cap', { key: 'hash' });

/** How many codes may be sent within an hour: to one account, to one address, for one client address. */
export const CAPS = { account: 10, address: 10, client: 30 } as const;
const HOUR = 3600_000;

/** What is counted together: of `value` (compared folded) at most `max` within an hour. */
export interface Cap {
  what: string;
  value: string;
  max: number;
}

interface CapParts {
  store: Pick<Store, 'take'>;
  vault: Vault;
}

/**
 * Counts a code that is about to be sent. `false`: too many within the hour. Mails cost their
 * receivers something, and every code that is sent is another one that could be guessed.
 */
export async function maySendCode(
  parts: CapParts,
  to: { account: string; address: string; client: string },
  now: number,
): Promise<boolean> {
  const given = Object.entries(to) as [keyof typeof CAPS, string][];
  const caps = given.map(([what, value]) => ({ what, value, max: CAPS[what] }));
  return takeCaps(parts, caps, now);
}

/** Takes one of each, in this order, as far as there is one left. */
export async function takeCaps(
  { store, vault }: CapParts,
  caps: readonly Cap[],
  now: number,
): Promise<boolean> {
  const hour = Math.floor(now / HOUR);
  const expiresAt = (hour + 1) * HOUR;
  for (const { what, value, max } of caps) {
    const id = vault.hash('code cap', `${what} ${fold(value)} ${hour}`);
    const { taken } = await store.take(sendingLimitCollection, id, { max, expiresAt });
    if (!taken) return false;
  }
  return true;
}
