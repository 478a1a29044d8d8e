/**
 * A preload for tests (`node --import ./test/support/shift-clock.ts …`): the process's wall clock
 * runs as always, but ahead of or behind the machine's by an offset in milliseconds. The offset is
 * SHIFT_CLOCK_MS at the start, then whatever the parent sends as `{ shiftClock: ms }` over IPC;
 * each is acknowledged with `{ clockShifted: ms }`, by a cluster's first process when its workers have
 * followed. Timers and `performance.now()` stay as they are.
 *
 * A process whose END_WITH_PARENT is its parent's id ends when the parent is gone, so that a test
 * run that was killed leaves no server behind.
 */
import cluster, { type Worker } from 'node:cluster';
import { listenToParent } from './ipc.ts';

const realNow = Date.now;
let offset = 0;

function setOffset(ms: number): void {
  if (!Number.isFinite(ms)) throw new Error('a clock offset is a number of milliseconds');
  offset = ms;
  // What this process starts from now on lives in the same time.
  process.env['SHIFT_CLOCK_MS'] = String(ms);
}

function shiftDate(): void {
  const RealDate = Date;
  // On the real one: who has kept a reference to it gets the shifted time as well.
  RealDate.now = () => realNow() + offset;
  const Shifted: DateConstructor = new Proxy(RealDate, {
    construct: (target, args, made): Date =>
      Reflect.construct(
        target,
        args.length === 0 ? [target.now()] : args,
        made === Shifted ? target : made,
      ),
    apply: (target) => new target(target.now()).toString(),
  });
  RealDate.prototype.constructor = Shifted;
  globalThis.Date = Shifted;
}

async function obey(message: unknown): Promise<void> {
  const ms = (message as { shiftClock?: unknown } | null)?.shiftClock;
  if (typeof ms !== 'number') return;
  setOffset(ms);
  const workers = Object.values(cluster.workers ?? {});
  const present = workers.flatMap((worker) => (worker?.isConnected() ? [worker] : []));
  await Promise.all(present.map((worker) => passOn(worker, ms)));
  process.send?.({ clockShifted: ms });
}

/** Resolves when the worker has followed, or has ended. */
async function passOn(worker: Worker, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listen = (message: unknown): void => {
    if ((message as { clockShifted?: unknown } | null)?.clockShifted === ms) resolve();
  };
  worker.on('message', listen).once('disconnect', resolve);
  worker.send({ shiftClock: ms }, (error) => error && resolve());
  await promise;
  worker.off('message', listen).off('disconnect', resolve);
}

function endWithParent(): void {
  if (process.env['END_WITH_PARENT'] === String(parent)) process.exit(1);
}

// Read now: an orphan is given to another parent.
const parent = process.ppid;
setOffset(Number(process.env['SHIFT_CLOCK_MS'] ?? 0));
shiftDate();
if (process.channel)
  listenToParent({ message: (message) => void obey(message), disconnect: endWithParent });
