/** One code, used 50 times at once by each of two processes: accepted once, whatever it is. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { addPerson, getPerson } from '../../src/accounts/person.ts';
import { newOneTimeCodes } from '../../src/factors/one-time-codes.ts';
import { KINDS } from '../../src/kinds.ts';
import { NOTHING_PROVEN, signInKind } from '../../src/oidc/sign-in-record.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import type { CodeRace } from './code-racer.ts';

const NOW = 1_800_000_000_000;
const RACER = new URL('./code-racer.ts', import.meta.url);
const bytes = randomBytes(32);
const vault = createVault([vaultKey(bytes)]);

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-race-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const open = () =>
  openStore({ engine: 'sqlite', path: join(folder, 'race.db') }, KINDS, { now: () => NOW });

async function race(what: CodeRace['what'], id: string, code: string): Promise<string[]> {
  const key = bytes.toString('base64url');
  const order: CodeRace = {
    path: join(folder, 'race.db'),
    key,
    now: NOW,
    times: 50,
    what,
    id,
    code,
  };
  const racers = [fork(RACER), fork(RACER)];
  for (const racer of racers) racer.send(order);
  await Promise.all(racers.map((racer) => once(racer, 'message')));
  const results = racers.map((racer) => once(racer, 'message') as Promise<[string[]]>);
  for (const racer of racers) racer.send('go');
  return (await Promise.all(results)).flatMap(([list]) => list);
}

const count = (verdicts: readonly string[], wanted: string): number =>
  verdicts.filter((verdict) => verdict === wanted).length;

describe('used 50 times at once by each of two processes', () => {
  it('a one-time code is accepted once, and one place of the set is used', async () => {
    const { set, codes } = await newOneTimeCodes(vault, NOW);
    const store = await open();
    const names = { organisation: 'acme', login: 'alice', email: 'a@acme.test', name: 'Alice' };
    const { id } = await addPerson(store, { ...names, oneTimeCodes: set }, NOW);
    await store.close();
    const verdicts = await race('one-time', id, codes[3] ?? '');
    assert.deepEqual([count(verdicts, 'accepted'), count(verdicts, 'used')], [1, 99]);
    const again = await open();
    assert.deepEqual((await getPerson(again, id))?.oneTimeCodes?.used, [3]);
    await again.close();
  });

  it('an email code is accepted once', async () => {
    const id = vault.hash('interaction', 'race');
    const hash = vault.hash('email code', 'race');
    const address = 'alice@home.test';
    const times = { sentAt: NOW, expiresAt: NOW + 900_000 };
    const store = await open();
    await store.insert(signInKind, id, {
      payload: {},
      browser: '',
      startedAt: NOW,
      ...structuredClone(NOTHING_PROVEN),
      emailCodes: [{ hash, reference: 'ABCD', mail: 'm', address, ...times, used: false }],
      passkeyRound: 0,
      state: 'open',
    });
    await store.close();
    const verdicts = await race('email', id, hash);
    assert.deepEqual([count(verdicts, 'accepted'), count(verdicts, 'used')], [1, 99]);
  });

  it('a counter gives five tries and no more', async () => {
    const verdicts = await race('attempt', 'code:p1', '');
    assert.equal(count(verdicts, 'taken'), 5);
  });
});
