/** How much room V8 takes for objects, old and young. */
import { setFlagsFromString } from 'node:v8';

/**
 * Per cent that the old objects may grow by until they are looked through again. V8 chooses by the memory of the machine,
 * and lets 40 MB that are in use become 200 on a large one. It is read at each collection, so it holds however the
 * process was started.
 */
const GROWTH = 50;

/** By what the space of young objects is multiplied where much of it is still in use: not at all, and as V8 would. */
const [STAYS, GROWS] = [1, 2];

/**
 * For a process that serves: what it holds stays near to what it uses, at some CPU (`npm run bench -- --only memory`).
 * At a start nearly everything that is made stays, so V8 would give young objects ever more room, and an idle server
 * keeps it: 8 MB.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  setFlagsFromString(`--semi-space-growth-factor=${STAYS}`);
}

/** It has started: from now on young objects have the room that requests want. */
export function letYoungGrow(): void {
  setFlagsFromString(`--semi-space-growth-factor=${GROWS}`);
}
