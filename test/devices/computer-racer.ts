/** A process of its own that shows tokens many times at once, when told to; see computer-race.test.ts. */
import { remember } from '../../src/devices/known-computer.ts';
import {
  presentToken,
  type TrustBasis,
  type TrustRules,
} from '../../src/devices/trusted-computer.ts';
import { KINDS } from '../../src/kinds.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';

export interface ComputerRace {
  path: string;
  key: string;
  /** One that may be shown twice, and one that was copied. */
  good: string;
  stolen: string;
  basis: TrustBasis;
  rules: TrustRules;
  now: number;
  times: number;
}

export interface ComputerVerdicts {
  good: { verdict: string; token?: string; rotated?: boolean }[];
  stolen: string[];
  isNew: boolean[];
}

process.once('message', async (order: ComputerRace) => {
  const { path, key, basis, rules, now } = order;
  const store = await openStore({ engine: 'sqlite', path }, KINDS, { now: () => now });
  const vault = createVault([vaultKey(Buffer.from(key, 'base64url'))]);
  const parts = { store, vault };
  const times = <T>(act: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: order.times }, act));
  process.send?.('ready');
  process.once('message', async () => {
    const [good, stolen, seen] = await Promise.all([
      times(() => presentToken(parts, order.good, basis, rules, now)),
      times(() => presentToken(parts, order.stolen, basis, rules, now)),
      times(() => remember(parts, basis.person, 'laptop', 'Firefox on Windows', now)),
    ]);
    await store.close();
    const verdicts: ComputerVerdicts = {
      good,
      stolen: stolen.map(({ verdict }) => verdict),
      isNew: seen.map(({ isNew }) => isNew),
    };
    process.send?.(verdicts, () => process.disconnect());
  });
});
