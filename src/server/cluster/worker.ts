/** One of several server processes on a machine, and what it hears of the first one; in a process that is alone, nothing. */
import cluster from 'node:cluster';

/** It serves now. */
export function tellReady(): void {
  cluster.worker?.send({ ready: true });
}

/** Milliseconds that one may take to stop once it has drained: longer than it gives its requests. */
export const STOP_WITHIN = 15_000;

/**
 * Aborted when the first process is gone without a word (kill -9): by itself Node would end this one at once, under the
 * requests that it answers. `drainMs`: what it drains for.
 */
export function withoutFirst(drainMs: number): AbortSignal {
  const gone = new AbortController();
  const { worker } = cluster;
  if (!worker) return gone.signal;
  // What Node looks at to tell an end that was to come from one that was not.
  worker.exitedAfterDisconnect = true;
  // What is said to somebody who is gone.
  worker.on('error', () => {});
  worker.once('disconnect', () => {
    gone.abort();
    // Nobody is left who would do it.
    setTimeout(() => process.exit(1), STOP_WITHIN + drainMs).unref();
  });
  return gone.signal;
}

/** Nothing more is to come. The channel to the first process would keep it from ending. */
export function leaveCluster(): void {
  cluster.worker?.disconnect();
}

/** Resolves when another one has taken its place; never elsewhere than in a worker. */
export function whenReplaced(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  cluster.worker?.on('message', (message: { replaced?: unknown } | null) => {
    if (message?.replaced === true) resolve();
  });
  return promise;
}
