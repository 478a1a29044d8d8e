/** Two processes on one store, each showing the same tokens 50 times at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  listComputers,
  presentToken,
  trustComputer,
  type ComputerParts,
  type TrustBasis,
  type TrustRules,
} from '../../src/devices/trusted-computer.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { raceInTwo } from '../support/race.ts';
import type { ComputerRace, ComputerVerdicts } from './computer-racer.ts';

const RACER = new URL('./computer-racer.ts', import.meta.url);
const BASIS: TrustBasis = {
  person: 'p1',
  epoch: 1,
  trustEpoch: 1,
  organisation: 'acme',
  organisationTrustEpoch: 1,
};
const RULES: TrustRules = { days: 30, allowedFactors: ['totp'] };
const GIVEN = { factor: 'totp', browser: 'Firefox on Windows', days: 30 } as const;

/** The token that was presented twice since, in the hands of somebody else. */
async function copiedToken(parts: ComputerParts, now: number): Promise<string> {
  const { token } = await trustComputer(parts, BASIS, GIVEN, now);
  const next = await presentToken(parts, token, BASIS, RULES, now);
  assert.ok(next.verdict === 'trusted');
  const after = await presentToken(parts, next.token, BASIS, RULES, now);
  assert.ok(after.verdict === 'trusted' && after.rotated);
  return token;
}

describe('fifty at once in each of two processes', () => {
  let fresh: FreshStore;
  let goodId = '';
  let all: ComputerVerdicts[] = [];
  before(async () => {
    fresh = await openFreshStore();
    const { now } = fresh.clock;
    const good = await trustComputer(fresh, BASIS, GIVEN, now);
    goodId = good.computer.id;
    const stolen = await copiedToken(fresh, now);
    const tokens = { good: good.token, stolen, basis: BASIS, rules: RULES };
    const order: ComputerRace = { ...fresh.race, now: now + 1, times: 50, ...tokens };
    all = await raceInTwo<ComputerVerdicts>(RACER, order);
  });
  after(() => fresh.close());

  it('a token moves on once, and all are answered with the same newest one', async () => {
    const shown = all.flatMap(({ good }) => good);
    assert.deepEqual([...new Set(shown.map(({ verdict }) => verdict))], ['trusted']);
    assert.equal(shown.length, 100);
    assert.equal(shown.filter(({ rotated }) => rotated).length, 1);
    assert.equal(new Set(shown.map(({ token }) => token)).size, 1);
    const [computer, ...others] = await listComputers(fresh, BASIS.person);
    assert.deepEqual(others, []);
    assert.equal(computer?.id, goodId);
    assert.equal(computer.generation, 2);
    const next = await presentToken(
      fresh,
      shown[0]?.token ?? '',
      BASIS,
      RULES,
      fresh.clock.now + 2,
    );
    assert.ok(next.verdict === 'trusted' && next.rotated, 'the one that was answered is good');
  });

  it('a copied token is one theft', () => {
    const verdicts = all.flatMap(({ stolen }) => stolen);
    const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
    assert.deepEqual([count('theft'), count('none')], [1, 99]);
  });

  it('a computer is new once', () => {
    const seen = all.flatMap(({ isNew }) => isNew);
    assert.equal(seen.length, 100);
    assert.equal(seen.filter(Boolean).length, 1);
  });
});
