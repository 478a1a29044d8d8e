/** What went wrong is always answered, whatever else goes wrong while that is done. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import Koa from 'koa';
import pino from 'pino';
import { Problem, type ProblemCode } from '../../src/problem.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { answerProblems } from '../../src/web/requests/answer-problems.ts';
import { loadAssets } from '../../src/web/assets.ts';
import { securityHeaders } from '../../src/net/response-headers.ts';
import { createPages } from '../../src/web/pages.ts';
import { createRenderer } from '../../src/web/render.ts';

const VIEWS = fileURLToPath(new URL('../../views/', import.meta.url));

describe('an answer to what went wrong', () => {
  let address: string;
  let close: () => void;
  const lines: string[] = [];
  const working = { now: true };
  before(async () => {
    const renderer = createRenderer(VIEWS, await loadAssets(`${VIEWS}assets`));
    const breakable = {
      brand: renderer.brand,
      render: (...given: Parameters<typeof renderer.render>) => {
        if (!working.now) throw new Error('no such text');
        return renderer.render(...given);
      },
    };
    const vault = createVault([vaultKey(Buffer.alloc(32, 7))]);
    const app = new Koa();
    const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
    const pages = createPages(breakable, { vault, config: { default_language: 'en' }, log });
    for (const middleware of [
      securityHeaders(true),
      answerProblems(pages, log, async () => null),
      failing,
    ])
      app.use(middleware);
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => {
      server.close();
      server.closeAllConnections();
    };
  });
  after(() => close());

  const failing: Koa.Middleware = (ctx) => {
    if (ctx.path === '/refused')
      throw new Problem('no-such-code-and-no-values' as ProblemCode, { status: 409 });
    // As when what runs first did not get to run.
    if (ctx.path === '/stateless') ctx.state['uiLocales'] = undefined;
    throw new Error('the cause');
  };

  async function page(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(address + path, { headers });
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/u);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age/u);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    return answer;
  }

  async function assertHtml(answer: Response, status: number): Promise<void> {
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    assert.match(text, /<link rel="stylesheet" href="\/assets\/latchkey\./u);
    assert.match(text, /<h1>/u);
    assert.doesNotMatch(text, /the cause|no such text/u);
  }

  const odd: [string, Record<string, string>][] = [
    ['nothing', {}],
    ['a broken Accept', { accept: ',;q=;;,*/*;q=x' }],
    ['an Accept that nothing meets', { accept: 'image/png' }],
    ['broken cookies', { cookie: '=;;;latchkey_zone=%zz; latchkey_zone; =' }],
    ['languages that are none', { 'accept-language': ';;q=,*,xx-yy-zz-!;q=9' }],
  ];
  for (const [what, headers] of odd)
    it(`is a page with all its headers for a request with ${what}`, async () => {
      for (const path of ['/', '/stateless', '/?ui_locales=%zz&ui_locales=%00', '//x', '/%zz'])
        await assertHtml(await page(path, headers), 500);
      await assertHtml(await page('/refused', headers), 409);
    });

  it('is a page when the page itself cannot be made, and the log says why', async () => {
    working.now = false;
    lines.length = 0;
    await assertHtml(await page('/refused'), 409);
    await assertHtml(await page('/'), 500);
    assert.equal(lines.filter((line) => line.includes('no such text')).length, 2);
    const json = await page('/', { accept: 'application/json' });
    const told = 'something went wrong in the server; its log says what';
    assert.deepEqual(await json.json(), { error: 'server', error_description: told });
    working.now = true;
  });
});
