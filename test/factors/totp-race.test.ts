/** One authenticator code, shown 50 times at once by each of two processes: accepted once. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { newAuthenticator, openSecret } from '../../src/factors/totp.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { codeOf } from '../support/server.ts';
import type { RaceOrder } from './totp-racer.ts';

const NOW = 1_800_000_000_000;
const RACER = new URL('./totp-racer.ts', import.meta.url);

it('a code shown 50 times at once by each of two processes is accepted once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-race-'));
  const bytes = randomBytes(32);
  const vault = createVault([vaultKey(bytes)]);
  const authenticator = await newAuthenticator(vault, NOW);
  const code = codeOf(await openSecret(vault, authenticator), NOW);
  const order: RaceOrder = {
    path: join(folder, 'race.db'),
    key: bytes.toString('base64url'),
    authenticator,
    code,
    now: NOW,
    times: 50,
  };
  const racers = [fork(RACER), fork(RACER)];
  for (const racer of racers) racer.send(order);
  await Promise.all(racers.map((racer) => once(racer, 'message')));
  const results = racers.map((racer) => once(racer, 'message') as Promise<[string[]]>);
  for (const racer of racers) racer.send('go');
  const verdicts = (await Promise.all(results)).flatMap(([list]) => list);
  assert.equal(verdicts.length, 100);
  assert.equal(verdicts.filter((verdict) => verdict === 'accepted').length, 1);
  assert.equal(verdicts.filter((verdict) => verdict === 'used').length, 99);
  await rm(folder, { recursive: true, force: true });
});
