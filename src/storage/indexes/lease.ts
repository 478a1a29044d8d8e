/** How long something may be relied on that others take back. */
import { performance } from 'node:perf_hooks';
import { elapsed, type Instant } from '../../timing/both-clocks.ts';

export class Lease {
  readonly #length: number;
  readonly #now: () => number;
  #from: Instant | undefined;

  /** `length`: milliseconds; `now`: milliseconds since the epoch. */
  constructor(length: number, now: () => number) {
    this.#length = length;
    this.#now = now;
  }

  /** By which it is renewed, later. */
  moment(): Instant {
    return { steady: performance.now(), wall: this.#now() };
  }

  /** `from`: before it was asked for. */
  renew(from: Instant): void {
    this.#from = from;
  }

  end(): void {
    this.#from = undefined;
  }

  get isValid(): boolean {
    return this.#from !== undefined && elapsed(this.#from, this.moment()) < this.#length;
  }
}
