/** Backups of a server that is writing, and what a restore brings back and what it does not. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { getNoted } from '../../src/records/installation/noted.ts';
import { claimCollection } from '../../src/records/person.ts';
import { auditCollection } from '../../src/audit/event.ts';
import { encryptFile } from '../../src/backup/encryption.ts';
import { startServer, type RunningServer } from '../../src/server/server.ts';
import { loadConfig } from '../../src/config/load.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openStore } from '../../src/storage/open.ts';
import { sqliteFile } from '../../src/storage/sqlite/snapshot.ts';
import type { Store } from '../../src/storage/store.ts';
import { runHere, runLatchkey, type Ran } from '../support/command-line.ts';
import { token, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently, type SignedIn } from '../support/sign-in.ts';
import { ENGINE } from '../support/stores.ts';

describe('backup and restore', { skip: ENGINE !== 'sqlite' }, () => {
  let server: TestServer;
  let webmail: Registration;
  let alice: TestPerson;
  let signedIn: SignedIn;
  let path: string;
  let keyFile: string;
  let data: string;
  let file: string;
  let made: Ran;
  /** How many documents were written while it was made. */
  let written: number;

  const latchkey = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
    runHere(args, { cwd: server.folder, env: { ...server.env, ...env } });
  /** In a process of its own, beside this one, which has the store open. */
  const apart = (args: readonly string[]): Promise<Ran> =>
    runLatchkey(args, { cwd: server.folder, env: server.env });
  const refused = async (
    args: readonly string[],
    code: number,
    env = {},
    run = latchkey,
  ): Promise<string> => {
    const ran = await run(args, env);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
    return ran.stderr;
  };
  const ok = async (args: readonly string[], env = {}): Promise<Ran> => {
    const ran = await latchkey(args, env);
    assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
    return ran;
  };
  const serving = async (use: (running: RunningServer) => Promise<unknown>): Promise<void> => {
    const config = loadConfig({ cwd: server.folder, env: server.env });
    const world = { stdout: { write: () => {} }, now: Date.now };
    const running = await startServer(config, world, { purpose: 'production' });
    await use(running).finally(() => running.close());
  };
  const storeAt = async (at: string, use: (store: Store) => Promise<unknown>): Promise<void> => {
    const store = await openStore({ engine: 'sqlite', path: at }, COLLECTIONS, { now: Date.now });
    await use(store).finally(() => store.close());
  };
  const isSignedIn = async (): Promise<boolean> =>
    (await silently(webmail, signedIn.browser)).callback.searchParams.has('code');
  const refresh = async (): Promise<unknown> => {
    const { refresh_token = '' } = signedIn.tokens;
    const { status, body } = await token(webmail, { grant_type: 'refresh_token', refresh_token });
    return status === 200 ? 'fresh' : body['error'];
  };
  /** A new key, followed by older ones. */
  const newKeyFile = (older = ''): Record<string, string> => {
    const name = join(server.folder, `${randomBytes(4).toString('hex')}.key`);
    writeFileSync(name, `${randomBytes(32).toString('base64url')}\n${older}`, { mode: 0o600 });
    return { LATCHKEY_ENCRYPTION_KEY_FILE: name };
  };
  const claims = (n: number): string => `written-${n}`;
  const asides = (): string[] =>
    readdirSync(data)
      .filter((name) => name.includes('.before-restore-') && !/-(?:wal|shm)$/u.test(name))
      .toSorted();

  before(async () => {
    server = await startTestServer();
    path = String(server.env['LATCHKEY_STORE_PATH']);
    keyFile = String(server.env['LATCHKEY_ENCRYPTION_KEY_FILE']);
    data = join(path, '..');
    file = join(server.folder, 'latchkey.backup');
    webmail = await server.addClient();
    alice = await server.addPerson({ login: 'alice' }, { totp: true, oneTimeCodes: true });
    signedIn = await signIn(webmail, alice);
    made = await backUpWhileWriting();
    await server.store.put(claimCollection, 'since the backup', { person: 'x', at: 0 });
    await server.close();
  });
  after(() => rmSync(server.folder, { recursive: true }));

  /** Each write begins when the one before it is durable. */
  async function backUpWhileWriting(): Promise<Ran> {
    let count = 0;
    const stop = new AbortController();
    const writes = (async () => {
      for (; !stop.signal.aborted; count += 1)
        await server.store.insert(claimCollection, claims(count), { person: 'x', at: count });
    })();
    const ran = await apart(['backup', file, '--json']).finally(() => stop.abort());
    written = count;
    await writes;
    return ran;
  }

  describe('a backup', () => {
    it('is made while the server writes', () => {
      assert.equal(made.code, 0, made.stderr);
      assert.ok(written > 50, `${written} writes`);
      const { bytes, documents, schema } = made.json as any;
      assert.equal(bytes, statSync(file).size);
      assert.equal(schema, 1);
      assert.equal(documents.person, 1);
      assert.equal(documents.session, 1);
    });

    it('is noted in the store, for the console', async () => {
      await storeAt(path, async (store) => {
        const [one] = (await getNoted(store, 'backups'))?.made ?? [];
        assert.equal(one?.bytes, statSync(file).size);
        assert.ok(one && one.documents > 10 && Math.abs(one.at - Date.now()) < 600_000);
      });
    });

    it('is for its user alone, and in cipher', () => {
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const content = readFileSync(file).toString('latin1');
      assert.match(content, /^age-encryption\.org\/v1\n/u);
      for (const plain of ['SQLite format', 'alice', 'acme']) assert.ok(!content.includes(plain));
    });

    it('tells a terminal what it is at', async () => {
      const told = ['backup', join(server.folder, 'told.backup')];
      const here = { cwd: server.folder, env: server.env, terminal: true };
      const { code, stderr } = await runHere(told, here);
      assert.equal(code, 0, stderr);
      const stages = stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^ *[\d.]+ s {2}/u, ''));
      assert.deepEqual(stages, [
        'Copying the store …',
        'Encrypting the copy …',
        'Reading the backup back …',
      ]);
      rmSync(join(server.folder, 'told.backup'));
    });

    it('leaves nothing else behind', () => {
      const left = [...readdirSync(data), ...readdirSync(server.folder)];
      assert.deepEqual(
        left.filter((name) => /temporary|partial/u.test(name)),
        [],
      );
    });

    it('replaces another one only when told to, and never anything else', async () => {
      const again = join(server.folder, 'again.backup');
      copyFileSync(file, again);
      assert.match(await refused(['backup', again], 1), /is there already. --force/u);
      const ran = await ok(['backup', again, '--force']);
      assert.ok(!readFileSync(again).equals(readFileSync(file)));
      assert.match(ran.stdout, /Backed up .* documents .* read it back/u);
      const before = readFileSync(path);
      assert.match(await refused(['backup', path, '--force'], 1), /is no backup/u);
      assert.match(await refused(['backup', keyFile, '--force'], 1), /is no backup/u);
      assert.ok(readFileSync(path).equals(before));
      assert.match(await refused(['backup', join(data, 'no', 'x')], 1), /no folder/u);
      assert.match(await refused(['backup'], 2), /FILE is missing/u);
    });

    it('needs the key of the store', async () => {
      const target = join(server.folder, 'other.backup');
      const other = newKeyFile();
      assert.match(await refused(['backup', target], 1, other), /does not belong to this store/u);
      const missing = { LATCHKEY_ENCRYPTION_KEY_FILE: join(data, 'none.key') };
      assert.match(await refused(['backup', target], 1, missing), /none\.key is missing/u);
      assert.ok(!readdirSync(server.folder).some((name) => name.startsWith('other.backup')));
      assert.ok(!readdirSync(data).includes('none.key'));
    });

    it('of MongoDB is made with its own tools', async () => {
      const mongo = {
        LATCHKEY_STORE_ENGINE: 'mongodb',
        LATCHKEY_STORE_MONGODB_URL: 'mongodb://127.0.0.1:9/none',
      };
      for (const command of [
        ['backup', 'x'],
        ['restore', 'x', '--keep'],
      ])
        assert.match(await refused(command, 1, mongo), /mongodump.*docs\/mongodb\.md/u);
    });
  });

  describe('a restore is refused', () => {
    let state: string;
    const stateNow = (): string =>
      readdirSync(data)
        .filter((name) => !name.endsWith('.lock'))
        .map((name) => `${name} ${readFileSync(join(data, name)).toString('base64')}`)
        .join('\n');
    const unchanged = async (args: string[], code: number, env = {}): Promise<string> => {
      const said = await refused(['restore', ...args], code, env);
      assert.equal(stateNow(), state, args.join(' '));
      return said;
    };
    before(() => (state = stateNow()));

    it('while a store is there', async () => {
      const said = await unchanged([file, '--revoke'], 1);
      assert.match(said, /There is a store at .*--replace/u);
    });

    it('until it is told what is to become of sessions and the like', async () => {
      const said = await unchanged([file, '--replace'], 2);
      assert.match(said, /comes back to life/u);
      assert.match(said, /it has 1, 1 and 0/u);
      assert.match(said, /Nothing has been restored[^]*--revoke[^]*--keep/u);
      assert.match(await unchanged([file, '--revoke', '--keep'], 2), /exclude each other/u);
    });

    it('while a server is running', async () => {
      await serving(async () => {
        const said = await refused(['restore', file, '--revoke', '--replace'], 1, {}, apart);
        assert.match(said, /A server is serving .* Stop it/u);
      });
      state = stateNow();
    });

    it('while any other process has the store open', async () => {
      using db = new DatabaseSync(path);
      db.prepare('SELECT count(*) FROM k_person').get();
      const said = await refused(['restore', file, '--revoke', '--replace'], 1, {}, apart);
      assert.match(said, /is in use by another process/u);
      assert.deepEqual(asides(), []);
    });

    it('when the file is cut off, wherever', async () => {
      const bad = join(server.folder, 'cut.backup');
      const { size } = statSync(file);
      for (const length of [0, 60, 180, 70_000, size - 1]) {
        copyFileSync(file, bad);
        truncateSync(bad, length);
        const said = await unchanged([bad, '--keep', '--replace'], 1);
        assert.match(said, /cut\.backup is (?:not a backup|damaged or cut off)/u, `${length}`);
      }
      copyFileSync(file, bad);
      appendFileSync(bad, 'x');
      assert.match(await unchanged([bad, '--keep', '--replace'], 1), /damaged/u);
    });

    it('when a bit of the file has changed, wherever', async () => {
      const bad = join(server.folder, 'bent.backup');
      const content = readFileSync(file);
      for (const at of [3, 70, 150, 1_000, content.length - 5]) {
        const bent = Buffer.from(content);
        bent[at] = (bent[at] ?? 0) ^ 1;
        writeFileSync(bad, bent);
        const said = await unchanged([bad, '--keep', '--replace'], 1);
        assert.match(said, /bent\.backup (?:is|was made)/u, `${at}`);
      }
    });

    it('when there is no such file, or another kind of file', async () => {
      assert.match(await unchanged(['none', '--keep', '--replace'], 1), /none is not there/u);
      assert.match(await unchanged([path, '--keep', '--replace'], 1), /is not a backup/u);
    });

    it('with another key', async () => {
      const other = newKeyFile();
      const said = await unchanged([file, '--keep', '--replace'], 1, other);
      assert.match(said, /made with another encryption key/u);
    });

    it('when it is of a newer version', async () => {
      const { vault } = server;
      const copy = join(server.folder, 'newer.db');
      await sqliteFile(path).copyTo(copy, Date.now());
      {
        using db = new DatabaseSync(copy);
        db.exec('PRAGMA user_version = 99');
      }
      const newer = join(server.folder, 'newer.backup');
      await encryptFile(copy, newer, vault, new AbortController().signal);
      state = stateNow();
      const said = await unchanged([newer, '--keep', '--replace'], 1);
      assert.match(said, /newer\.backup was written by a newer version .*99/u);
    });
  });

  describe('a restore', () => {
    it('with --keep brings back what was there, whole, and loses nothing', async () => {
      const { json } = await ok(['restore', file, '--keep', '--replace', '--json']);
      assert.equal(json['revoked'], null);
      const [aside = ''] = asides();
      assert.equal(json['moved_aside'], join(data, aside));
      assert.match(aside, /^latchkey\.db\.before-restore-\d{8}T\d{9}Z$/u);
      await storeAt(path, async (store) => {
        assert.equal(await store.get(claimCollection, 'since the backup'), undefined);
        const count = await contiguous(store);
        assert.ok(count > 0 && count <= written + 1, `${count} of ${written}`);
      });
      await storeAt(join(data, aside), async (store) => {
        assert.ok(await store.get(claimCollection, 'since the backup'));
      });
    });

    /** What was written one after the other is there without a gap. */
    async function contiguous(store: Store): Promise<number> {
      const found = await Promise.all(
        Array.from({ length: written + 2 }, (_, n) => store.get(claimCollection, claims(n))),
      );
      const count = found.findIndex((claim) => claim === undefined);
      assert.ok(found.slice(count).every((claim) => claim === undefined));
      return count;
    }

    it('with --keep leaves people signed in', async () => {
      await serving(async (running) => {
        assert.equal(await isSignedIn(), true);
        assert.equal(await refresh(), 'fresh');
        const events = (await running.store.scan(auditCollection, { limit: 1000 })).items;
        const told = events.filter(({ value }) => value.type === 'store.restored');
        assert.deepEqual(
          told.map(({ value }) => value.details['choice']),
          ['keep'],
        );
      });
    });

    it('with --revoke signs everybody out, and they can sign in anew', async () => {
      const { stdout } = await ok(['restore', file, '--revoke', '--replace']);
      assert.match(stdout, /issued to 1 people .*1 sets of one-time codes/u);
      await serving(async () => {
        assert.equal(await isSignedIn(), false);
        assert.equal(await refresh(), 'invalid_grant');
        const again = await signIn(webmail, { ...alice, code: () => alice.code(1) });
        assert.equal(again.claims.sub, alice.person.id);
      });
    });

    it('names the keys that come back, as they were retired after the backup', async () => {
      const state = async () =>
        (await ok(['keys', 'list', '--json'])).json['signing'] as { kid: string; state: string }[];
      const [signing] = await state();
      assert.equal(signing?.state, 'signing');
      const kid = signing?.kid ?? '';
      const again = join(server.folder, 'before-the-leak.backup');
      await ok(['backup', again]);
      assert.doesNotMatch(
        (await ok(['restore', again, '--keep', '--replace'])).stdout,
        /keys come back/u,
      );
      await ok(['keys', 'retire', '--leaked', '--yes', kid]);
      const { stdout } = await ok(['restore', again, '--keep', '--replace']);
      const told = `These keys come back.*\n {2}signing ${kid}\nEach that has leaked.*retire KID --leaked`;
      assert.match(stdout, new RegExp(told, 'u'));
      await ok(['keys', 'retire', '--leaked', '--yes', kid]);
      const { json } = await ok(['restore', again, '--keep', '--replace', '--json']);
      assert.deepEqual(json['keys_back'], [{ kind: 'signing', kid }]);
      await ok(['keys', 'retire', '--leaked', '--yes', kid]);
      assert.ok((await state()).every((key) => key.kid !== kid));
    });

    it('works on another machine, which has the key', async () => {
      const elsewhere = join(server.folder, 'elsewhere', 'latchkey.db');
      const env = { LATCHKEY_STORE_PATH: elsewhere };
      const { json } = await ok(['restore', file, '--keep', '--json'], env);
      assert.equal(json['moved_aside'], null);
      assert.equal(statSync(elsewhere).mode & 0o777, 0o600);
      assert.equal(statSync(join(elsewhere, '..')).mode & 0o777, 0o700);
      const left = readdirSync(join(elsewhere, '..')).toSorted();
      assert.deepEqual(left, ['latchkey.db', 'latchkey.db.lock']);
      await ok(['user', 'show', 'alice'], env);
    });

    it('works with a key that has been followed by another one', async () => {
      const rotated = newKeyFile(readFileSync(keyFile, 'utf8'));
      await ok(['restore', file, '--keep', '--replace'], rotated);
      await ok(['keys', 'rotate', 'encryption'], rotated);
      const later = join(server.folder, 'later.backup');
      await ok(['backup', later], rotated);
      await ok(['restore', later, '--keep', '--replace'], rotated);
      assert.match(
        await refused(['restore', later, '--keep', '--replace'], 1),
        /is not among the keys here/u,
      );
    });

    it('moves a ruined store aside with all that is beside it', async () => {
      const ruined = join(server.folder, 'ruined', 'latchkey.db');
      mkdirSync(join(ruined, '..'));
      for (const end of ['', '-wal', '-shm']) writeFileSync(ruined + end, `ruined${end}`);
      const { json } = await ok(['restore', file, '--keep', '--replace', '--json'], {
        LATCHKEY_STORE_PATH: ruined,
      });
      for (const end of ['', '-wal', '-shm'])
        assert.equal(readFileSync(String(json['moved_aside']) + end, 'utf8'), `ruined${end}`);
      assert.equal(json['keys_back'], null, 'nobody knows');
      await ok(['user', 'show', 'alice'], { LATCHKEY_STORE_PATH: ruined });
    });
  });
});
