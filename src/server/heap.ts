/** How much room V8 takes for what is long-lived. */
import { setFlagsFromString } from 'node:v8';

/**
 * Per cent that the old objects may grow by until they are looked through again. V8 chooses by the memory of the machine,
 * and lets 40 MB that are in use become 200 on a large one. It is read at each collection, so it holds however the
 * process was started.
 */
const GROWTH = 50;

/** For a process that serves: what it holds stays near to what it uses, at some CPU (`npm run bench -- --only memory`). */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
