/** One code, used 50 times at once by each of two processes: accepted once, whatever it is. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { newOneTimeCodes } from '../../src/factors/one-time-codes.ts';
import { newAuthenticator, openSecret } from '../../src/factors/totp.ts';
import { NOTHING_PROVEN, signInCollection } from '../../src/records/sign-in.ts';
import { countAttempts, emailCodeCounter, totpCounter } from '../../src/throttling/attempts.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { raceInTwo, tally } from '../support/race.ts';
import { codeOf } from '../support/server.ts';
import type { CodeRace } from './code-racer.ts';
import { addPerson } from '../support/operator.ts';

const RACER = new URL('./code-racer.ts', import.meta.url);

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore();
});
after(() => fresh.close());

/** How often each verdict was given. */
async function race(
  what: CodeRace['what'],
  about: Pick<CodeRace, 'id' | 'code' | 'authenticator'>,
): Promise<Record<string, number>> {
  const order: CodeRace = { ...fresh.race, times: 50, what, ...about };
  return tally((await raceInTwo<string[]>(RACER, order)).flat());
}

describe('used 50 times at once by each of two processes', () => {
  it('a one-time code is accepted once, and one place of the set is used', async () => {
    const { store, vault, clock } = fresh;
    const { set, codes } = await newOneTimeCodes(vault, clock.now);
    const names = { organisation: 'acme', login: 'alice', email: 'a@acme.test', name: 'Alice' };
    const { id } = await addPerson(store, { ...names, oneTimeCodes: set }, clock.now);
    const verdicts = await race('one-time', { id, code: codes[3] ?? '' });
    assert.deepEqual(verdicts, { accepted: 1, used: 99 });
    assert.deepEqual((await getPerson(store, id))?.oneTimeCodes?.used, [3]);
  });

  it('an email code is accepted once', async () => {
    const { store, vault, clock } = fresh;
    const id = vault.hash('interaction', 'race');
    const hash = vault.hash('email code', 'race');
    const address = 'alice@home.test';
    const times = { sentAt: clock.now, expiresAt: clock.now + 900_000 };
    await store.insert(signInCollection, id, {
      payload: {},
      browser: '',
      startedAt: clock.now,
      ...structuredClone(NOTHING_PROVEN),
      emailCodes: [{ hash, reference: 'ABCD', mail: 'm', address, ...times, used: false }],
      passkeyRound: 0,
      state: 'open',
    });
    assert.deepEqual(await race('email', { id, code: hash }), { accepted: 1, used: 99 });
  });

  it("an authenticator's code is accepted once", async () => {
    const { vault, clock } = fresh;
    const authenticator = await newAuthenticator(vault, clock.now);
    const code = codeOf(await openSecret(vault, authenticator), clock.now);
    const verdicts = await race('totp', { id: '', code, authenticator });
    assert.deepEqual(verdicts, { accepted: 1, used: 99 });
  });

  it('around a right code, no guess is forgotten that was not there when it was taken', async () => {
    const { store, vault, clock } = fresh;
    for (let round = 0; round < 4; round += 1) {
      const authenticator = await newAuthenticator(vault, clock.now);
      const code = codeOf(await openSecret(vault, authenticator), clock.now);
      const whose = { person: `guessed${round}`, known: undefined };
      const verdicts = await race('guesses', { id: whose.person, code, authenticator });
      const { accepted = 0, 'wrong wrong': wrong = 0, 'wrong used': used = 0 } = verdicts;
      const failed = wrong + used;
      assert.ok(accepted <= 1 && failed <= 9, JSON.stringify(verdicts));
      for (const counter of [totpCounter(whose), emailCodeCounter(whose)]) {
        const left = await countAttempts(store, counter);
        // At most four were there before the one that was right.
        const atLeast = failed - 4 * accepted;
        assert.ok(left >= atLeast && left <= 5, JSON.stringify({ left, ...verdicts }));
      }
    }
  });

  it('a counter gives five tries and no more', async () => {
    assert.deepEqual(await race('attempt', { id: 'code:p1', code: '' }), { taken: 5, not: 95 });
  });
});
