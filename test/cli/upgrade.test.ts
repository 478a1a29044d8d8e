/** `latchkey upgrade`: a file of an older version is made anew, and the old one is kept. */
import assert from 'node:assert/strict';
import { readdirSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { lockStore } from '../../src/storage/open.ts';
import { useInstallation } from '../support/command-line.ts';
import { ENGINE } from '../support/stores.ts';

const latchkey = useInstallation();

describe('latchkey upgrade', { skip: ENGINE !== 'sqlite' }, () => {
  const path = (): string => (latchkey.store as { path: string }).path;
  const mode = (): unknown => {
    using db = new DatabaseSync(path());
    return db.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum'];
  };
  /** As an older version made it, with much in it that is free. */
  const asBefore = (): void => {
    using db = new DatabaseSync(path());
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM');
    db.exec('CREATE TABLE filler AS SELECT zeroblob(4000000) AS zeros; DROP TABLE filler');
  };
  const beside = (): string[] =>
    readdirSync(dirname(path())).filter((one) => one.includes('before'));

  it('has nothing to do with a new store', async () => {
    await latchkey.ok(['org', 'add', 'acme']);
    assert.equal(mode(), 2);
    const { stdout } = await latchkey.ok(['upgrade']);
    assert.match(stdout, /Nothing to do: .*gives room back by itself/u);
  });

  it('says what it would do, how much room that takes and how long, and does nothing', async () => {
    asBefore();
    const { stdout } = await latchkey.ok(['upgrade', '--check']);
    assert.match(stdout, /has 4\.\d MB, of which 4\.\d MB are free\. An older version made it/u);
    assert.match(stdout, /with the server stopped: about 1 s, and 0\.\d MB of room/u);
    const { json } = await latchkey.ok(['upgrade', '--check', '--json']);
    assert.deepEqual([json['changed'], Number(json['free_bytes']) > 4e6], [false, true]);
    assert.deepEqual([mode(), beside()], [0, []]);
  });

  it('is refused while a server runs', async () => {
    using held = new DisposableStack();
    held.defer(lockStore(latchkey.store).release);
    const { stderr } = await latchkey.refused(['upgrade'], 1);
    assert.match(stderr, /Another server is serving .* Stop it/u);
    assert.deepEqual([mode(), beside()], [0, []]);
  });

  it('makes the file anew with all that is in it, and keeps the old one: the way back', async () => {
    const { stdout, stderr } = await latchkey.ok(['upgrade']);
    assert.match(stderr, /Making .* anew: about 1 s/u);
    assert.match(stdout, /was made anew: 0\.\d MB instead of 4\.\d MB/u);
    const [old = ''] = beside();
    assert.ok(stdout.includes(`mv ${old} ${basename(path())}`), stdout);
    assert.ok(statSync(path()).size < 2e6);
    assert.equal(statSync(path()).mode & 0o777, 0o600);
    assert.equal(mode(), 2);
    assert.match((await latchkey.ok(['org', 'list'])).stdout, /acme/u);
    renameSync(join(dirname(path()), old), path());
    assert.match((await latchkey.ok(['org', 'list'])).stdout, /acme/u);
  });
});
