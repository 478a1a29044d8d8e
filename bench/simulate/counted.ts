/** What was asked and what came of it, by the stretch of the day in which it was asked. */
import { percentile, rounded } from '../rows.ts';
import type { Kind } from './day.ts';

export interface StretchRow {
  name: string;
  /** How long it took here, seconds. */
  seconds: number;
  /** What was asked for the first time in it, and how often something was asked again. */
  asked: number;
  again: number;
  /** What a server was asked a second, with what was asked again. */
  a_second: number;
  /** Answered in the end, from where it was planned: milliseconds. */
  p50_ms: number;
  p99_ms: number;
  /** Under way or waiting at once: on average, and at most. */
  waiting: number;
  most_waiting: number;
  /** Answered with 429 or 503: the server has said that it is too much. */
  refused: number;
  /** Nobody answered. */
  unreachable: number;
  /** Answered otherwise than it should have been, or given up. */
  failed: number;
  /** Of all processes of the server, as a share of one core. */
  cores: number;
}

export interface KindRow {
  kind: Kind;
  answered: number;
  p50_ms: number;
  p99_ms: number;
  failed: number;
}

interface Counted {
  name: string;
  from: number;
  to: number;
  latencies: number[];
  asked: number;
  again: number;
  refused: number;
  unreachable: number;
  failed: number;
  most: number;
  /** Requests times milliseconds. */
  area: number;
  cpuMs: number;
}

/** How a try ended that was none. */
export type Trouble = 'refused' | 'unreachable' | 'failed';

export class Counting {
  readonly #now: () => number;
  readonly #stretches: Counted[] = [];
  readonly #kinds = new Map<Kind, { latencies: number[]; failed: number }>();
  #waiting = 0;
  #since = 0;

  /** Milliseconds, monotonic. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What happens from now on is of that stretch. `cpuMs`: of the one that ends. */
  begin(name: string, cpuMs = 0): void {
    this.end(cpuMs);
    const none = { asked: 0, again: 0, refused: 0, unreachable: 0, failed: 0, cpuMs: 0 };
    const now = this.#now();
    const found = { name, from: now, to: now, latencies: [], most: this.#waiting, area: 0 };
    this.#stretches.push({ ...none, ...found });
  }

  end(cpuMs: number): void {
    const last = this.#stretches.at(-1);
    if (!last) return;
    this.#elapse(last);
    last.to = this.#now();
    last.cpuMs = cpuMs;
  }

  /** Answers what is told how it went. `planned`: when it should have been asked. */
  asked(kind: Kind, planned: number) {
    const stretch = this.#present();
    const ofKind = this.#kinds.get(kind) ?? { latencies: [], failed: 0 };
    this.#kinds.set(kind, ofKind);
    stretch.asked += 1;
    this.#move(1);
    const end = (): void => this.#move(-1);
    return {
      again: (why: Trouble): void => {
        this.#present()[why] += 1;
        stretch.again += 1;
      },
      answered: (): void => {
        const took = this.#now() - planned;
        stretch.latencies.push(took);
        ofKind.latencies.push(took);
        end();
      },
      failed: (): void => {
        stretch.failed += 1;
        ofKind.failed += 1;
        end();
      },
    };
  }

  stretches(): StretchRow[] {
    return this.#stretches.map(rowOf);
  }

  kinds(): KindRow[] {
    return [...this.#kinds].map(([kind, { latencies, failed }]) => ({
      kind,
      answered: latencies.length,
      ...spread(latencies),
      failed,
    }));
  }

  #present(): Counted {
    const last = this.#stretches.at(-1);
    if (!last) throw new Error('No stretch of the day has begun.');
    return last;
  }

  #elapse(stretch: Counted): void {
    const now = this.#now();
    stretch.area += this.#waiting * (now - Math.max(this.#since, stretch.from));
    this.#since = now;
  }

  #move(by: 1 | -1): void {
    const stretch = this.#present();
    this.#elapse(stretch);
    this.#waiting += by;
    stretch.most = Math.max(stretch.most, this.#waiting);
  }
}

function rowOf(one: Counted): StretchRow {
  const ms = Math.max(1, one.to - one.from);
  const { name, asked, again, refused, unreachable, failed, most } = one;
  return {
    name,
    seconds: rounded(ms / 1000),
    asked,
    again,
    a_second: rounded(((asked + again) * 1000) / ms),
    ...spread(one.latencies),
    waiting: rounded(one.area / ms),
    most_waiting: most,
    refused,
    unreachable,
    failed,
    cores: rounded(one.cpuMs / ms),
  };
}

function spread(latencies: readonly number[]): Pick<KindRow, 'p50_ms' | 'p99_ms'> {
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number): number =>
    sorted.length === 0 ? 0 : rounded(percentile(sorted, share));
  return { p50_ms: at(0.5), p99_ms: at(0.99) };
}
