/** The server as a process: first start, second start, a clean stop, and what keeps it from starting. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { startChild } from '../support/child.ts';
import { freePort } from '../support/server.ts';
import { ENGINE } from '../support/stores.ts';
import { MAIN, newInstallation, type Installation } from '../support/command-line.ts';

const READY = /Latchkey is ready/u;

const serve = ({ folder, env }: Installation, more: Record<string, string> = {}) =>
  startChild([MAIN, 'serve'], { cwd: folder, env: { ...env, ...more }, ready: READY });

describe('latchkey serve', () => {
  let latchkey: Installation;
  before(async () => {
    latchkey = await newInstallation();
  });
  after(() => latchkey.remove());

  it('prints a set-up link at the first start only', async () => {
    const first = await serve(latchkey);
    await first.stop();
    const link = /http:\/\/localhost:\d+\/setup\?token=[\w-]{43}/u;
    assert.match(first.output(), link);
    const second = await serve(latchkey);
    await second.stop();
    assert.doesNotMatch(second.output(), link);
    assert.match(second.output(), /setup-link/u);
    const made = await latchkey.run(['setup-link', '--json']);
    assert.match(String(made.json['setup_link']), link);
  });

  it('sees what the command line changes while it runs, within a second', async () => {
    const server = await serve(latchkey);
    try {
      await latchkey.run([
        'client',
        'add',
        'Late',
        '--id',
        'late',
        '--redirect-uri',
        'http://localhost:9/cb',
      ]);
      const ask = () =>
        fetch(`${latchkey.issuer}/auth?client_id=late&response_type=code&scope=openid`, {
          redirect: 'manual',
        });
      assert.equal((await ask()).status, 303, 'known at once: the error goes to the app');
      await latchkey.run(['client', 'remove', 'late']);
      await server.shiftClock(1000);
      assert.equal((await ask()).status, 400, 'gone a second later');
    } finally {
      await server.stop();
    }
  });

  it('refuses a second server on the same store, with a message', async () => {
    const server = await serve(latchkey);
    try {
      const other = await latchkey.run(['serve']);
      assert.equal(other.code, 1);
      assert.match(other.stderr, /already|another/iu);
    } finally {
      await server.stop();
    }
  });

  it('finishes the request in flight on SIGTERM, then ends', async () => {
    const server = await serve(latchkey);
    const { port } = new URL(latchkey.issuer);
    const answered = new Promise<number>((resolve, reject) => {
      const slow = request(
        {
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/token',
          headers: {
            host: `localhost:${port}`,
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': '29',
          },
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      slow.on('error', reject);
      slow.write('grant_type=client_', () => {
        process.kill(server.pid, 'SIGTERM');
        slow.end('credentials');
      });
    });
    assert.equal(await answered, 400);
    assert.equal(await server.ended, 0);
    assert.match(server.output(), /Latchkey has stopped/u);
  });

  it('while it drains it goes on answering, not ready any more, on connections that end', async () => {
    const server = await serve(latchkey, { LATCHKEY_LISTEN_DRAIN_MS: '1500' });
    const agent = new Agent({ keepAlive: true });
    const ask = async (path: string): Promise<{ status: number; connection: string }> => {
      const { port } = new URL(latchkey.issuer);
      const sent = request({ port, host: '127.0.0.1', path, agent });
      const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage];
      await once(answer.resume(), 'end');
      return { status: answer.statusCode ?? 0, connection: answer.headers.connection ?? '' };
    };
    assert.deepEqual(await ask('/readyz'), { status: 200, connection: 'keep-alive' });
    const stopped = server.stop();
    let answer = await ask('/readyz');
    while (answer.status === 200) answer = await ask('/readyz');
    assert.deepEqual(answer, { status: 503, connection: 'close' });
    assert.deepEqual(await ask('/healthz'), { status: 200, connection: 'close' });
    assert.equal(await stopped, 0);
    agent.destroy();
  });

  it('with several workers, all that they count is in one answer', async () => {
    const port = String(await freePort());
    const server = await startChild([MAIN, 'serve', '--workers', '2'], {
      cwd: latchkey.folder,
      env: { ...latchkey.env, LATCHKEY_METRICS_ENABLED: 'true', LATCHKEY_METRICS_PORT: port },
      ready: /"worker":2,.*Latchkey is ready/u,
    });
    try {
      const asked = await Promise.all(
        Array.from({ length: 6 }, () =>
          fetch(latchkey.issuer, { headers: { connection: 'close' } }),
        ),
      );
      assert.ok(asked.every(({ status }) => status === 200));
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const labels = 'method="GET",route="/",status="200"';
      assert.match(metrics, /^latchkey_workers_answering 2$/mu);
      assert.ok(
        metrics.includes(`latchkey_http_request_duration_seconds_count{${labels}} 6\n`),
        metrics,
      );
      const workers = new Set(
        server.lines.flatMap((line) => /"worker":(\d).*"GET"/u.exec(line)?.[1] ?? []),
      );
      assert.equal(workers.size, 2);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });

  it('says which port is in use', async () => {
    const server = await serve(latchkey);
    try {
      const other = await newInstallation();
      const ran = await startChild([MAIN, 'serve'], {
        cwd: other.folder,
        env: { ...other.env, LATCHKEY_LISTEN_PORT: new URL(latchkey.issuer).port },
        ready: READY,
      }).then(
        () => 'started',
        (error: Error) => error.message,
      );
      assert.match(ran, /in use/u);
      await other.remove();
    } finally {
      await server.stop();
    }
  });

  it('does not touch a store that a newer version has written', async (t) => {
    if (ENGINE !== 'sqlite') return t.skip('test/storage/mongo-schema.test.ts has it');
    const newer = await newInstallation();
    await newer.run(['org', 'add', 'Acme']);
    const path = newer.store.engine === 'sqlite' ? newer.store.path : '';
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const before_ = await readFile(path);
    for (const command of [['serve'], ['user', 'list']]) {
      const { code, stderr } = await newer.run(command);
      assert.equal(code, 1);
      assert.match(stderr, /written by a newer version.* 99.*Run that version/su);
    }
    assert.deepEqual(await readFile(path), before_);
    return newer.remove();
  });

  it('reports every fault of the configuration at once, and starts nothing', async () => {
    const file = join(latchkey.folder, 'bad.yaml');
    await writeFile(
      file,
      'issuer: http://login.example\nlifetimes:\n  authorization_code: 600\ncolour: red\n',
    );
    const ran = await latchkey.run(['serve', '--config', file]);
    assert.equal(ran.code, 1);
    for (const part of ['authorization_code', 'colour'])
      assert.ok(ran.stderr.includes(part), ran.stderr);
  });

  it('does not start without the key that its store was made with, or with another one', async () => {
    const key = join(latchkey.folder, 'data', 'latchkey.key');
    await writeFile(key, `${Buffer.alloc(32, 7).toString('base64url')}\n`);
    const wrong = await latchkey.run(['serve']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /does not belong/u);
    await rm(key);
    const missing = await latchkey.run(['serve']);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /missing/u);
  });
});
