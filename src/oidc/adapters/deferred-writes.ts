/**
 * What a request writes and need not wait for piece by piece (tokens, grants, its session): its
 * **answer** waits until all of it is durable, so that it shares a commit. Nothing in the request
 * reads it back, and nobody else knows of it before the answer is out. What has a verdict, as
 * everything one-time has, is waited for where it is asked, or before what is issued by it is told
 * (tokens/judged-grants.ts).
 */
import type { Middleware } from 'koa';

export interface DeferredWrites {
  /** Hands a write over to the request's answer. */
  add(request: object, write: Promise<unknown>): void;
  /**
   * Hands over a write whose verdict the request's answer is: it rejects with what is answered instead. Resolves when
   * the request may go on, which is at once where a write is a round trip, and else when it is decided.
   */
  judge(request: object, verdict: Promise<unknown>): Promise<void>;
  /** Rejects with the first verdict against the request. */
  judged(request: object): Promise<void>;
  /** What must come after all others of the request are durable; its answer waits for it too. */
  last(request: object, write: () => Promise<unknown>): void;
  /** Are they durable? Undefined: there are none. Rejects as the first that failed. */
  settled(request: object): Promise<void> | undefined;
  /** Holds the answer back until they are durable; a write that failed takes its place. */
  beforeAnswer: Middleware;
}

type OfRequests = WeakMap<object, Promise<unknown>[]>;

/**
 * `isRoundTrip`: is a write one to another machine, as it is unless told, in which much can be done? Where it is a commit of this process's own,
 * requests that wait for it share the next one too, and those that went ahead would make more of them.
 */
export function createDeferredWrites({ isRoundTrip = true } = {}): DeferredWrites {
  const pending: OfRequests = new WeakMap();
  const verdicts: OfRequests = new WeakMap();
  const last = new WeakMap<object, () => Promise<unknown>>();
  const settle = async (request: object): Promise<void> => {
    const writes = pending.get(request);
    if (writes) await Promise.all(writes);
    await last.get(request)?.();
  };
  return {
    add: (request, write) => keep(pending, request, write),
    async judge(request, verdict) {
      if (isRoundTrip) keep(verdicts, request, verdict);
      else await verdict;
    },
    async judged(request) {
      for (const verdict of verdicts.get(request) ?? []) await verdict;
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

function keep(all: OfRequests, request: object, work: Promise<unknown>): void {
  // Reported where it is waited for; until then one that failed must not count as unhandled.
  work.catch(() => {});
  const works = all.get(request);
  if (works) works.push(work);
  else all.set(request, [work]);
}
