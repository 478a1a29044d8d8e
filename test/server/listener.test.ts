/** The port at its end: nobody is left on a connection that is about to be cut. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { openListener } from '../../src/server/listener.ts';
import { freePort } from '../support/free-port.ts';

async function connectionOf(port: number, agent: Agent): Promise<string | undefined> {
  const sent = request({ port, host: '127.0.0.1', agent }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  return answer.headers.connection;
}

describe('from the moment that the process is asked to end', () => {
  it('a connection ends with its next answer, whoever closes the port later', async (t) => {
    const [stop, agent] = [new AbortController(), new Agent({ keepAlive: true })];
    const port = await freePort();
    const listen = { host: '127.0.0.1', port, drain_ms: 0 };
    const held = Promise.withResolvers<() => void>();
    const listener = await openListener(
      { listen },
      (_request, response) => void response.end(),
      stop.signal,
    );
    t.after(async () => {
      agent.destroy();
      await listener.close();
    });
    assert.equal(await connectionOf(port, agent), 'keep-alive');
    listener.handler = (_request, response) => held.resolve(() => response.end());
    const inFlight = connectionOf(port, agent);
    const answerIt = await held.promise;
    stop.abort();
    answerIt();
    assert.equal(await inFlight, 'close');
    listener.handler = (_request, response) => void response.end();
    assert.equal(await connectionOf(port, agent), 'close');
  });
});
