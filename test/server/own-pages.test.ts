/** Our own pages: a router is passed by where it has nothing, and answers as ever where it has. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { askedWhereItIs } from '../../src/server/own-pages.ts';

const PATHS = [
  '/admin',
  '/admin/',
  '/ADMIN',
  '/Admin/People',
  '/admin/people/a',
  '/admin/nothing',
  '/administrator',
  '/%61dmin',
  '//admin',
  '/x/admin',
  '/language',
  '/interaction/uid/totp/print',
  '/',
  '',
];

function answering(router: Router): Router {
  for (const path of [
    '/admin',
    '/admin/people{/:id}',
    '/language',
    '/interaction/:uid/:step{/:page}',
  ])
    router.get(path, (ctx) => void (ctx.body = path));
  return router;
}

/** What is answered, and whether what comes after was asked. */
async function outcome(routes: Middleware, path: string): Promise<[unknown, boolean]> {
  const ctx = {
    path,
    method: 'GET',
    state: {},
    request: {},
    body: undefined,
  } as unknown as Context;
  let passed = false;
  await routes(ctx, async () => void (passed = true));
  return [ctx.body, passed];
}

describe('a router of ours', () => {
  it('answers as it would if it was asked for everything', async () => {
    const router = answering(new Router());
    const all = router.routes() as Middleware;
    const own = askedWhereItIs(router);
    for (const path of PATHS)
      assert.deepEqual(await outcome(own, path), await outcome(all, path), path);
    assert.deepEqual(await outcome(own, '/ADMIN'), ['/admin', false]);
  });

  it('is not asked for what begins otherwise', async () => {
    const router = answering(new Router());
    let asked = 0;
    const match = router.match.bind(router);
    router.match = (...of) => {
      asked += 1;
      return match(...of);
    };
    const own = askedWhereItIs(router);
    for (const path of ['/auth', '/token', '/', '/administrator']) await outcome(own, path);
    assert.equal(asked, 0);
    await outcome(own, '/admin/nothing');
    assert.equal(asked, 1);
  });

  it('is asked for everything where one of its paths begins with anything', async () => {
    const router = answering(new Router());
    router.get('/:anything', (ctx) => void (ctx.body = 'anything'));
    assert.deepEqual(await outcome(askedWhereItIs(router), '/auth'), ['anything', false]);
    const byPattern = new Router().get(/^\/b/u, (ctx) => void (ctx.body = 'pattern'));
    assert.deepEqual(await outcome(askedWhereItIs(byPattern), '/b'), ['pattern', false]);
  });
});
