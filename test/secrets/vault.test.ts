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

  it('is rotated by putting a new key first: old values open, hashes stay', async () => {
    const before = createVault([key(1)]);
    const after = createVault([key(2), key(1)]);
    const sealed = await before.seal('p', 'c', 'x');
    assert.equal(await after.open('p', 'c', sealed), 'x');
    assert.equal(after.hash('link', 'token'), before.hash('link', 'token'));
    const fresh = await after.seal('p', 'c', 'y');
    await assert.rejects(before.open('p', 'c', fresh), /another encryption key/u);
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
