import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';

const key = (fill: number) => vaultKey(Buffer.alloc(32, fill));

describe('the vault', () => {
  it('opens what it sealed, for the same purpose and context only', async () => {
    const vault = createVault([vaultKey(randomBytes(32))]);
    const sealed = await vault.seal('totp', 'alice', 'secret 密鑰');
    assert.ok(!sealed.includes('secret'));
    assert.equal(await vault.open('totp', 'alice', sealed), 'secret 密鑰');
    await assert.rejects(vault.open('totp', 'bob', sealed), /another context/u);
    await assert.rejects(vault.open('signing-key', 'alice', sealed));
  });

  it('seals differently each time, and notices a changed value', async () => {
    const vault = createVault([key(1)]);
    const [one, two] = [await vault.seal('p', 'c', 'x'), await vault.seal('p', 'c', 'x')];
    assert.notEqual(one, two);
    const parts = one.split('.');
    const tampered = [
      ...parts.slice(0, 3),
      `${parts[3]?.startsWith('A') ? 'B' : 'A'}${parts[3]?.slice(1)}`,
      parts[4],
    ].join('.');
    await assert.rejects(vault.open('p', 'c', tampered));
  });

  it('goes by the oldest key until the store names another one; then old values open and are found', async () => {
    const before = createVault([key(1)]);
    const after = createVault([key(2), key(1)]);
    const sealed = await before.seal('totp', 'c', 'x');
    assert.equal(await after.open('totp', 'c', sealed), 'x');
    assert.equal(after.hash('link', 'token'), before.hash('link', 'token'));
    assert.equal(await before.open('p', 'c', await after.seal('p', 'c', 'y')), 'y');
    const kept = before.keep('code', '123456');
    assert.equal(after.keep('code', '123456'), kept);

    const { keys, first } = after.ring;
    const active = key(2).kid;
    after.use({ keys, active, first, retired: [] });
    assert.equal(await after.open('totp', 'c', sealed), 'x');
    const anew = await after.reseal(sealed);
    await assert.rejects(before.open('totp', 'c', anew), /another encryption key/u);
    assert.equal(await after.open('totp', 'c', anew), 'x');
    const hash = after.hash('link', 'token');
    assert.notEqual(hash, before.hash('link', 'token'));
    assert.deepEqual(after.others(hash), [{ kid: first, hash: before.hash('link', 'token') }]);
    assert.ok(after.isHash('link', 'token', before.hash('link', 'token')));
    assert.ok(after.comparer('code', '123456')(kept));
    assert.ok(!after.comparer('code', '654321')(kept));
    assert.ok(after.keep('code', '123456').startsWith(`${active}.`));
    assert.ok(after.comparer('code', '123456')(after.keep('code', '123456')));
    assert.deepEqual(
      [after.isActive(kept), after.isActive(after.keep('code', 'x'))],
      [false, true],
    );

    after.use({ keys, active, first, retired: [first] });
    assert.deepEqual(after.others(after.hash('link', 'token')), []);
    assert.ok(!after.isHash('link', 'token', before.hash('link', 'token')));
    assert.ok(!after.comparer('code', '123456')(kept), 'what names no key is the first one’s');
    assert.throws(() => after.use({ keys: [], active, first, retired: [] }));
  });

  it('hashes to 43 characters, differently for each purpose', () => {
    const vault = createVault([key(1)]);
    assert.match(vault.hash('link', 'x'), /^[\w-]{43}$/u);
    assert.notEqual(vault.hash('link', 'x'), vault.hash('csrf', 'x'));
    assert.notEqual(vault.hash('link', 'x'), createVault([key(2)]).hash('link', 'x'));
  });

  it('takes keys of 32 bytes only', () => {
    assert.throws(() => vaultKey(randomBytes(31)), /32 bytes/u);
    assert.throws(() => createVault([]), /at least one key/u);
  });
});
