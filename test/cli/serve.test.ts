/** The server as a process: first start, second start, a clean stop, and what keeps it from starting. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { startChild, type Child } from '../support/child.ts';
import { untilReady } from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import { beginSlowly } from '../support/slow-request.ts';
import { ENGINE } from '../support/stores.ts';
import {
  inherited,
  MAIN,
  newInstallation,
  runHere,
  type Installation,
} from '../support/command-line.ts';

const READY = /Latchkey is ready/u;

const serve = ({ folder, env }: Installation, more: Record<string, string> = {}) =>
  startChild([MAIN, 'serve'], { cwd: folder, env: { ...env, ...more }, ready: READY });

const keyOf = ({ env, folder }: Installation): string =>
  env['LATCHKEY_ENCRYPTION_KEY_FILE'] ?? join(folder, 'data', 'latchkey.key');

const hasScript = (): boolean =>
  /util-linux/u.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout);

/** Serves in a terminal of its own until it is ready, and ends it as a person does; what was shown. */
async function inTerminal({ folder, env }: Installation, options = ''): Promise<string> {
  const command = `exec "${process.execPath}" "${MAIN}" serve ${options}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: folder,
    env: { ...inherited(), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let [shown, ended] = ['', false];
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    // Ready, and what it has to say has been said: ^C.
    if (ended || !/(?:setup\?token=|Open:\s+http:)[^\n]*\n/u.test(shown)) return;
    ended = true;
    child.stdin.write('\u0003');
  });
  await once(child, 'close');
  return shown;
}

describe('latchkey serve', () => {
  let latchkey: Installation;
  before(async () => {
    latchkey = await newInstallation();
  });
  after(() => latchkey.remove());

  const link = /http:\/\/localhost:\d+\/setup\?token=[\w-]{43}/u;

  it('writes no set-up link where it would be kept, and says what makes one', async () => {
    for (let start = 1; start <= 2; start += 1) {
      const server = await serve(latchkey);
      await server.stop();
      assert.doesNotMatch(server.output(), /token=/u);
      assert.match(server.output(), /no administrator yet/u);
      assert.match(server.output(), /"docker compose exec latchkey latchkey setup-link"/u);
      assert.match(server.output(), /"npm run -s latchkey -- setup-link"/u);
      for (const line of server.lines) assert.ok(JSON.parse(line), line);
      assert.doesNotMatch(server.output(), /npx/u);
    }
    const made = await latchkey.run(['setup-link', '--json']);
    assert.match(String(made.json['setup_link']), link);
  });

  it('prints a set-up link to a terminal, at the first start only', async (t) => {
    if (!hasScript()) return t.skip('there is no script(1) of util-linux here');
    const fresh = await newInstallation();
    try {
      const first = await inTerminal(fresh);
      assert.equal(first.match(/token=/gu)?.length, 1, first);
      assert.match(first, link);
      const lines = (text: string) =>
        text.replaceAll('\r', '').split('^C')[0]?.trimEnd().split('\n') ?? [];
      assert.match(lines(first).at(-1) ?? '', link, first);
      assert.match(
        first,
        /^\d\d:\d\d:\d\d Latchkey is ready \(issuer=http:\/\/localhost:\d+, port=\d+\)\r$/mu,
      );
      assert.doesNotMatch(first, /"level"/u);
      assert.doesNotMatch(first, /no administrator yet/u);
      const second = await inTerminal(fresh);
      assert.doesNotMatch(second, /token=/u);
      assert.match(second, /no administrator yet/u);
      assert.equal(lines(second).at(-1), `  ${fresh.issuer}`, second);
      const several = await inTerminal(fresh, '--workers 2');
      assert.equal(lines(several).at(-1), `  ${fresh.issuer}`, several);
    } finally {
      await fresh.remove();
    }
    return undefined;
  });

  for (const what of ['the key’s file', 'a secret’s file'])
    it(`does not start while others can change ${what}, and says what to type`, async () => {
      const isKey = what.startsWith('the key');
      const path = isKey ? keyOf(latchkey) : join(latchkey.folder, 'smtp');
      if (!isKey) await writeFile(path, 'smtp://127.0.0.1:9\n');
      const env = isKey ? {} : { LATCHKEY_MAIL_SMTP_URL_FILE: path };
      const run = (args: string[]) =>
        runHere(args, {
          cwd: latchkey.folder,
          env: { ...latchkey.env, ...env },
        });
      const tries: [number, string[]][] = [
        [0o666, ['serve']],
        [0o620, ['user', 'list']],
        ...(isKey ? [[0o644, ['serve']] satisfies [number, string[]]] : []),
      ];
      for (const [mode, args] of tries) {
        await chmod(path, mode);
        const { code, stderr } = await run(args);
        assert.equal(code, 1, args.join());
        assert.ok(stderr.includes(`Type: chmod 600 ${path}`), stderr);
      }
      await chmod(path, 0o600);
      // The server that made this store had no mail.
      assert.equal((await run(['user', 'list', '--force'])).code, 0);
    });

  it('tells of a secret that its group can read, once, and starts', async () => {
    const path = join(latchkey.folder, 'smtp');
    await writeFile(path, 'smtp://127.0.0.1:9\n');
    for (const [secret, mode] of [
      [keyOf(latchkey), 0o640],
      [path, 0o644],
    ] as const)
      await chmod(secret, mode);
    const env = { LATCHKEY_MAIL_SMTP_URL_FILE: path, LATCHKEY_MAIL_FROM: 'a@example.org' };
    const server = await startChild([MAIN, 'serve', '--workers', '2'], {
      cwd: latchkey.folder,
      env: { ...latchkey.env, ...env },
      ready: /"worker":2,.*Latchkey is ready/u,
    });
    await server.stop();
    const said = server.output();
    assert.equal(said.match(/its group can read it \(mode 0640\)/gu)?.length, 1, said);
    assert.equal(said.match(/everybody can read it \(mode 0644\)/gu)?.length, 1, said);
    await chmod(keyOf(latchkey), 0o600);
  });

  describe('that runs', () => {
    let server: Child;
    before(async () => {
      server = await serve(latchkey);
    });
    after(() => server.stop());

    it('sees what the command line changes meanwhile, within a second', async () => {
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
      await latchkey.run(['client', 'remove', '--yes', 'late']);
      await server.shiftClock(1000);
      assert.equal((await ask()).status, 400, 'gone a second later');
    });

    it('refuses a second one on the same store, with a message', async () => {
      const other = await latchkey.run(['serve']);
      assert.equal(other.code, 1);
      assert.match(other.stderr, /already|another/iu);
    });

    it('has its port, which another one says', async () => {
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
    });
  });

  it('finishes the request in flight on SIGTERM, then ends', async () => {
    const server = await serve(latchkey);
    const { slow, answered } = await beginSlowly(latchkey);
    process.kill(server.pid, 'SIGTERM');
    slow.end('credentials');
    const [answer] = await answered;
    answer.resume();
    assert.equal(answer.statusCode, 400);
    assert.equal(await server.ended, 0);
    assert.match(server.output(), /Latchkey has stopped/u);
  });

  it('while it drains it goes on answering, not ready any more, on connections that end', async (t) => {
    const server = await serve(latchkey, { LATCHKEY_LISTEN_DRAIN_MS: '5000' });
    const agent = new Agent({ keepAlive: true });
    t.after(() => {
      agent.destroy();
      return server.stop();
    });
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
  });

  it('with several workers, all that they count is in one answer', async () => {
    const port = String(await freePort());
    const server = await startChild([MAIN, 'serve', '--workers', '2'], {
      cwd: latchkey.folder,
      env: { ...latchkey.env, LATCHKEY_METRICS_ENABLED: 'true', LATCHKEY_METRICS_PORT: port },
      ready: untilReady(2),
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
    } finally {
      assert.equal(await server.stop(), 0);
    }
    // What they have to say is all there when they have ended.
    const workers = server.lines.flatMap((line) => /"worker":(\d).*"GET"/u.exec(line)?.[1] ?? []);
    assert.equal(workers.length, 6, server.output());
    assert.deepEqual(new Set(workers), new Set(['1', '2']));
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

  it('says where it cannot listen, and that a file is a folder, before it makes anything', async () => {
    const other = await newInstallation();
    const run = (env: Record<string, string>) =>
      runHere(['serve'], { cwd: other.folder, env: { ...other.env, ...env } });
    const hosts = await run({
      LATCHKEY_LISTEN_HOST: '192.0.2.1',
      LATCHKEY_METRICS_ENABLED: 'true',
      LATCHKEY_METRICS_HOST: '198.51.100.1',
    });
    assert.equal(hosts.code, 1);
    assert.match(hosts.stderr, /2 faults\. Nothing has been started/u);
    assert.match(
      hosts.stderr,
      /listen\.host\s+It is 192\.0\.2\.1, which is no address of this machine/u,
    );
    assert.match(hosts.stderr, /metrics\.host\s+It is 198\.51\.100\.1, which is no address/u);
    assert.match(hosts.stderr, /It has .*127\.0\.0\.1.*; 0\.0\.0\.0 or :: is all of them/u);
    const files = await run({
      LATCHKEY_BRANDING_LOGO: '.',
      LATCHKEY_LIFETIMES_SESSION_IDLE: '90000',
    });
    assert.match(files.stderr, /2 faults.*lifetimes\.session_idle.*branding\.logo/su);
    assert.deepEqual(
      (await readdir(other.folder)).filter((name) => name === 'data' && ENGINE === 'sqlite'),
      [],
    );
    await other.remove();
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
