/** The probes: alive is not ready, and which part is not ready is said, with no reason. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import Koa from 'koa';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { UNBRANDED } from '../../src/branding/brand.ts';
import { brandedViews, loadViews } from '../../src/server/load-views.ts';
import { healthProbes } from '../../src/web/requests/health.ts';
import { absentHandler } from '../../src/web/requests/starting.ts';

interface Served {
  url: string;
  close(): void;
}

async function serve(handler: RequestListener): Promise<Served> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe('the probes', () => {
  const PATIENCE = 50;
  let served: Served;
  let state: 'ready' | 'stopping';
  let lacksKey: boolean;
  let now: number;
  let pings: number;
  let ping: () => Promise<void>;
  beforeEach(async () => {
    state = 'ready';
    lacksKey = false;
    now = 1_800_000_000_000;
    pings = 0;
    ping = async () => {};
    const store = {
      ping() {
        pings += 1;
        return ping();
      },
    };
    const app = new Koa();
    const parts = { store, state: () => state, lacksKey: () => lacksKey, now: () => now };
    app.use(healthProbes(parts, PATIENCE));
    const handle = app.callback();
    served = await serve((request, response) => void handle(request, response));
  });
  afterEach(() => served.close());

  const ask = async (path: string) => {
    const answer = await fetch(`${served.url}${path}`);
    const text = await answer.text();
    return { answer, text, status: answer.status, body: JSON.parse(text) as unknown };
  };
  const notReady = (server: string, store: string) => ({
    status: 'not ready',
    parts: { server, store },
  });

  it('say that all is well, part by part', async () => {
    const { status, body, answer } = await ask('/readyz');
    assert.equal(status, 200);
    assert.deepEqual(body, { status: 'ok', parts: { server: 'ok', store: 'ok' } });
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('retry-after'), null);
    assert.deepEqual((await ask('/healthz')).body, { status: 'ok' });
  });

  it('name the store when it is that, without the reason; the process is alive', async () => {
    ping = () => Promise.reject(new StoreUnavailable('db-7.internal refused the connection'));
    const { status, body, text, answer } = await ask('/readyz');
    assert.equal(status, 503);
    assert.deepEqual(body, notReady('ok', 'unavailable'));
    assert.equal(answer.headers.get('retry-after'), '5');
    assert.ok(!text.includes('db-7'));
    assert.equal((await ask('/healthz')).status, 200);
  });

  it('name the server when it stops', async () => {
    state = 'stopping';
    const { status, body } = await ask('/readyz');
    assert.equal(status, 503);
    assert.deepEqual(body, notReady('stopping', 'ok'));
    assert.equal((await ask('/healthz')).status, 200);
  });

  it('name the keys when one is missing that something was made with, until it is there', async () => {
    lacksKey = true;
    const { status, body } = await ask('/readyz');
    assert.equal(status, 503);
    const parts = { server: 'ok', store: 'ok', keys: 'missing' };
    assert.deepEqual(body, { status: 'not ready', parts });
    assert.equal((await ask('/healthz')).status, 200);
    lacksKey = false;
    assert.equal((await ask('/readyz')).status, 200);
  });

  it('ask the store once a second at most, and see it come back', async () => {
    ping = () => Promise.reject(new Error('gone'));
    const asked = await Promise.all([ask('/readyz'), ask('/readyz'), ask('/readyz')]);
    assert.deepEqual(
      asked.map(({ status }) => status),
      [503, 503, 503],
    );
    ping = async () => {};
    now += 999;
    assert.equal((await ask('/readyz')).status, 503);
    assert.equal(pings, 1);
    now += 1;
    assert.equal((await ask('/readyz')).status, 200);
    assert.equal(pings, 2);
  });

  it('do not wait for a store that hangs, nor ask it again meanwhile', async () => {
    const hanging = Promise.withResolvers<void>();
    ping = () => hanging.promise;
    assert.deepEqual((await ask('/readyz')).body, notReady('ok', 'unavailable'));
    now += 60_000;
    assert.deepEqual((await ask('/readyz')).body, notReady('ok', 'unavailable'));
    assert.equal(pings, 1);
    hanging.resolve();
    assert.equal((await ask('/readyz')).status, 200);
  });
});

describe('before the store is reached', () => {
  let served: Served;
  beforeEach(async () => {
    const issuer = 'https://login.example.test';
    const views = brandedViews(
      await loadViews(),
      { ...UNBRANDED, name: 'Example Sign-in' },
      issuer,
    );
    served = await serve(absentHandler('starting', views, { issuer, default_language: 'zh-Hant' }));
  });
  afterEach(() => served.close());
  const ask = (path: string, accept?: string, method = 'GET') =>
    fetch(`${served.url}${path}`, { method, ...(accept ? { headers: { accept } } : {}) });

  it('the process is alive, and not ready', async () => {
    const alive = await ask('/healthz');
    assert.equal(alive.status, 200);
    assert.deepEqual(await alive.json(), { status: 'ok' });
    const ready = await ask('/readyz?verbose');
    assert.equal(ready.status, 503);
    assert.equal(ready.headers.get('retry-after'), '5');
    assert.deepEqual(await ready.json(), {
      status: 'not ready',
      parts: { server: 'starting', store: 'unavailable' },
    });
  });

  it('people get a page, programs get JSON, both a 503 to come back after', async () => {
    const page = await ask('/auth?client_id=x', 'text/html,*/*;q=0.8');
    assert.equal(page.status, 503);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/u);
    const html = await page.text();
    assert.match(html, /<h1>服務正在啟動<\/h1>/u);
    assert.match(html, /<title>.* · Example Sign-in<\/title>/u);
    const style = /<link rel="stylesheet" href="([^"]*)">/u.exec(html)?.[1] ?? '';
    assert.equal((await ask(style)).headers.get('content-type'), 'text/css; charset=utf-8');
    for (const answer of [page, await ask('/token', '*/*', 'POST'), await ask('//[')]) {
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get('retry-after'), '5');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/u);
    }
    const { error } = (await (await ask('/token', '*/*', 'POST')).json()) as { error: string };
    assert.equal(error, 'temporarily_unavailable');
  });
});
