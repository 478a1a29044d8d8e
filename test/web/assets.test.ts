import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Koa from 'koa';
import { loadAssets, serveAssets, type Assets } from '../../src/web/assets.ts';

describe('assets', () => {
  let folder = '';
  let assets: Assets;
  let server: Server;
  let origin = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-assets-'));
    await writeFile(join(folder, 'page.css'), 'a{color:red}');
    await writeFile(join(folder, 'page.js'), 'void 0;');
    assets = await loadAssets(folder);
    const app = new Koa();
    app.use(serveAssets(assets));
    const listener = app.callback();
    server = createServer((request, response) => void listener(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('are served for ever under a URL that carries their hash', async () => {
    const response = await fetch(origin + assets.url('page.css'));
    assert.equal(response.status, 200);
    assert.equal(await response.text(), 'a{color:red}');
    assert.match(response.headers.get('content-type') ?? '', /^text\/css/u);
    assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.match(response.headers.get('etag') ?? '', /^"[0-9a-f]{16}"$/u);
  });

  it('answer a browser that has them with 304, and HEAD without a body', async () => {
    const url = origin + assets.url('page.js');
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    // With its own cache mode `fetch` would say no-cache.
    const headers = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
    const again = await fetch(url, { headers });
    assert.equal(again.status, 304);
    const head = await fetch(url, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('content-length'), '7');
  });

  it('get another URL with another content', async () => {
    const earlier = assets.url('page.css');
    await writeFile(join(folder, 'page.css'), 'a{color:blue}');
    assert.notEqual((await loadAssets(folder)).url('page.css'), earlier);
  });

  it('are nothing else than what was in the folder at the start', async () => {
    for (const path of [
      '/assets/',
      '/assets/page.css',
      '/assets/../package.json',
      '/assets/%2e%2e/x',
    ])
      assert.equal((await fetch(origin + path)).status, 404, path);
    assert.equal((await fetch(origin + assets.url('page.css'), { method: 'POST' })).status, 404);
    assert.throws(() => assets.url('none.css'), /no asset "none\.css"/u);
  });
});
