/** What becomes of the records of computers: restarts, ends of trust, and who is first of two at once. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { knownComputerCollection, remember } from '../../src/devices/known-computer.ts';
import {
  listComputers,
  presentToken,
  stillTrusted,
  trustComputer,
  trustedComputerCollection,
  type ComputerParts,
  type TrustBasis,
  type TrustRules,
} from '../../src/devices/trusted-computer.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { createVault, vaultKey, type VaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { revokeComputer } from '../support/computers.ts';

const NOW = 4_000_000_000_000;
const DAY = 86_400_000;
const BASIS: TrustBasis = {
  person: 'p1',
  epoch: 1,
  trustEpoch: 1,
  organisation: 'acme',
  organisationTrustEpoch: 1,
};
const RULES: TrustRules = { days: 30, allowedFactors: ['totp', 'email-code'] };
const GIVEN = { factor: 'totp', browser: 'Firefox on Windows', days: 30 } as const;

describe('after a restart', () => {
  const key = vaultKey(randomBytes(32));
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-restart-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A server's life: its own store and its own vault. */
  async function life<T>(keys: VaultKey[], act: (parts: ComputerParts) => Promise<T>): Promise<T> {
    const options = { engine: 'sqlite', path: join(folder, 'latchkey.db') } as const;
    const store = await openStore(options, COLLECTIONS, { now: () => NOW });
    return act({ store, vault: createVault(keys) }).finally(() => store.close());
  }
  const use = (keys: VaultKey[], token: string) =>
    life(keys, (parts) => presentToken(parts, token, BASIS, RULES, NOW));

  it('a computer stays trusted, by a new encryption key too, and a copy is still seen', async () => {
    const first = (await life([key], (parts) => trustComputer(parts, BASIS, GIVEN, NOW))).token;
    const second = await use([key], first);
    assert.ok(second.verdict === 'trusted' && second.rotated);
    const lost = await use([key], first);
    assert.ok(lost.verdict === 'trusted');
    assert.equal(lost.token, second.token, 'the same newest one, made by another life');
    const rotated = [vaultKey(randomBytes(32)), key];
    const third = await use(rotated, second.token);
    assert.ok(third.verdict === 'trusted' && third.rotated);
    assert.equal((await use([vaultKey(randomBytes(32))], third.token)).verdict, 'none');
    assert.equal((await use(rotated, first)).verdict, 'theft');
    assert.equal((await use(rotated, third.token)).verdict, 'none');
  });
});

