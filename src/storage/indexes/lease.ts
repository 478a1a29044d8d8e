/** How long something may be relied on that others take back. */
import { performance } from 'node:perf_hooks';

/** All in milliseconds. */
export interface Moment {
  steady: number;
  wall: number;
}

export class Lease {
  readonly #length: number;
  readonly #now: () => number;
  #from: Moment | undefined;

  /** `length`: milliseconds; `now`: milliseconds since the epoch. */
  constructor(length: number, now: () => number) {
    this.#length = length;
    this.#now = now;
  }

  moment(): Moment {
    return { steady: performance.now(), wall: this.#now() };
  }

  /** `from`: before it was asked for. */
  renew(from: Moment): void {
    this.#from = from;
  }

  end(): void {
    this.#from = undefined;
  }

  /** By the clock that has gone further: one stands still while the machine sleeps, the other one can be set. */
  get isValid(): boolean {
    if (this.#from === undefined) return false;
    const { steady, wall } = this.#from;
    const since = Math.max(performance.now() - steady, Math.abs(this.#now() - wall));
    return since < this.#length;
  }
}
