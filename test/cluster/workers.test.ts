/** `serve --workers N`: how the processes start, replace one another and end. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { startChild, type Child, type ChildOptions } from '../support/child.ts';
import { workersOf } from '../support/workers-of.ts';
import { startCluster, untilReady, type TestCluster } from '../support/cluster.ts';
import { MAIN, newInstallation, type Installation } from '../support/command-line.ts';
import { isSignedIn } from '../support/factors.ts';
import { Visitor } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import { freePort } from '../support/free-port.ts';
import { beginSlowly } from '../support/slow-request.ts';
import { type TestPerson } from '../support/server.ts';

const linesOf = ({ lines }: Child, said: RegExp): number =>
  lines.filter((line) => said.test(line)).length;

function serve(
  { folder, env }: Installation,
  {
    args = ['--workers', '2'],
    more = {},
    ready = untilReady(2),
  }: { args?: string[]; more?: Record<string, string>; ready?: ChildOptions['ready'] } = {},
): Promise<Child> {
  return startChild([MAIN, 'serve', ...args], { cwd: folder, env: { ...env, ...more }, ready });
}

describe('a worker that is killed', () => {
  let cluster: TestCluster;
  let webmail: Registration;
  before(async () => {
    cluster = await startCluster({ processes: 3, workers: true });
    webmail = await cluster.addClient();
  });
  after(() => cluster.stop());

  const signIn = async (person: TestPerson): Promise<Visitor> =>
    (await (await new Visitor(cluster, webmail).start()).password(person)).totp(person);

  it('is replaced, one after the other, and the sign-ins go on', async () => {
    const [machine] = cluster.machines;
    assert.ok(machine);
    const { child } = machine;
    const person = await cluster.addPerson({}, { totp: true });
    const session = await signIn(person);
    const begun: Visitor[] = [];
    for (const [nth, pid] of workersOf(child).entries()) {
      begun.push(await new Visitor(cluster, webmail).start());
      begun.push(await (await new Visitor(cluster, webmail).start()).password(person));
      process.kill(pid, 'SIGKILL');
      await child.said(new RegExp(`"died":${nth + 1},.*a worker has died`, 'u'));
      begun.push(await new Visitor(cluster, webmail).start());
      assert.ok((await session.silently()).back?.code);
      await child.said(new RegExp(`"worker":${nth + 4},.*Latchkey is ready`, 'u'));
      assert.equal(workersOf(child).length, 3);
    }
    for (const visitor of begun) {
      if (visitor.step === 'password') await visitor.password(person);
      await visitor.totp(person);
      assert.ok(isSignedIn(visitor.page), visitor.notice);
      await visitor.tokens();
    }
    assert.ok((await session.silently()).back?.code);
    assert.equal(linesOf(child, /a worker has died/u), 3);
    assert.deepEqual(await cluster.stopProcesses(), [0]);
    const answered = new Set(cluster.answers().map((one) => one.process.split('/')[1]));
    assert.deepEqual([...answered].toSorted(), ['1', '2', '3', '4', '5', '6']);
    assert.ok(cluster.balancer.passed.every(({ status }) => status < 500));
  });
});

/** Whoever has ended is listed until the system has noticed, as the process that would have is gone. */
async function untilGone(pid: number): Promise<void> {
  const isListed = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
      return false;
    }
  };
  for (const until = performance.now() + 60_000; isListed(); await setImmediate())
    assert.ok(performance.now() < until, `${pid} goes on`);
}

