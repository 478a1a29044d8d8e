/** The listener of the metrics: one path, two methods, nothing else, and nobody is kept waiting. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { startMetrics, type MetricsListener } from '../../../src/server/metrics/listener.ts';
import { sendRaw } from '../../support/raw-http.ts';

const HOST = '127.0.0.1';

describe('the listener of the metrics', () => {
  let listener: MetricsListener;
  afterEach(() => listener.close());

  const start = async (read: () => Promise<string>, failed?: (error: unknown) => void) => {
    listener = await startMetrics({ host: HOST, port: 0, read, ...(failed ? { failed } : {}) });
  };
  const ask = async (path: string, method = 'GET', body = '') => {
    const asked = request({ host: HOST, port: listener.port, path, method }).end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { answer, text: (await answer.toArray()).join('') };
  };

  it('answers GET and HEAD at /metrics', async () => {
    await start(async () => 'some 1\n');
    const { answer, text } = await ask('/metrics');
    assert.equal(answer.statusCode, 200);
    assert.equal(text, 'some 1\n');
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal((await ask('/metrics?x=1')).answer.statusCode, 200);
    const head = await ask('/metrics', 'HEAD');
    assert.equal(head.answer.statusCode, 200);
    assert.equal(head.text, '');
  });

  it('answers nothing else', async () => {
    await start(async () => 'some 1\n');
    for (const path of ['/', '/metrics/', '/healthz', '/auth', '//metrics', '/METRICS'])
      assert.equal((await ask(path)).answer.statusCode, 404, path);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const { answer } = await ask('/metrics', method);
      assert.equal(answer.statusCode, 405, method);
      assert.equal(answer.headers.allow, 'GET, HEAD');
    }
  });

  it('is no proxy, and has one host', async () => {
    await start(async () => 'some 1\n');
    const { port } = listener;
    for (const target of ['http://evil.test/metrics', '*', `http://${HOST}:${port}/metrics`])
      assert.equal((await sendRaw(port, [`GET ${target} HTTP/1.1`, 'Host: x'])).status, 400);
    const twice = ['GET /metrics HTTP/1.1', 'Host: x', 'Host: y'];
    assert.equal((await sendRaw(port, twice)).status, 400);
    assert.equal((await sendRaw(port, twice.slice(0, 2))).status, 200);
  });

  it('does not wait for a body, nor for what else comes with it', async () => {
    await start(async () => 'some 1\n');
    const { answer } = await ask('/metrics', 'POST', 'x'.repeat(10_000));
    assert.equal(answer.statusCode, 405);
    assert.equal(answer.headers.connection, 'close');
    const socket = connect(listener.port, HOST);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc');
    const received = (await socket.toArray()).join('');
    assert.match(received, /^HTTP\/1.1 200 /u);
  });

  it('reads once for scrapes at the same time, and says 503 when it cannot read', async () => {
    let reads = 0;
    const going = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const failures: unknown[] = [];
    const read = (): Promise<string> => {
      reads += 1;
      begun.resolve();
      return reads === 1 ? going.promise : Promise.reject(new Error('secret reason'));
    };
    await start(read, (error) => failures.push(error));
    const first = ask('/metrics');
    await begun.promise;
    const second = ask('/metrics');
    // A third one is answered after the second has been taken in.
    await ask('/elsewhere');
    going.resolve('some 1\n');
    assert.deepEqual([(await first).text, (await second).text], ['some 1\n', 'some 1\n']);
    assert.equal(reads, 1);
    const { answer, text } = await ask('/metrics');
    assert.equal(answer.statusCode, 503);
    assert.doesNotMatch(text, /secret reason/u);
    assert.match(String(failures), /secret reason/u);
  });

  it('says which port is in use, and by which key to choose another', async () => {
    await start(async () => '');
    const again = startMetrics({ host: HOST, port: listener.port, read: async () => '' });
    await assert.rejects(again, (error: Error) => {
      assert.match(error.message, new RegExp(`Port ${listener.port} on 127.0.0.1`, 'u'));
      assert.match(error.message, /LATCHKEY_METRICS_PORT/u);
      return true;
    });
  });

  it('closes although somebody keeps a connection', async () => {
    await start(async () => '');
    const socket = connect(listener.port, HOST);
    socket.on('error', () => {});
    await once(socket, 'connect');
    const ended = once(socket, 'close');
    await listener.close();
    await ended;
    await start(async () => '');
  });
});
