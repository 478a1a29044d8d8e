/** `latchkey migrate` as an operator runs it: there and back, broken off, refused. */
import { OPERATOR } from '../../src/audit/actor.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { auditCollection, newEvent } from '../../src/audit/event.ts';
import { claimInstallation } from '../../src/migration/installation.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { MARKER, markerCollection } from '../../src/migration/marker.ts';
import type { StoreOptions } from '../../src/storage/options.ts';
import { lockStore, openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { startChild } from '../support/child.ts';
import {
  MAIN,
  newInstallation,
  type Installation,
  type Ran,
  inherited,
} from '../support/command-line.ts';
import { addPerson } from '../support/operator.ts';
import { addOrganisation } from '../../src/operations/organisations/add-organisation.ts';
import { valueOf } from '../../src/result.ts';
import { performedByOperator } from '../support/by-operator.ts';

const SOME = 20_000;

/** Addresses that are not for arguments, mistyped ones too. */
const SECRETS = [
  'mongodb://latchkey:top-secret@db/latchkey',
  'MongoDB://latchkey:top-secret@db/latchkey',
  'mongodb://latchkey:top/-secret@db/latchkey',
  'mongodb://db/latchkey?tlsCertificateKeyFilePassword=top-secret',
];

describe('latchkey migrate', () => {
  let latchkey: Installation;
  let target: StoreOptions;
  let to: string;
  beforeEach(async () => {
    latchkey = await newInstallation();
    const path = join(latchkey.folder, 'there', 'latchkey.db');
    target = { engine: 'sqlite', path };
    to = `sqlite:${path}`;
  });
  afterEach(() => latchkey.remove());

  async function within<T>(options: StoreOptions, work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore(options, COLLECTIONS, { now: Date.now });
    return work(store).finally(() => store.close());
  }

  async function ok(args: readonly string[]): Promise<Ran> {
    const ran = await latchkey.run(args);
    assert.equal(ran.code, 0, ran.stderr);
    return ran;
  }

  async function refused(args: readonly string[], code = 1): Promise<string> {
    const ran = await latchkey.run(args);
    assert.equal(ran.code, code, ran.stdout);
    return ran.stderr;
  }

  /** An installation with `events` audit events, each with an expiry of its own. */
  async function fill(events: number): Promise<void> {
    const at = Date.now();
    await within(latchkey.store, async (store) => {
      await claimInstallation(store, 'production', at);
      valueOf(
        await addOrganisation({ store }, performedByOperator(at), {
          name: 'Acme',
          mfa: 'required',
        }),
      );
      const names = { login: 'alice', email: 'a@acme.test', name: 'Älice' };
      await addPerson(store, { organisation: 'acme', ...names }, at);
      for (let done = 0; done < events; done += 2_000)
        await Promise.all(Array.from({ length: 2_000 }, (_, n) => put(store, done + n, at)));
    });
  }

  async function put(store: Store, n: number, at: number): Promise<void> {
    const about = { origin: OPERATOR_ORIGIN, actor: OPERATOR, details: { n } };
    const event = newEvent({ type: 'person.changed', at, ...about });
    await store.insert(auditCollection, event.id, event, { expiresAt: at + 3_600_000 + n });
  }

  /** Everything but the marks, in an order of its own. */
  async function contents(options: StoreOptions): Promise<string[]> {
    const lines: string[] = [];
    await within(options, async (store) => {
      for (const kind of COLLECTIONS) {
        if (kind.name === markerCollection.name) continue;
        let after: string | undefined;
        do {
          const page = await store.scan(kind, { limit: 1_000, after });
          for (const entry of page.items) lines.push(JSON.stringify([kind.name, entry]));
          after = page.next;
        } while (after !== undefined);
      }
    });
    return lines.toSorted();
  }

  it('moves everything with its expiry, and leaves the old store where nobody uses it', async () => {
    await fill(0);
    await ok(['client', 'add', 'Webmail', '--redirect-uri', 'https://webmail.example/cb']);
    await ok(['group', 'add', 'acme/staff']);
    await ok(['user', 'set', 'alice', '--group', 'staff', '--attribute', 'department=Sales']);
    const before = await contents(latchkey.store);
    for (const kind of ['group', 'group_name', 'membership', 'profile'])
      assert.ok(
        before.some((line) => line.startsWith(`["${kind}",`)),
        kind,
      );
    const { json, stderr } = await ok(['migrate', '--to', to, '--json']);
    const cannotKnow = /Nobody can tell whether a server uses mongodb:/u;
    assert.equal(cannotKnow.test(stderr), latchkey.store.engine === 'mongodb');
    assert.equal(json['documents'], before.length);
    assert.deepEqual(await contents(target), before);

    for (const command of [['user', 'list'], ['serve']])
      assert.match(await refused(command), /was moved to sqlite:.*--forget/su);
    const there = { ...latchkey.env, LATCHKEY_STORE_ENGINE: 'sqlite' };
    Object.assign(latchkey.env, there, { LATCHKEY_STORE_PATH: to.slice('sqlite:'.length) });
    assert.match((await ok(['user', 'list', '--group', 'acme/staff'])).stdout, /Älice/u);
  });

  it('--forget lets the old store be used again', async () => {
    await fill(0);
    await ok(['migrate', '--to', to]);
    await refused(['user', 'list']);
    assert.match((await ok(['migrate', '--forget'])).stdout, /can be used again/u);
    await ok(['setup-link']);
    assert.match((await ok(['migrate', '--forget'])).stdout, /was not moved/u);
  });

  it('a store that was left is not moved again unasked', async () => {
    await fill(0);
    const { stdout } = await ok(['migrate', '--to', to]);
    assert.match(stdout, /encryption key \(encryption\.key_file, \/.*every machine needs it/u);
    const elsewhere = `sqlite:${join(latchkey.folder, 'elsewhere', 'latchkey.db')}`;
    for (const other of [elsewhere, to])
      assert.match(await refused(['migrate', '--to', other]), /was moved to sqlite:.*--forget/su);
    await ok(['migrate', '--forget']);
    await ok(['migrate', '--to', elsewhere]);
  });

  it('is not given up while it runs', async (t) => {
    const { store } = latchkey;
    if (store.engine !== 'sqlite') return t.skip('nobody can know that of MongoDB');
    await fill(0);
    const running = lockStore(store);
    try {
      assert.match(await refused(['migrate', '--forget']), /Nothing else may use sqlite:/u);
    } finally {
      running.release();
    }
  });

  it('refuses what cannot be meant, and changes nothing', async () => {
    assert.match(await refused(['migrate', '--to', to]), /There is no store at/u);
    await fill(0);
    assert.match(await refused(['migrate'], 2), /--to is missing/u);
    assert.match(await refused(['migrate', '--to', 'oracle'], 2), /"oracle" is no store/u);
    for (const secret of SECRETS) {
      const told = await refused(['migrate', '--to', secret], 2);
      assert.match(told, /LATCHKEY_STORE_MONGODB_URL_FILE/u);
      assert.doesNotMatch(told, /secret/u);
    }
    const { store } = latchkey;
    if (store.engine === 'sqlite')
      assert.match(
        await refused(['migrate', '--to', `sqlite:${store.path}`], 2),
        /the same store/u,
      );
    await ok(['setup-link']);
  });

  it('refuses a target that is not empty', async () => {
    await fill(0);
    await within(target, (store) => put(store, 1, Date.now()));
    assert.match(await refused(['migrate', '--to', to]), /not empty.*audit_event/su);
    await ok(['setup-link']);
    assert.equal((await contents(target)).length, 1);
  });

  it('refuses a store that is being served', async (t) => {
    if (latchkey.store.engine !== 'sqlite') return t.skip('nobody can know that of MongoDB');
    const server = await startChild([MAIN, 'serve'], {
      cwd: latchkey.folder,
      env: latchkey.env,
      ready: /Latchkey is ready/u,
    });
    try {
      assert.match(
        await refused(['migrate', '--to', to]),
        /stop its server.*Another server is serving/su,
      );
    } finally {
      await server.stop();
    }
  });

  /** A migration that is ended by `signal` once some of it is there. */
  async function brokenOff(
    signal: NodeJS.Signals,
  ): Promise<{ code: number | null; stderr: string }> {
    await fill(SOME);
    const child = spawn(process.execPath, [MAIN, 'migrate', '--to', to], {
      cwd: latchkey.folder,
      env: { ...inherited(), ...latchkey.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, 'close') as Promise<[number | null]>;
    await untilPartlyThere();
    child.kill(signal);
    const [code] = await ended;
    return { code, stderr };
  }

  async function untilPartlyThere(): Promise<void> {
    while (target.engine === 'sqlite' && !existsSync(target.path)) await turn();
    await within(target, async (store) => {
      for (;;) {
        // How far it is is noted from time to time only.
        if ((await store.scan(auditCollection, { limit: 1 })).items.length > 0) return;
        await turn();
      }
    });
  }

  it('killed in the middle, it leaves nothing that could be used, and goes on where it was', async () => {
    assert.equal((await brokenOff('SIGKILL')).code, null);
    assert.match(await refused(['user', 'list']), /has not finished/u);
    const there = { ...latchkey, env: { ...latchkey.env } };
    Object.assign(there.env, { LATCHKEY_STORE_ENGINE: 'sqlite', LATCHKEY_STORE_PATH: to.slice(7) });
    const half = await startChild([MAIN, 'serve'], {
      cwd: latchkey.folder,
      env: there.env,
      ready: /Latchkey is ready/u,
    }).then(
      () => 'started',
      (error: Error) => error.message,
    );
    assert.match(half, /migration from .* into this store has not finished/u);
    await ok(['migrate', '--to', to]);
    await ok(['migrate', '--forget']);
    assert.deepEqual(await contents(target), await contents(latchkey.store));
  });

  it('told to stop, it says how to go on', async () => {
    const { code, stderr } = await brokenOff('SIGTERM');
    assert.equal(code, 1);
    assert.match(stderr, /Stopped\. The same command goes on/u);
    await ok(['migrate', '--to', to]);
  });

  it('an unfinished one is continued from its own source only', async () => {
    const { store } = latchkey;
    await fill(0);
    if (store.engine !== 'sqlite') return;
    const done = { role: 'target', source: 'sqlite:/elsewhere.db', done: {} } as const;
    await within(target, (there) => there.put(markerCollection, MARKER, done));
    assert.match(
      await refused(['migrate', '--to', to]),
      /unfinished migration from sqlite:\/elsewhere/u,
    );
    const copy = join(latchkey.folder, 'copy.db');
    await copyFile(store.path, copy);
    assert.match(
      await refused(['migrate', '--from', to, '--to', `sqlite:${copy}`]),
      /holds only a part/u,
    );
  });
});
