/**
 * Signals to a server that is in use: `SIGHUP` reads the configuration again, in several processes by
 * replacing them one after the other, and nobody is refused meanwhile; `SIGUSR2` makes the log say more;
 * none of them ends it or opens a debugger.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { Agent, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startChild, type Child } from '../support/child.ts';
import { untilReady } from '../support/cluster.ts';
import { MAIN, newInstallation, type Installation } from '../support/command-line.ts';

const BROKEN = 'log:\n  level: loud\n';

/** Requests without a pause, over connections that are kept and over new ones, until it is stopped. */
class Traffic {
  readonly statuses = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: false })];
  readonly #all: Promise<unknown>;

  constructor(issuer: string) {
    const paths = ['/readyz', '/token'];
    this.#all = Promise.all(
      this.#agents.flatMap((agent) => paths.map((path) => this.#goOn(issuer + path, agent))),
    );
    this.#all.catch(() => {});
  }

  async #goOn(url: string, agent: Agent): Promise<void> {
    const { method, key } = url.endsWith('/token')
      ? { method: 'POST', key: 'token' }
      : { method: 'GET', key: 'page' };
    while (!this.#stopping.signal.aborted) {
      const status = await statusOf(url, agent, method).catch(String);
      const name = `${key} ${status}`;
      this.statuses.set(name, (this.statuses.get(name) ?? 0) + 1);
    }
  }

  async stop(): Promise<string[]> {
    this.#stopping.abort();
    await this.#all;
    for (const agent of this.#agents) agent.destroy();
    return [...this.statuses.keys()].toSorted();
  }
}

async function statusOf(url: string, agent: Agent, method: string): Promise<number> {
  const sent = request(url, { agent, method, headers: { 'content-length': '0' } }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  return answer.statusCode ?? 0;
}

/** Pages are answered; a token request without a client is refused by the provider, and by nobody else. */
const ALL_ANSWERED = ['page 200', 'token 400'];

const count = ({ lines }: Child, said: RegExp): number =>
  lines.filter((line) => said.test(line)).length;

/** Once it has said that so often. */
async function saidTimes(child: Child, said: RegExp, times: number): Promise<void> {
  while (count(child, said) < times) await pause(10);
}

for (const workers of [1, 2])
  describe(`a server of ${workers} process(es) that is in use`, () => {
    let latchkey: Installation;
    let server: Child;
    let file: string;
    before(async () => {
      latchkey = await newInstallation();
      file = join(latchkey.folder, 'config.yaml');
      await writeFile(file, 'log:\n  level: info\n');
      server = await startChild([MAIN, 'serve', '--workers', String(workers), '--config', file], {
        cwd: latchkey.folder,
        env: latchkey.env,
        ready: workers === 1 ? /Latchkey is ready/u : untilReady(workers),
      });
    });
    after(async () => {
      await server.stop();
      await latchkey.remove();
    });

    const signal = (name: NodeJS.Signals): boolean => process.kill(server.pid, name);
    const title = async (): Promise<string> => {
      // A connection of before is answered once more by whoever has it.
      const headers = { connection: 'close' };
      const page = await (await fetch(latchkey.issuer, { headers })).text();
      return /<title>(.*?)<\/title>/su.exec(page)?.[1] ?? '';
    };

    /** A worker that was told to go may get one more connection before it has heard of it. */
    const untilCalled = async (name: string): Promise<void> => {
      while (!(await title()).includes(name)) await pause(10);
    };

    it('takes a new configuration without refusing anybody', async () => {
      const traffic = new Traffic(latchkey.issuer);
      await writeFile(file, 'log:\n  level: info\nbranding:\n  name: Nebula\n');
      signal('SIGHUP');
      if (workers === 1) await server.said(/configuration has been read again/u);
      else await server.said(/all workers that could be replaced have been/u);
      await untilCalled('Nebula');
      assert.deepEqual(await traffic.stop(), ALL_ANSWERED);
      assert.equal(count(server, /a worker has been replaced/u), workers === 1 ? 0 : workers);
      assert.equal(count(server, /has died|cannot start/u), 0, server.output());
    });

    it('goes on as it was with a broken one, and says what is wrong', async () => {
      await writeFile(file, BROKEN);
      signal('SIGHUP');
      await server.said(/log\.level.*everything is as before/u);
      assert.match(await title(), /Nebula/u);
    });

    it('names what needs a restart, and takes the rest', async () => {
      await writeFile(
        file,
        'log:\n  level: info\nbranding:\n  name: Quasar\nmetrics:\n  port: 9\n',
      );
      signal('SIGHUP');
      await server.said(/"keys":\["metrics\.port"\].*need a restart/u);
      if (workers > 1) await saidTimes(server, /all workers that could be replaced have been/u, 2);
      await untilCalled('Quasar');
    });

    it('says more in its log on SIGUSR2, and on the next one no longer', async () => {
      signal('SIGUSR2');
      await saidTimes(
        server,
        /"level":"debug".*the log says more/u,
        workers === 1 ? 1 : workers + 1,
      );
      signal('SIGUSR2');
      await saidTimes(server, /what is configured again/u, workers === 1 ? 1 : workers + 1);
    });

    it('opens no debugger on SIGUSR1', async () => {
      signal('SIGUSR1');
      signal('SIGUSR2');
      await saidTimes(server, /the log says more/u, 2 * (workers === 1 ? 1 : workers + 1));
      assert.doesNotMatch(server.output(), /debugger/iu);
    });

    it('ends on SIGTERM all the same', async () => {
      assert.equal(await server.stop(), 0);
      assert.deepEqual(server.errors, []);
    });
  });
