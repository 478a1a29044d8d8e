/**
 * How many operations of a process are under way at once; the others wait here and not in the driver's pool, whose
 * waiting would count as the server's. Waiting is given up when the server stands still, and not while it is slow:
 * when for the whole of the patience no operation has succeeded.
 */
import { StoreUnavailable } from '../store.ts';

interface Waiter {
  go(): void;
  giveUp(reason: Error): void;
}

export class Slots {
  readonly #waiting: Waiter[] = [];
  readonly #patience: number;
  #free: number;
  /** Since when everybody waits for the same. */
  #since = 0;
  #watch: NodeJS.Timeout | undefined;

  /** `patience`: milliseconds. */
  constructor(most: number, patience: number) {
    this.#free = most;
    this.#patience = patience;
  }

  async run<R>(work: () => Promise<R>): Promise<R> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait();
    try {
      const result = await work();
      this.#since = performance.now();
      return result;
    } finally {
      this.#leave();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length === 0) this.#since = performance.now();
    this.#watch ??= setTimeout(this.#look, this.#patience);
    return new Promise((go, giveUp) => this.#waiting.push({ go, giveUp }));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next.go();
    else this.#free += 1;
    if (this.#waiting.length > 0) return;
    clearTimeout(this.#watch);
    this.#watch = undefined;
  }

  readonly #look = (): void => {
    const left = this.#since + this.#patience - performance.now();
    this.#watch = left > 0 ? setTimeout(this.#look, left) : undefined;
    if (left > 0) return;
    const reason = `MongoDB cannot serve: it has answered nothing for ${this.#patience} ms.`;
    for (const { giveUp } of this.#waiting.splice(0)) giveUp(new StoreUnavailable(reason));
  };
}
