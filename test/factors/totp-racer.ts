/** A process of its own that shows one code many times at once, when told to; see totp-race.test.ts. */
import { KINDS } from '../../src/kinds.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import { verifyTotp } from '../../src/factors/totp.ts';
import type { Authenticator } from '../../src/accounts/person.ts';

export interface RaceOrder {
  path: string;
  key: string;
  authenticator: Authenticator;
  code: string;
  now: number;
  times: number;
}

process.once('message', async (order: RaceOrder) => {
  const store = await openStore({ engine: 'sqlite', path: order.path }, KINDS, {
    now: () => order.now,
  });
  const vault = createVault([vaultKey(Buffer.from(order.key, 'base64url'))]);
  const held = { live: [order.authenticator], retired: [] };
  process.send?.('ready');
  process.once('message', async () => {
    const tries = Array.from({ length: order.times }, () =>
      verifyTotp({ store, vault }, held, order.code, order.now),
    );
    const verdicts = (await Promise.all(tries)).map(({ verdict }) => verdict);
    await store.close();
    process.send?.(verdicts, () => process.disconnect());
  });
});
