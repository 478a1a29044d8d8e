/** The scripts and secrets that docker-compose.yml starts a replica set with, as far as they run without one. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import mongoose from 'mongoose';
import { loadConfig } from '../../src/config/load.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { storeOptions } from '../../src/storage/options.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(root + path, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'latchkey-replica-set-'));
after(() => rmSync(folder, { recursive: true }));

const MEMBERS = ['mongo1:27017', 'mongo2:27017', 'mongo3:27017'];

describe('the secrets that the head of docker-compose.yml makes', () => {
  const secrets = join(folder, 'data/secrets');
  const mode = (path: string): number => statSync(path).mode & 0o777;
  const [lines = ''] =
    /mkdir -p data\/secrets[^]*?mongodb\.url\)/u.exec(read('docker-compose.yml')) ?? [];

  it('are closed to others by their folder, and open to the users of the containers', () => {
    execFileSync('sh', ['-euc', lines.replaceAll(/^#/gmu, '')], { cwd: folder });
    assert.equal(mode(secrets), 0o700);
    for (const name of ['latchkey.key', 'mongo.keyfile', 'mongo-root.password', 'mongodb.url'])
      assert.equal(mode(join(secrets, name)), 0o644, name);
  });

  it('are what Latchkey takes: a key, and an address with its database, replica set and user', () => {
    const env = {
      LATCHKEY_STORE_ENGINE: 'mongodb',
      LATCHKEY_STORE_MONGODB_URL_FILE: join(secrets, 'mongodb.url'),
      LATCHKEY_ENCRYPTION_KEY_FILE: join(secrets, 'latchkey.key'),
    };
    const options = storeOptions(loadConfig({ env, cwd: folder }).store);
    assert.ok(options.engine === 'mongodb');
    const { hosts, dbName, replicaSet, credentials } = new mongoose.mongo.MongoClient(options.url)
      .options;
    assert.deepEqual(hosts.map(String), MEMBERS);
    assert.deepEqual([dbName, replicaSet], ['latchkey', 'latchkey']);
    assert.deepEqual([credentials?.username, credentials?.source], ['latchkey', 'latchkey']);
    // What is promised about writes and reads is not for the address to change.
    assert.doesNotMatch(
      options.url,
      /[?&](?:w|journal|readConcernLevel|readPreference|retryWrites)=/u,
    );
  });

  it('are what mongod takes as a key file: 6 to 1024 characters of base64', () => {
    const key = readFileSync(join(secrets, 'mongo.keyfile'), 'utf8').replaceAll(/\s/gu, '');
    assert.match(key, /^[A-Za-z\d+/=]{500,1024}$/u);
  });
});

describe('docker/mongod.sh', () => {
  const copy = join(folder, 'copied');
  const secret = join(folder, 'mongo_keyfile');
  const script = read('docker/mongod.sh')
    .replace('/run/secrets/mongo_keyfile', secret)
    .replace('/tmp/mongo.keyfile', copy)
    .replace('exec docker-entrypoint.sh', 'exec echo');
  const run = () =>
    spawnSync('sh', ['-c', script, 'sh', 'mongod', '--port', '1'], { encoding: 'utf8' });

  it('says so when there is no key file', () => {
    const { status, stderr } = run();
    assert.equal(status, 1);
    assert.match(stderr, /cannot be read: see the head of docker-compose\.yml/u);
  });

  it('gives mongod a key file of its own that nobody else reads, at a second start too', () => {
    writeFileSync(secret, 'a2V5', { mode: 0o644 });
    for (const start of [run(), run()]) {
      assert.deepEqual([start.status, start.stdout], [0, `mongod --port 1 --keyFile ${copy}\n`]);
      assert.equal(statSync(copy).mode & 0o777, 0o400);
      assert.equal(readFileSync(copy, 'utf8'), 'a2V5');
    }
  });
});

/** What docker/replica-set.js asks of a set whose members answer `hello` as given. */
function initiate(hello: (member: string, asked: number) => object, known: string[] = []) {
  const calls: unknown[] = [];
  let asked = 0;
  const databaseOf = (hosts: string, name: string) => ({
    getSiblingDB: (other: string) => databaseOf(hosts, other),
    hello: () => hello(hosts, asked++),
    runCommand: (command: object) => calls.push([hosts, command]),
    getUser: (user: string) => (known.includes(user) ? { user } : null),
    createUser: (user: object) => calls.push(['create', name, user]),
    updateUser: (user: string, rights: object) => calls.push(['update', name, user, rights]),
  });
  const files: Record<string, string> = {
    latchkey_mongodb_url: `mongodb://latchkey:p%25w@${MEMBERS.join(',')}/accounts?replicaSet=latchkey\n`,
    mongo_root_password: 'root/pw\n',
  };
  const uris: string[] = [];
  class Mongo {
    readonly uri: string;
    constructor(uri: string) {
      this.uri = uri;
      uris.push(uri);
    }
    getDB = (name: string) =>
      databaseOf(/(?:@|\/\/)([^@/]+)\/admin/u.exec(this.uri)?.[1] ?? '', name);
  }
  const readFile = (path: string): string | undefined => files[path.replace('/run/secrets/', '')];
  const globals = { require: () => ({ readFileSync: readFile }), Mongo, print() {}, sleep() {} };
  runInNewContext(read('docker/replica-set.js'), { ...globals, Date, decodeURIComponent });
  return { calls: structuredClone(calls), uris };
}

