/** Two processes on one store, each showing the same tokens 50 times at once. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  listComputers,
  presentToken,
  trustComputer,
  type ComputerParts,
  type TrustBasis,
  type TrustRules,
} from '../../src/devices/trusted-computer.ts';
import { KINDS } from '../../src/kinds.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import type { ComputerRace, ComputerVerdicts } from './computer-racer.ts';

const NOW = 1_800_000_000_000;
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
async function copiedToken(parts: ComputerParts): Promise<string> {
  const { token } = await trustComputer(parts, BASIS, GIVEN, NOW);
  const next = await presentToken(parts, token, BASIS, RULES, NOW);
  assert.ok(next.verdict === 'trusted');
  const after = await presentToken(parts, next.token, BASIS, RULES, NOW);
  assert.ok(after.verdict === 'trusted' && after.rotated);
  return token;
}

async function race(order: ComputerRace): Promise<ComputerVerdicts[]> {
  const racers = [fork(RACER), fork(RACER)];
  for (const racer of racers) racer.send(order);
  await Promise.all(racers.map((racer) => once(racer, 'message')));
  const results = racers.map((racer) => once(racer, 'message') as Promise<[ComputerVerdicts]>);
  for (const racer of racers) racer.send('go');
  return (await Promise.all(results)).map(([verdicts]) => verdicts);
}

describe('fifty at once in each of two processes', () => {
  const bytes = randomBytes(32);
  const vault = createVault([vaultKey(bytes)]);
  let folder = '';
  let parts: ComputerParts;
  let goodId = '';
  let all: ComputerVerdicts[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-race-'));
    const path = join(folder, 'race.db');
    parts = {
      store: await openStore({ engine: 'sqlite', path }, KINDS, { now: () => NOW }),
      vault,
    };
    const good = await trustComputer(parts, BASIS, GIVEN, NOW);
    goodId = good.computer.id;
    const stolen = await copiedToken(parts);
    const shared = { path, key: bytes.toString('base64url'), basis: BASIS, rules: RULES };
    all = await race({ ...shared, good: good.token, stolen, now: NOW + 1, times: 50 });
  });
  after(async () => {
    await parts.store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('a token moves on once, and all are answered with the same newest one', async () => {
    const shown = all.flatMap(({ good }) => good);
    assert.deepEqual([...new Set(shown.map(({ verdict }) => verdict))], ['trusted']);
    assert.equal(shown.length, 100);
    assert.equal(shown.filter(({ rotated }) => rotated).length, 1);
    assert.equal(new Set(shown.map(({ token }) => token)).size, 1);
    const [computer, ...others] = await listComputers(parts, BASIS.person);
    assert.deepEqual(others, []);
    assert.equal(computer?.id, goodId);
    assert.equal(computer.generation, 2);
    const next = await presentToken(parts, shown[0]?.token ?? '', BASIS, RULES, NOW + 2);
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
