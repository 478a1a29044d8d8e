/** What a request writes is durable before its answer, whoever gives that. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Context } from 'koa';
import { createDeferredWrites } from '../../src/oidc/adapters/deferred-writes.ts';

const request = (): Context => ({}) as Context;

describe('the writes of a request', () => {
  it('are waited for, the last one after all others', async () => {
    const writes = createDeferredWrites();
    const [ctx, done] = [request(), [] as string[]];
    const { promise, resolve } = Promise.withResolvers<void>();
    writes.add(
      ctx,
      promise.then(() => done.push('first')),
    );
    writes.last(ctx, async () => done.push('last'));
    const settled = writes.settled(ctx);
    resolve();
    await settled;
    assert.deepEqual(done, ['first', 'last']);
  });

  it('are nothing to wait for where there are none', () => {
    const writes = createDeferredWrites();
    writes.add(request(), Promise.resolve());
    assert.equal(writes.settled(request()), undefined);
  });

  it('with a verdict are waited for at once, unless that is a round trip', async () => {
    const against = (): Promise<never> => Promise.reject(new Error('used up by another'));
    const here = createDeferredWrites({ isRoundTrip: false });
    await here.judge(request(), Promise.resolve());
    await assert.rejects(here.judge(request(), against()), /used up by another/u);
    const elsewhere = createDeferredWrites({ isRoundTrip: true });
    const ctx = request();
    await elsewhere.judge(ctx, against());
    await assert.rejects(elsewhere.judged(ctx), /used up by another/u);
  });

  it('that fail take the place of the answer, whoever asks for it', async () => {
    const writes = createDeferredWrites();
    const ctx = request();
    writes.add(ctx, Promise.reject(new Error('full')));
    await assert.rejects(async () => writes.settled(ctx), /full/u);
    await assert.rejects(async () => writes.beforeAnswer(ctx, async () => {}), /full/u);
  });
});
