/** Connections that a worker had been handed and had not taken when it died. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startChild, type Child } from '../support/child.ts';
import { untilReady } from '../support/cluster.ts';
import { MAIN, newInstallation, type Installation } from '../support/command-line.ts';
import { workersOf } from '../support/workers-of.ts';

/** Milliseconds: nobody waits so long unless it is for nobody. */
const FOR_EVER = 30_000;

describe('a connection on its way to a worker that dies', () => {
  let latchkey: Installation;
  let server: Child;
  before(async () => {
    latchkey = await newInstallation();
    server = await startChild([MAIN, 'serve', '--workers', '2'], {
      cwd: latchkey.folder,
      env: latchkey.env,
      ready: untilReady(2),
    });
  });
  after(async () => {
    await server.stop();
    await latchkey.remove();
  });

  let dead: number;
  beforeEach(() => {
    dead = server.lines.filter((line) => /a worker has died/u.test(line)).length;
  });

  /** On a connection of its own: its status, or how that was cut. */
  function ask(): Promise<number | string> {
    const { promise, resolve } = Promise.withResolvers<number | string>();
    const asked = request(`${latchkey.issuer}/healthz`, { agent: false, timeout: FOR_EVER });
    asked.on('response', (answer) => resolve(answer.resume().statusCode ?? 0));
    asked.on('timeout', () => asked.destroy(new Error('nobody answers')));
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asked.end();
    return promise;
  }

  /** As soon as all that died have been replaced. */
  async function untilReplaced(count: number): Promise<void> {
    const last = 2 + dead + count;
    await server.said(new RegExp(`"worker":${last},.*Latchkey is ready`, 'u'));
    for (let one = last; one > last - count; one -= 1)
      await server.said(new RegExp(`"worker":${one},.*Latchkey is ready`, 'u'));
  }

  for (const [nth, many] of [2, 9].entries())
    it(`is answered by another one, also one of ${many} (worker ${nth + 1})`, async () => {
      const [one = 0] = workersOf(server);
      // It is handed what it doesn't take.
      process.kill(one, 'SIGSTOP');
      const asked = Array.from({ length: many }, ask);
      await Promise.race(asked);
      process.kill(one, 'SIGKILL');
      assert.deepEqual(
        await Promise.all(asked),
        Array.from({ length: many }, () => 200),
      );
      await untilReplaced(1);
    });

  it('is cut when the other one is on its way out, and takes no more', async () => {
    const [leaving = 0, other = 0] = workersOf(server);
    const { port } = new URL(latchkey.issuer);
    // One each: whoever has one to finish goes on with it for a while.
    const slow = [connect(Number(port), '127.0.0.1'), connect(Number(port), '127.0.0.1')];
    for (const one of slow) {
      one.on('error', () => {});
      one.write(`POST /token HTTP/1.1\r\nhost: localhost:${port}\r\ncontent-length: 9\r\n\r\n`);
    }
    assert.equal(await ask(), 200);
    process.kill(leaving, 'SIGTERM');
    // Until it has closed its port, all are answered by either.
    for (let count = 0; count < 20; count += 1) await ask();
    process.kill(other, 'SIGSTOP');
    const asked = [ask(), ask()];
    await pause(300);
    process.kill(other, 'SIGKILL');
    for (const answer of await Promise.all(asked))
      assert.match(String(answer), /^(?:200|ECONNRESET|ECONNREFUSED)$/u);
    for (const one of slow) one.destroy();
    await untilReplaced(2);
  });

  it('is cut when there is no other one, and can be made again', async () => {
    const all = workersOf(server);
    for (const one of all) process.kill(one, 'SIGSTOP');
    const asked = Array.from({ length: 5 }, ask);
    // The system has taken their connections by then, whether the first process has dealt them out or not.
    for (const one of all) process.kill(one, 'SIGKILL');
    for (const answer of await Promise.all(asked))
      assert.match(String(answer), /^(?:200|ECONNRESET|ECONNREFUSED)$/u);
    await untilReplaced(2);
    assert.deepEqual(await Promise.all(Array.from({ length: 4 }, ask)), [200, 200, 200, 200]);
  });
});
