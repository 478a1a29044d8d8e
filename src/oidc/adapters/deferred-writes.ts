/**
 * What a request writes and need not wait for piece by piece (tokens, grants, its session): its
 * **answer** waits until all of it is durable, so that it shares a commit. Nothing in the request
 * reads it back, and nobody else knows of it before the answer is out. What has a verdict, as
 * everything one-time has, is waited for where it is asked.
 */
import type { Middleware } from 'koa';

export interface DeferredWrites {
  /** Hands a write over to the request's answer. */
  add(request: object, write: Promise<unknown>): void;
  /** What must come after all others of the request are durable; its answer waits for it too. */
  last(request: object, write: () => Promise<unknown>): void;
  /** Are they durable? Undefined: there are none. Rejects as the first that failed. */
  settled(request: object): Promise<void> | undefined;
  /** Holds the answer back until they are durable; a write that failed takes its place. */
  beforeAnswer: Middleware;
}

export function createDeferredWrites(): DeferredWrites {
  const pending = new WeakMap<object, Promise<unknown>[]>();
  const last = new WeakMap<object, () => Promise<unknown>>();
  const settle = async (request: object): Promise<void> => {
    const writes = pending.get(request);
    if (writes) await Promise.all(writes);
    await last.get(request)?.();
  };
  return {
    add(request, write) {
      // Reported by `beforeAnswer`; until then a failed write must not count as unhandled.
      write.catch(() => {});
      const writes = pending.get(request);
      if (writes) writes.push(write);
      else pending.set(request, [write]);
    },
    last(request, write) {
      last.set(request, write);
    },
    settled: (request) => (pending.has(request) || last.has(request) ? settle(request) : undefined),
    async beforeAnswer(ctx, next) {
      await next();
      await settle(ctx);
    },
  };
}