describe('a record', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore(NOW);
  });
  after(() => parts.close());

  let people = 0;
  async function trusted() {
    people += 1;
    const basis = { ...BASIS, person: `person${people}` };
    return { basis, ...(await trustComputer(parts, basis, GIVEN, NOW)) };
  }

  const ENDS: readonly [string, Partial<TrustBasis>, Partial<TrustRules>, number][] = [
    ['the epoch was raised', { epoch: 2 }, {}, NOW],
    ['the epoch of trust was raised', { trustEpoch: 2 }, {}, NOW],
    ['another organisation', { organisation: 'globex' }, {}, NOW],
    ['the organisation ended all trust', { organisationTrustEpoch: 2 }, {}, NOW],
    ['the factor was forbidden', {}, { allowedFactors: ['email-code'] }, NOW],
    ['fewer days are allowed', {}, { days: 3 }, NOW + 3 * DAY],
    ['its time was over, and the store has not noticed', {}, {}, NOW + 30 * DAY],
  ];
  for (const [why, change, rules, now] of ENDS) {
    it(`goes when its token is shown and ${why}; it does not come back`, async () => {
      const { token, basis, computer } = await trusted();
      const changed = { ...basis, ...change };
      assert.ok(await stillTrusted(parts, computer.id, basis, RULES, NOW));
      assert.ok(!(await stillTrusted(parts, computer.id, changed, { ...RULES, ...rules }, now)));
      const shown = await presentToken(parts, token, changed, { ...RULES, ...rules }, now);
      assert.deepEqual(shown, { verdict: 'none' });
      assert.equal(await parts.store.get(trustedComputerCollection, computer.id), undefined);
      assert.equal((await presentToken(parts, token, basis, RULES, NOW)).verdict, 'none');
    });
  }

  it('that is revoked while its token is shown is gone, whoever was first', async () => {
    const { token, basis, computer } = await trusted();
    const show = () => presentToken(parts, token, basis, RULES, NOW);
    const revoke = () => revokeComputer(parts, basis.person, computer.id);
    const shown = Array.from({ length: 20 }, show);
    const revoked = Promise.all([revoke(), revoke()]);
    const later = Array.from({ length: 20 }, show);
    assert.deepEqual((await revoked).toSorted(), [false, true]);
    const verdicts = await Promise.all([...shown, ...later]);
    assert.ok(!verdicts.some(({ verdict }) => verdict === 'theft'));
    assert.deepEqual(await listComputers(parts, basis.person), []);
    const newest = verdicts.find((one) => one.verdict === 'trusted');
    for (const old of [token, newest?.token ?? ''])
      assert.equal((await presentToken(parts, old, basis, RULES, NOW)).verdict, 'none');
  });

  it('moves on in the hour that the clock went forward, and back', async () => {
    let { token, basis } = await trusted();
    for (const hours of [1, 0, 1, -1]) {
      const shown = await presentToken(parts, token, basis, RULES, NOW + hours * 3600_000);
      assert.ok(shown.verdict === 'trusted' && shown.rotated, `${hours} h`);
      token = shown.token;
    }
    const [computer] = await listComputers(parts, basis.person);
    assert.deepEqual([computer?.generation, computer?.lastUsedAt], [5, NOW + 3600_000]);
  });

  it('of two people at one browser: neither disturbs the other', async () => {
    const [alice, bob] = [await trusted(), await trusted()];
    const shown = await presentToken(parts, alice.token, alice.basis, RULES, NOW);
    assert.ok(shown.verdict === 'trusted');
    await presentToken(parts, shown.token, alice.basis, RULES, NOW);
    assert.equal(
      (await presentToken(parts, alice.token, alice.basis, RULES, NOW)).verdict,
      'theft',
    );
    const [bobs] = await listComputers(parts, bob.basis.person);
    assert.deepEqual(bobs, bob.computer);
    assert.equal((await presentToken(parts, bob.token, bob.basis, RULES, NOW)).verdict, 'trusted');
  });

  it('and its token belong to one person: neither opens the other’s', async () => {
    const [alice, bob] = [await trusted(), await trusted()];
    const mac = (person: string, id: string): string =>
      parts.vault.hash('trusted computer', `${person} ${id} 1`);
    const { id } = alice.computer;
    assert.equal(alice.token, `${id}.1.${mac(alice.basis.person, id)}`);
    // Genuine, if Bob had a record of that id.
    const crossed = `${id}.1.${mac(bob.basis.person, id)}`;
    for (const { basis } of [alice, bob])
      assert.equal((await presentToken(parts, crossed, basis, RULES, NOW)).verdict, 'none');
    assert.deepEqual(await listComputers(parts, alice.basis.person), [alice.computer]);
  });

  it('is one of twenty: the least recently used goes, never the one just made', async () => {
    const { basis, token, computer: first } = await trusted();
    const ids = [first.id];
    const trust = async (now: number): Promise<void> => {
      ids.push((await trustComputer(parts, basis, GIVEN, now)).computer.id);
    };
    const left = async () => (await listComputers(parts, basis.person)).map(({ id }) => id);
    for (let count = 2; count <= 20; count += 1) await trust(NOW + count);
    assert.deepEqual(await left(), ids.toReversed());
    // The first has been used since, so that the second is the one to go.
    await presentToken(parts, token, basis, RULES, NOW + 100);
    await trust(NOW + 200);
    assert.deepEqual((await left()).toSorted(), ids.filter((_, at) => at !== 1).toSorted());
    // The clock went back: by its time the new one is the oldest, and stays all the same.
    await trust(NOW - 3600_000);
    const kept = ids.filter((_, at) => at !== 1 && at !== 2);
    assert.deepEqual((await left()).toSorted(), kept.toSorted());
  });

  it('of a known computer is written once a day at most, of fifty at once too', async () => {
    let writes = 0;
    const store: Pick<FreshStore['store'], 'get' | 'insert' | 'update'> = {
      get: (kind, id) => parts.store.get(kind, id),
      async insert(kind, id, value, expiry) {
        const isNew = await parts.store.insert(kind, id, value, expiry);
        if (isNew) writes += 1;
        return isNew;
      },
      update: (kind, id, change) =>
        parts.store.update(kind, id, (current) => {
          const decided = change(current);
          if ('put' in decided && decided.put !== undefined) writes += 1;
          return decided;
        }),
    };
    const seen = (now: number) =>
      remember({ store, vault: parts.vault }, { person: 'p', browser: 'b', name: 'Edge', now });
    for (const [after, expected] of [
      [0, 1],
      [DAY - 1, 1],
      [-DAY, 1],
      [DAY, 2],
      [DAY + 3600_000, 2],
    ] as const) {
      await Promise.all(Array.from({ length: 50 }, () => seen(NOW + after)));
      assert.equal(writes, expected, `after ${after} ms`);
    }
    const known = await parts.store.scan(knownComputerCollection);
    assert.deepEqual(
      known.items.map(({ value }) => value),
      [{ person: 'p', browser: 'Edge', firstAt: NOW, lastAt: NOW + DAY, level: 'password' }],
    );
  });
});