describe('docker/replica-set.js', () => {
  const waiting = { isreplicaset: true };
  const rights = { pwd: 'p%w', roles: [{ role: 'readWrite', db: 'accounts' }] };

  it('makes the replica set of all three, and a user with rights in one database', () => {
    const { calls, uris } = initiate(() => waiting);
    const members = MEMBERS.map((host, _id) => ({ _id, host }));
    assert.deepEqual(calls, [
      ['mongo1:27017', { replSetInitiate: { _id: 'latchkey', members } }],
      ['create', 'accounts', { user: 'latchkey', ...rights }],
    ]);
    assert.match(uris.at(-1) ?? '', /^mongodb:\/\/root:root%2Fpw@.*replicaSet=latchkey/u);
  });

  it('waits for a member that is starting', () => {
    const { calls } = initiate((member, asked) => {
      if (member.startsWith('mongo3') && asked < 3) throw new Error('not there yet');
      return member.startsWith('mongo2') && asked < 6 ? { isWritablePrimary: true } : waiting;
    });
    assert.equal(calls.length, 2);
  });

  it('does not make it again, with one member lost or new, and renews the password', () => {
    const { calls } = initiate(
      (member) => {
        if (member.startsWith('mongo2')) throw new Error('lost');
        return member.startsWith('mongo1') ? waiting : { setName: 'latchkey', secondary: true };
      },
      ['latchkey'],
    );
    assert.deepEqual(calls, [['update', 'accounts', 'latchkey', rights]]);
  });
});

describe('docs/mongodb.md', () => {
  const [sharding = ''] = /^## Sharding$[^]*?(?=^## )/mu.exec(read('docs/mongodb.md')) ?? [];
  const [, sharded = '', whole = ''] = /```js$([^]*?)^```$([^]*?)^Look-ups/mu.exec(sharding) ?? [];
  const has = (text: string, name: string): boolean =>
    new RegExp(`['\`]${name}['\`]`, 'u').test(text);

  it('says of each collection whether it is sharded', () => {
    for (const { name } of COLLECTIONS) assert.notEqual(has(sharded, name), has(whole, name), name);
  });

  it('names each index as a look-up that asks every shard', () => {
    const rows = sharding.split('\n').filter((line) => line.startsWith('|'));
    for (const { name, indexes } of COLLECTIONS)
      for (const index of Object.keys(indexes))
        assert.ok(
          rows.some((row) => has(row, name) && has(row, index)),
          `${name}.${index}`,
        );
  });
});
