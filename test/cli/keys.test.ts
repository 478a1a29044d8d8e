/** `latchkey keys` where no server says which keys it has, and where a key is lost. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { processCollection } from '../../src/records/keys/process.ts';
import { lockStore, openStore } from '../../src/storage/open.ts';
import { useInstallation } from '../support/command-line.ts';
import { ENGINE } from '../support/stores.ts';

const latchkey = useInstallation(() => latchkey.ok(['org', 'add', 'acme']));
const keyFile = (): string => String(latchkey.env['LATCHKEY_ENCRYPTION_KEY_FILE']);
const lines = (): string[] => readFileSync(keyFile(), 'utf8').trim().split('\n');
const ofEncryption = async () =>
  (await latchkey.ok(['keys', 'list', '--json'])).json['encryption'] as {
    kid: string;
    state: string;
  }[];

describe('latchkey keys rotate encryption', () => {
  it('is refused while a server runs that does not report its keys', async (t) => {
    if (ENGINE !== 'sqlite') return t.skip('nobody can tell');
    using held = new DisposableStack();
    held.defer(lockStore(latchkey.store).release);
    const { stderr } = await latchkey.refused(['keys', 'rotate', 'encryption'], 1);
    assert.match(stderr, /does not report its keys.*nothing was changed/u);
    assert.equal(lines().length, 1);
  });

  it('says so where nobody can tell whether one runs', async (t) => {
    if (ENGINE !== 'mongodb') return t.skip('on SQLite it is refused');
    const { stderr } = await latchkey.ok(['keys', 'rotate', 'encryption']);
    assert.match(stderr, /No server reports its keys/u);
  });
});

describe('latchkey keys retire --lost', () => {
  it('gives up what is sealed with a key that nobody has', async () => {
    await latchkey.ok(['keys', 'rotate', 'signing']);
    const before = (await ofEncryption()).find(({ state }) => state === 'active')?.kid ?? '';
    await latchkey.ok(['keys', 'rotate', 'encryption']);
    const { stdout } = await latchkey.ok(['keys', 'list']);
    assert.match(stdout, new RegExp(`${before} .*older: .* \\(made active .+\\)$`, 'mu'));
    assert.match(stdout, / active since \S+Z$/mu);
    const all = lines();
    const args = ['keys', 'retire', before, '--yes', '--json'];
    const sealed = await latchkey.refused([...args, '--lost'], 1);
    assert.equal(sealed.json['error'], 'key-sealed', 'it is there');
    writeFileSync(keyFile(), `${all[0]}\n`, { mode: 0o600 });
    assert.equal((await latchkey.refused(args, 1)).json['error'], 'key-sealed');
    const other = { host: 'other', pid: 1, kids: [before], at: Date.now() };
    const store = await openStore(latchkey.store, [processCollection], { now: Date.now });
    await store.put(processCollection, 'other', other);
    const served = await latchkey.refused([...args, '--lost'], 1);
    assert.equal(served.json['error'], 'key-sealed', 'a server on another machine has it');
    await store.delete(processCollection, 'other');
    await store.close();
    assert.equal((await latchkey.ok([...args, '--lost'])).json['kid'], before);
    const both = await latchkey.refused([...args, '--lost', '--leaked'], 2);
    assert.match(String(both.json['message']), /exclude each other/u);
    const [signing] = (await latchkey.ok(['keys', 'list', '--json'])).json['signing'] as {
      kid: string;
    }[];
    const ours = signing?.kid ?? '';
    const kept = await latchkey.refused(['keys', 'retire', ours, '--lost', '--yes'], 2);
    assert.match(kept.stderr, /--lost is for encryption keys/u);
    const unknown = await latchkey.refused(['keys', 'retire', 'nobody', '--yes', '--json'], 1);
    assert.equal(unknown.json['error'], 'key-unknown');
  });
});
