/** Moving to a MongoDB that is slow, cuts connections and is away for a while. Runs where MONGODB_URI names a server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { OPERATOR } from '../../src/audit/actor.ts';
import { auditCollection, newEvent } from '../../src/audit/event.ts';
import { claimInstallation } from '../../src/migration/installation.ts';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openStore } from '../../src/storage/open.ts';
import { inherited, MAIN, useInstallation } from '../support/command-line.ts';
import { dropDatabase, MONGODB_URI, serverOf, urlOf } from '../support/mongo.ts';
import { startTcpProxy, type TcpProxy, type Verdict } from '../support/tcp-proxy.ts';

const skip =
  MONGODB_URI === undefined || process.env['TEST_ENGINE'] !== 'mongodb'
    ? 'moves to MongoDB, once'
    : false;
const SOME = 4_000;
/** Milliseconds that an operation may take. */
const TIMEOUT = 1_500;

describe('a migration to a slow MongoDB', { skip }, () => {
  const latchkey = useInstallation();
  const urls: string[] = [];
  let from: string;
  let proxy: TcpProxy;
  before(async () => {
    const path = `${latchkey.folder}/from.db`;
    from = `sqlite:${path}`;
    const store = await openStore({ engine: 'sqlite', path }, COLLECTIONS, { now: Date.now });
    const at = Date.now();
    await claimInstallation(store, 'production', at);
    const about = { origin: OPERATOR_ORIGIN, actor: OPERATOR };
    const events = Array.from({ length: SOME }, (_, n) =>
      newEvent({ type: 'person.changed', at, ...about, details: { n } }),
    );
    await store.writeStored(
      auditCollection,
      events.map((event) => ({ id: event.id, text: JSON.stringify(event) })),
    );
    await store.close();
    proxy = await startTcpProxy(serverOf(urlOf('any')));
  });
  after(async () => {
    await proxy.close();
    for (const url of urls) await dropDatabase(url);
  });
  beforeEach(async () => {
    proxy.onRequest = () => 'pass';
    const url = new URL(urlOf(`slow_${randomBytes(6).toString('hex')}`));
    urls.push(url.href);
    url.host = `127.0.0.1:${proxy.port}`;
    Object.assign(latchkey.env, {
      LATCHKEY_STORE_MONGODB_URL: url.href,
      LATCHKEY_STORE_TIMEOUT_MS: String(TIMEOUT),
    });
    await latchkey.ok(['migrate', '--forget', '--from', from]);
  });

  const isInsert = (message: Buffer): boolean =>
    message.includes('\u0002insert\0') && message.includes('audit_event');
  const migrate = (): string[] => ['migrate', '--from', from, '--to', 'mongodb', '--json'];

  it('takes smaller portions where a large one takes longer than an operation may', async () => {
    proxy.onRequest = async (message): Promise<Verdict> => {
      // A line of 100 kB/s, for what is large.
      if (message.length > 10_000) await pause(message.length / 100);
      return 'pass';
    };
    const { stderr, json } = await latchkey.ok(migrate());
    assert.equal(json['documents'], SOME + 1);
    assert.match(stderr, /Trying again, \d+ documents at a time: MongoDB cannot serve/u);
  });

  it('outlasts lost answers, lost messages and a server that is away', async () => {
    let seen = 0;
    proxy.onRequest = async (message): Promise<Verdict> => {
      if (!isInsert(message)) return 'pass';
      seen += 1;
      if (seen === 2) return 'lose-answer';
      if (seen === 3) return 'lose';
      if (seen === 4) {
        proxy.cut();
        void pause(2 * TIMEOUT).then(() => proxy.mend());
      }
      return 'pass';
    };
    const { json } = await latchkey.ok(migrate());
    assert.equal(json['documents'], SOME + 1);
    assert.ok(seen > 4);
    const again = await latchkey.refused(migrate());
    assert.match(again.stdout, /was moved to mongodb:/u);
  });

  it('killed in the middle, it goes on where it was', async () => {
    const inserts: number[] = [];
    const half = Promise.withResolvers<void>();
    proxy.onRequest = async (message): Promise<Verdict> => {
      if (!isInsert(message)) return 'pass';
      inserts.push(message.length);
      // The others stand still: what is marked is there, and the rest is not.
      if (inserts.length > 2) await half.promise;
      return 'pass';
    };
    const child = spawn(process.execPath, [MAIN, ...migrate()], {
      cwd: latchkey.folder,
      env: { ...inherited(), ...latchkey.env },
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    while (inserts.length < 4) await pause(20);
    child.kill('SIGKILL');
    await ended;
    half.resolve();
    proxy.onRequest = () => 'pass';
    const env = { ...latchkey.env, LATCHKEY_STORE_ENGINE: 'mongodb' };
    const refused = await latchkey.run(['user', 'list'], undefined, { env });
    assert.match(refused.stderr, /migration from sqlite:.* into this store has not finished/u);
    const { json } = await latchkey.ok(migrate());
    assert.equal(json['documents'], SOME + 1);
  });
});
