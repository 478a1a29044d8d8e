/** One of several server processes on a machine, and what it hears of the first one; in a process that is alone, nothing. */
import cluster from 'node:cluster';

/** It serves now. */
export function tellReady(): void {
  cluster.worker?.send({ ready: true });
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
