/** The file format: whole or not at all, and of use with the key alone. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Decrypter } from 'age-encryption';
import { decryptFile, encryptFile, isEncrypted } from '../../src/backup/encryption.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';

describe('an encrypted file', () => {
  const [older, newer] = [vaultKey(randomBytes(32)), vaultKey(randomBytes(32))];
  const vault = createVault([older]);
  const { signal } = new AbortController();
  /** What one piece of the format holds. */
  const chunk = 64 * 1024;
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'latchkey-backup-'))));
  after(() => rmSync(folder, { recursive: true }));

  const at = (name: string): string => join(folder, name);
  /** The name of a file that is not there yet. */
  const fresh = (): string => at(randomBytes(6).toString('hex'));
  const encrypted = async (content: Buffer): Promise<string> => {
    const [from, to] = [fresh(), fresh()];
    writeFileSync(from, content);
    await encryptFile(from, to, vault, signal);
    return to;
  };

  for (const size of [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 1_000_000]) {
    it(`of ${size} bytes comes back as it was`, async () => {
      const content = randomBytes(size);
      const to = fresh();
      await decryptFile(await encrypted(content), to, vault, signal);
      assert.ok(readFileSync(to).equals(content));
      assert.equal(statSync(to).mode & 0o777, 0o600);
    });
  }

  it('cut off between two pieces, or with two of them changed over, is refused', async () => {
    const whole = readFileSync(await encrypted(randomBytes(3 * chunk)));
    const [piece, start] = [chunk + 16, whole.length - 3 * (chunk + 16)];
    const pieces = [0, 1, 2].map((n) => whole.subarray(start + n * piece, start + (n + 1) * piece));
    const header = whole.subarray(0, start);
    for (const order of [[0, 1], [0], [], [1, 0, 2], [0, 1, 2, 2]]) {
      const bad = fresh();
      writeFileSync(bad, Buffer.concat([header, ...order.map((n) => pieces[n] ?? Buffer.of())]));
      await assert.rejects(decryptFile(bad, fresh(), vault, signal), /is damaged or cut off/u);
    }
  });

  it('opens with any key that is still listed, and no other', async () => {
    const file = await encrypted(Buffer.from('hello'));
    await decryptFile(file, fresh(), createVault([newer, older]), signal);
    await decryptFile(file, fresh(), createVault([older, newer]), signal);
    await assert.rejects(
      decryptFile(file, fresh(), createVault([newer]), signal),
      /made with another encryption key/u,
    );
  });

  it('is an age file, for whoever has the key and no Latchkey', async () => {
    const file = await encrypted(Buffer.from('hello'));
    const decrypter = new Decrypter();
    decrypter.addPassphrase(vault.derive('backup').toString('base64url'));
    assert.equal(await decrypter.decrypt(readFileSync(file), 'text'), 'hello');
    assert.equal(await isEncrypted(file), true);
  });

  it('never replaces a file', async () => {
    const there = await encrypted(Buffer.from('hello'));
    const before = readFileSync(there);
    await assert.rejects(encryptFile(there, there, vault, signal), /EEXIST/u);
    await assert.rejects(decryptFile(there, there, vault, signal), /EEXIST/u);
    assert.ok(readFileSync(there).equals(before));
  });

  it('is told from others', async () => {
    for (const content of ['', 'age-encryption.org/v1', 'SQLite format 3\0 and more than that']) {
      const other = fresh();
      writeFileSync(other, content);
      assert.equal(await isEncrypted(other), false);
      await assert.rejects(decryptFile(other, fresh(), vault, signal), /is not a backup/u);
    }
    await assert.rejects(isEncrypted(at('none')), /none is not there/u);
    await assert.rejects(isEncrypted(folder), /cannot be read/u);
  });

  it('is given up when told to', async () => {
    const to = fresh();
    const given = AbortSignal.abort();
    await assert.rejects(encryptFile(await encrypted(Buffer.of(1)), to, vault, given), /abort/iu);
    assert.ok(!existsSync(to) || statSync(to).size === 0);
  });
});
