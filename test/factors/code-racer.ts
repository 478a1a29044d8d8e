/** A process of its own that uses one code many times at once, when told to; see code-race.test.ts. */
import { spendEmailCode } from '../../src/factors/spend-email-code.ts';
import { spendOneTimeCode } from '../../src/factors/one-time-codes.ts';
import { takeAttempt, CODE_RULE } from '../../src/factors/attempts.ts';
import { KINDS } from '../../src/kinds.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';

export interface CodeRace {
  path: string;
  key: string;
  now: number;
  times: number;
  /** What is done with what: a person's one-time code, a sign-in's email code, a try of a counter. */
  what: 'one-time' | 'email' | 'attempt';
  id: string;
  code: string;
}

process.once('message', async (order: CodeRace) => {
  const { path, key, now, times, what, id, code } = order;
  const store = await openStore({ engine: 'sqlite', path }, KINDS, { now: () => now });
  const vault = createVault([vaultKey(Buffer.from(key, 'base64url'))]);
  const uses: Record<CodeRace['what'], () => Promise<string>> = {
    'one-time': async () =>
      (await spendOneTimeCode({ store, vault }, id, code, async () => [])).verdict,
    email: async () => {
      const accept = <T>(record: T): T => record;
      return (await spendEmailCode(store, id, { hash: code, now }, accept, [])).verdict;
    },
    attempt: async () => ((await takeAttempt(store, id, CODE_RULE, now)).taken ? 'taken' : 'not'),
  };
  process.send?.('ready');
  process.once('message', async () => {
    const verdicts = await Promise.all(Array.from({ length: times }, uses[what]));
    await store.close();
    process.send?.(verdicts, () => process.disconnect());
  });
});
