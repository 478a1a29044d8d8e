/** How long something may be relied on that others take back. */
import { performance } from 'node:perf_hooks';

export interface Moment {
  steady: number;
  wall: number;
}

export function moment(): Moment {
  return { steady: performance.now(), wall: Date.now() };
}

/**
 * Milliseconds since then, by the clock that has gone further: one stands still while the machine sleeps, the other
 * one can be set.
 */
export function since({ steady, wall }: Moment): number {
  return Math.max(performance.now() - steady, Math.abs(Date.now() - wall));
}

export class Lease {
  readonly #length: number;
  #from: Moment | undefined;

  /** Milliseconds. */
  constructor(length: number) {
    this.#length = length;
  }

  /** `from`: before it was asked for. */
  renew(from: Moment): void {
    this.#from = from;
  }

  end(): void {
    this.#from = undefined;
  }

  /** Milliseconds; Infinity: there is none. */
  get age(): number {
    return this.#from === undefined ? Infinity : since(this.#from);
  }

  get isValid(): boolean {
    return this.age < this.#length;
  }
}
