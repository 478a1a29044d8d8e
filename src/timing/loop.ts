/** Work in the background, again and again: never twice at once, and soon when it is asked for. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Loop {
  /** From now on it runs by itself too. `first`: milliseconds until then; as long as a rest without. */
  start(first?: number): void;
  /** Runs now, or once more after the run that is under way. */
  wake(): void;
  /** `wake`; resolves when a run that began after the call has ended. */
  settle(): Promise<void>;
  /** No run is begun any more; resolves when the one that is under way has ended. */
  close(): Promise<void>;
}

/**
 * `work` can ask whether it was closed meanwhile, and end early. `every`: milliseconds from the end of one
 * run to the next. `failed`: told why a run failed, and the next one comes all the same; after `close`
 * nothing is told, as the store may be closed too.
 */
export function createLoop(
  work: (isClosed: () => boolean) => Promise<void>,
  { every, failed }: { every: number; failed(err: unknown): void },
): Loop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let started = false;
  let closed = false;
  // A request that wakes it is none of its work's, and is not kept in memory by it.
  const outside = AsyncLocalStorage.snapshot();

  const runAll = async (): Promise<void> => {
    do {
      again = false;
      await work(() => closed).catch((err: unknown) => closed || failed(err));
    } while (again);
    running = undefined;
    rest(every);
  };
  const run = async (): Promise<void> => {
    clearTimeout(timer);
    again = !closed;
    if (again) running ??= outside(runAll);
    await running;
  };
  const rest = (delay: number): void => {
    clearTimeout(timer);
    if (started && !closed) timer = setTimeout(() => void run(), delay).unref();
  };

  return {
    start(first = every) {
      started = true;
      rest(first);
    },
    wake: () => void run(),
    settle: run,
    async close() {
      closed = true;
      again = false;
      clearTimeout(timer);
      await running;
    },
  };
}
