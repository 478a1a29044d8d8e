/** How much room V8 takes for objects, old and young. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Per cent that the old objects may grow by until they are looked through again. V8 chooses by the memory of the machine,
 * and lets 40 MB that are in use become 200 on a large one. It is read at each collection, so it holds however the
 * process was started.
 */
const GROWTH = 50;

/** MiB of a half of the space for young objects, once requests want it: V8 would give them 16, and 48 are held then. */
const YOUNG = 8;
/** Milliseconds between two looks at how large it is. */
const LOOK_EVERY = 200;

/**
 * For a process that serves: what it holds stays near to what it uses, at some CPU (`npm run bench -- --only memory`).
 * At a start nearly everything that is made stays, so V8 would give young objects ever more room, and an idle server
 * keeps it: 8 MB.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  growYoungBy(1);
}

/**
 * It has started: young objects get the room that requests want, up to a bound. V8 knows one at its start only; by what it
 * multiplies the space, where much of it is still in use, it reads each time. Answers what ends that.
 */
export function letYoungGrow(): () => void {
  const look = (): void =>
    growYoungBy(Math.floor(YOUNG / Math.max(1, Math.min(YOUNG, youngSize()))));
  look();
  const timer = setInterval(look, LOOK_EVERY).unref();
  return () => clearInterval(timer);
}

const growYoungBy = (factor: number): void =>
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);

/** MiB of one half. */
function youngSize(): number {
  const space = getHeapSpaceStatistics().find((one) => one.space_name === 'new_space');
  return (space?.space_size ?? 0) / 2 ** 21;
}
