/** A process of its own that activates a factor many times at once, when told to; see enrolment-race.test.ts. */
import { activateFactor } from '../../src/factors/enrolment.ts';
import { activateAuthenticator } from '../../src/factors/totp-enrolment.ts';
import { KINDS } from '../../src/kinds.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Person } from '../../src/accounts/person.ts';

export interface EnrolmentRace {
  path: string;
  key: string;
  now: number;
  times: number;
  person: { id: string; epoch: number };
  /** With it the pending authenticator is activated; without it codes by mail are, by their write alone. */
  totp?: { pendingId: string; code: string };
}

process.once('message', async (order: EnrolmentRace) => {
  const { path, key, now, times, person, totp } = order;
  const store = await openStore({ engine: 'sqlite', path }, KINDS, { now: () => now });
  const parts = { store, vault: createVault([vaultKey(Buffer.from(key, 'base64url'))]) };

  const byCode = async (nth: number): Promise<string> => {
    // As from as many known computers: each has tries of its own, so that none is stopped by them.
    const who = { ...person, counter: `code:${person.id}:${process.pid} ${nth}` };
    const proof = totp ?? { pendingId: '', code: '' };
    const outcome = await activateAuthenticator(parts, who, proof, [], now);
    return 'reason' in outcome ? outcome.reason : outcome.verdict;
  };
  const byWrite = async (): Promise<string> => {
    const emailMfaSince = now;
    const change = ({ epoch }: Person) => (epoch === person.epoch ? { emailMfaSince } : undefined);
    return (await activateFactor(parts, person.id, change, [], now)) ? 'accepted' : 'replaced';
  };
  process.send?.('ready');
  process.once('message', async () => {
    const tries = Array.from({ length: times }, (_, nth) => (totp ? byCode(nth) : byWrite()));
    const verdicts = await Promise.all(tries);
    await store.close();
    process.send?.(verdicts, () => process.disconnect());
  });
});