describe('several workers', () => {
  let latchkey: Installation;
  before(async () => {
    latchkey = await newInstallation();
  });
  after(() => latchkey.remove());

  const status = async (path = '/readyz'): Promise<number> =>
    (await fetch(`${latchkey.issuer}${path}`, { headers: { connection: 'close' } })).status;

  it('on an empty store, say once what makes the set-up link', async () => {
    const server = await serve(latchkey, { args: ['--workers', '3'], ready: untilReady(3) });
    assert.equal(await status(), 200);
    assert.equal(await server.stop(), 0);
    assert.equal(linesOf(server, /token=/u), 0, server.output());
    assert.equal(linesOf(server, /no administrator yet/u), 1, server.output());
  });

  it('finish the request in flight, and end with the first process that is told to stop alone', async () => {
    const server = await serve(latchkey);
    const { slow, answered } = await beginSlowly(latchkey);
    // Answered: the workers take turns, so the one before it has taken the slow one.
    assert.equal(await status('/healthz'), 200);
    const ended = server.stop();
    slow.end('credentials');
    const [answer] = await answered;
    assert.equal(answer.statusCode, 400);
    answer.resume();
    assert.equal(await ended, 0);
    assert.equal(linesOf(server, /no administrator yet/u), 1, server.output());
    assert.equal(linesOf(server, /"Latchkey has stopped"/u), 2);
    assert.equal(linesOf(server, /"all workers have stopped"/u), 1);
    assert.equal(linesOf(server, /has died/u), 0);
    assert.deepEqual(server.errors, []);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    it(`end when all are told to stop at once, as a terminal does (${signal})`, async () => {
      // They come of the configuration alone as well: of a variable here, of a file below.
      const server = await serve(latchkey, { args: [], more: { LATCHKEY_WORKERS: '2' } });
      const workers = workersOf(server);
      assert.equal(workers.length, 2);
      for (const pid of workers) process.kill(pid, signal);
      assert.equal(await server.stop(signal), 0);
      assert.equal(linesOf(server, /has died/u), 0, server.output());
      assert.deepEqual(server.errors, []);
    });

  it('end while the first one is starting still', async () => {
    const port = String(await freePort());
    const server = await serve(latchkey, {
      more: { LATCHKEY_METRICS_ENABLED: 'true', LATCHKEY_METRICS_PORT: port },
      ready: /metrics/u,
    });
    assert.equal(linesOf(server, /Latchkey is ready/u), 0, server.output());
    assert.equal(await server.stop(), 0);
    assert.equal(linesOf(server, /has died/u), 0);
    assert.deepEqual(server.errors, []);
  });

  it('end while one that was killed is being replaced', async () => {
    const server = await serve(latchkey);
    const [one = 0] = workersOf(server);
    process.kill(one, 'SIGKILL');
    await server.said(/a worker has died/u);
    assert.equal(await status(), 200, 'the other one answers');
    assert.equal(await server.stop(), 0);
    assert.equal(linesOf(server, /Latchkey is ready"/u), 2, 'nothing was started any more');
  });

  it('finish the request in flight, and end in order, when the first process is killed', async () => {
    const server = await serve(latchkey);
    const workers = workersOf(server);
    const { slow, answered } = await beginSlowly(latchkey);
    assert.equal(await status('/healthz'), 200);
    process.kill(server.pid, 'SIGKILL');
    // The one that has nothing to finish.
    await server.said(/"Latchkey has stopped"/u);
    slow.end('credentials');
    const [answer] = await answered;
    assert.equal(answer.statusCode, 400);
    answer.resume();
    // Once nobody writes any more where the workers do as well.
    assert.equal(await server.ended, 128 + 9);
    for (const pid of workers) await untilGone(pid);
    assert.equal(linesOf(server, /"Latchkey has stopped"/u), 2, server.output());
    assert.deepEqual(server.errors, []);
  });

  const ofTwo = async (): Promise<string> => {
    const file = join(latchkey.folder, 'workers.yaml');
    await writeFile(file, 'workers: 2\n');
    return file;
  };
  /** Of a file that says how many. */
  let next: Child | undefined;

  it('end with the first process that is killed, and another server can start at once', async () => {
    const server = await serve(latchkey);
    const workers = workersOf(server);
    assert.equal(workers.length, 2);
    process.kill(server.pid, 'SIGKILL');
    // Ended by the next test.
    next = await serve(latchkey, { args: ['--config', await ofTwo()] });
    assert.equal(await status(), 200);
    assert.equal(await server.ended, 128 + 9);
    for (const pid of workers) await untilGone(pid);
  });

  it('come of the configuration alone as well', async () => {
    const file = await ofTwo();
    next ??= await serve(latchkey, { args: ['--config', file] });
    assert.equal(workersOf(next).length, 2);
    assert.equal(await next.stop(), 0);
    const one = await serve(latchkey, {
      args: ['--workers', '1', '--config', file],
      ready: /Latchkey is ready/u,
    });
    assert.deepEqual(workersOf(one), [], 'the option goes before the file');
    assert.equal(await one.stop(), 0);
  });

  it('are a whole number from 1 to 256', async () => {
    for (const given of ['0', 'x', '257', '1.5', '']) {
      const ran = await latchkey.run(['serve', '--workers', given]);
      assert.equal(ran.code, 2, given);
      assert.match(ran.stderr, /whole number from 1 to 256/u);
    }
  });
});

describe('a worker that cannot start', () => {
  let latchkey: Installation;
  before(async () => {
    latchkey = await newInstallation();
    // There is a store, and the key is of its making.
    assert.equal((await latchkey.run(['org', 'add', 'Acme'])).code, 0);
  });
  after(() => latchkey.remove());

  /** How it ended, and how often it said so. */
  async function fails(said: RegExp): Promise<void> {
    const ran = await latchkey.run(['serve', '--workers', '3']);
    assert.equal(ran.code, 1, ran.stdout);
    assert.equal(ran.stderr.match(said)?.length, 1, ran.stderr);
    assert.doesNotMatch(ran.stdout, /Latchkey is ready|has died/u);
  }

  it('as the port is in use', async () => {
    const port = Number(new URL(latchkey.issuer).port);
    const other = await newInstallation();
    const env = { LATCHKEY_LISTEN_PORT: String(port) };
    const server = await serve(other, { args: [], more: env, ready: /Latchkey is ready/u });
    try {
      await fails(/is in use/gu);
    } finally {
      await server.stop();
      await other.remove();
    }
  });

  it('as the key is another one', async () => {
    const key = latchkey.env['LATCHKEY_ENCRYPTION_KEY_FILE'] ?? '';
    await writeFile(key, `${Buffer.alloc(32, 7).toString('base64url')}\n`);
    await fails(/does not belong/gu);
  });
});
