import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  CHECK_ID,
  followKeyring,
  openVault,
  sealedCheck,
  vaultCheckCollection,
} from '../../src/secrets/keyring.ts';
import { createVault } from '../../src/secrets/vault.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const base64url = (): string => randomBytes(32).toString('base64url');

describe('the installation key', () => {
  let parts: FreshStore;
  let keyFile: string;
  before(async () => {
    parts = await openFreshStore();
  });
  beforeEach(async () => {
    keyFile = join(parts.folder, 'keys', `${base64url()}.key`);
    await parts.store.delete(vaultCheckCollection, 'vault');
  });
  after(() => parts.close());

  it('is made for an empty store, readable by its owner only, and found again', async () => {
    const first = await openVault({ keyFile, mayMake: true }, parts.store);
    assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
    const second = await openVault({ keyFile, mayMake: true }, parts.store);
    assert.equal(second.hash('p', 'v'), first.hash('p', 'v'));
  });

  it('is made once when two processes start at once', async () => {
    const vaults = await Promise.all(
      [1, 2, 3].map(() => openVault({ keyFile, mayMake: true }, parts.store)),
    );
    assert.equal(new Set(vaults.map((vault) => vault.hash('p', 'v'))).size, 1);
  });

  it('is never made for a store that has data', async () => {
    await openVault({ keyFile, mayMake: true }, parts.store);
    await rm(keyFile);
    await assert.rejects(openVault({ keyFile, mayMake: true }, parts.store), /missing/u);
    await assert.rejects(stat(keyFile), /ENOENT/u);
  });

  it('that is another one is refused', async () => {
    await openVault({ keyFile, mayMake: true }, parts.store);
    await writeFile(keyFile, base64url());
    await assert.rejects(
      openVault({ keyFile, mayMake: true }, parts.store),
      /does not belong to this store/u,
    );
    await assert.rejects(
      openVault({ key: base64url(), keyFile, mayMake: true }, parts.store),
      /does not belong/u,
    );
  });

  it('may come from the configuration, and then no file is made', async () => {
    const key = base64url();
    await openVault({ key, keyFile, mayMake: true }, parts.store);
    await openVault({ key, keyFile, mayMake: true }, parts.store);
    await assert.rejects(stat(keyFile), /ENOENT/u);
  });

  it('can be rotated in its file: a new line first', async () => {
    const first = await openVault({ keyFile, mayMake: true }, parts.store);
    await writeFile(keyFile, `${base64url()}\n${await readFile(keyFile, 'utf8')}`);
    const rotated = await openVault({ keyFile, mayMake: true }, parts.store);
    assert.equal(rotated.hash('p', 'v'), first.hash('p', 'v'));
  });

  it('names an older one that is needed and not there, until it is or is retired', async () => {
    const [older, newer] = [base64url(), base64url()];
    const warnings: string[] = [];
    const open = (key: string) =>
      openVault({ key, keyFile, mayMake: false, warn: (text) => warnings.push(text) }, parts.store);
    const { kid } = (await open(older)).ring.keys[0] ?? { kid: '' };
    const both = await open(`${newer}\n${older}`);
    const active = both.ring.keys[0]?.kid ?? '';
    const used = [
      { kid, since: 0 },
      { kid: active, since: 1 },
    ];
    const sealed = await sealedCheck(createVault(both.ring.keys, { ...both.ring, active }));
    const check = { sealed, active, first: kid, retired: [] as string[], used };
    await parts.store.put(vaultCheckCollection, CHECK_ID, check);
    assert.deepEqual((await open(`${newer}\n${older}`)).ring.lacking, []);
    assert.deepEqual(warnings, []);
    const vault = await open(newer);
    assert.deepEqual(vault.ring.lacking, [kid]);
    assert.match(
      warnings.join(),
      new RegExp(`key ${kid} was the active one.*retire ${kid} --lost`, 'u'),
    );
    await parts.store.put(vaultCheckCollection, CHECK_ID, { ...check, retired: [kid] });
    await followKeyring(vault, { key: newer, keyFile }, parts.store);
    assert.deepEqual(vault.ring.lacking, []);
  });

  it('of the wrong length is refused', async () => {
    await assert.rejects(
      openVault({ key: 'c2hvcnQ', keyFile, mayMake: true }, parts.store),
      /32 bytes/u,
    );
  });

  it('is refused while others can change or read its file, and tells what its group can', async () => {
    const warnings: string[] = [];
    const source = { keyFile, mayMake: true, warn: (text: string) => warnings.push(text) };
    await openVault(source, parts.store);
    for (const mode of [0o666, 0o660, 0o644]) {
      await chmod(keyFile, mode);
      await assert.rejects(openVault(source, parts.store), /Type: chmod 600 /u);
    }
    assert.deepEqual(warnings, []);
    await chmod(keyFile, 0o640);
    await openVault(source, parts.store);
    assert.match(warnings.join(), /group can read it/u);
  });

  it('is not made where everybody could put another in its place', async () => {
    const open = join(dirname(keyFile), 'open');
    await mkdir(open, { recursive: true });
    await chmod(open, 0o777);
    const source = { keyFile: join(open, 'latchkey.key'), mayMake: true };
    await assert.rejects(openVault(source, parts.store), /Type: chmod go-w /u);
    await assert.rejects(stat(source.keyFile), /ENOENT/u);
  });
});
