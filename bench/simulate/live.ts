/** Lives through a day against a server that runs, so many times faster than it is. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningProduct } from '../product.ts';
import { userOf, type Target } from '../target.ts';
import { Counting, type KindRow, type StretchRow } from './counted.ts';
import { BEGINS, ENDS, OUTAGE, randomFrom, STRETCHES, type Asked, type Kind } from './day.ts';
import { visit, visitorOf, type Visited } from './visitors.ts';

export interface Lived {
  stretches: StretchRow[];
  kinds: KindRow[];
  /** How long nobody answered, seconds. */
  outage: number;
  /** What failed, each with how often; the first words of it. */
  failures: { kind: Kind; what: string; count: number }[];
}

export interface Life {
  target: Target;
  product: Pick<RunningProduct, 'program' | 'again'>;
  day: readonly Asked[];
  /** How many seconds of the day are one. */
  faster: number;
  progress(line: string): void;
  stop: AbortSignal;
}

const now = (): number => performance.now();

export async function live(life: Life): Promise<Lived> {
  const { target, day, stop } = life;
  const counting = new Counting(now);
  const failures = new Map<string, Lived['failures'][number]>();
  const visited: Visited = {
    target,
    counting,
    failed: (kind, error) => note(failures, kind, error),
    stop,
    random: randomFrom(2),
  };
  const clock = new DayClock(life, counting);
  const visitors = target.ready.people.map((person) => visitorOf(userOf(person)));
  const under: Promise<void>[] = [];
  await clock.begin();
  for (const asked of day) {
    stop.throwIfAborted();
    await clock.until(asked.at);
    const visitor = visitors[asked.person];
    const planned = clock.timeOf(asked.at);
    if (visitor) under.push(visit(visited, visitor, asked, { planned, now }));
  }
  await Promise.all([...under, clock.returned]);
  await clock.end();
  const { outage } = clock;
  const told = { stretches: counting.stretches(), kinds: counting.kinds() };
  return { ...told, outage, failures: [...failures.values()] };
}

function note(failures: Map<string, Lived['failures'][number]>, kind: Kind, error: unknown): void {
  const what = String(error instanceof Error ? error.message : error).slice(0, 160);
  const known = failures.get(`${kind} ${what}`) ?? { kind, what, count: 0 };
  failures.set(`${kind} ${what}`, { ...known, count: known.count + 1 });
}

/** Where in the day it is; begins its stretches, and kills the server when that is due. */
class DayClock {
  readonly #life: Life;
  readonly #counting: Counting;
  /** Those that come by the clock. */
  readonly #due = STRETCHES.filter(({ name }) => name !== 'outage' && name !== 'return');
  #began = 0;
  #cpu = 0;
  #killedAt: number | undefined;
  /** Resolves when the server is back; at once where it has not been away. */
  returned: Promise<void> = Promise.resolve();
  /** Seconds. */
  outage = 0;

  constructor(life: Life, counting: Counting) {
    this.#life = life;
    this.#counting = counting;
  }

  async begin(): Promise<void> {
    this.#cpu = await this.#life.product.program.cpuMs();
    this.#began = now();
    await this.#stretches(BEGINS);
  }

  /** On the clock of this process. */
  timeOf(at: number): number {
    return this.#began + ((at - BEGINS) * 1000) / this.#life.faster;
  }

  async until(at: number): Promise<void> {
    if (at >= OUTAGE && this.#killedAt === undefined) {
      await this.#waitFor(OUTAGE);
      await this.#kill();
    }
    await this.#stretches(at);
    await this.#waitFor(at);
  }

  async end(): Promise<void> {
    this.#counting.end(await this.#spent());
  }

  async #waitFor(at: number): Promise<void> {
    const left = this.timeOf(at) - now();
    if (left > 0) await pause(left, undefined, { signal: this.#life.stop });
  }

  /** While the server is away, and returns, the day goes on and the stretch stays. */
  async #stretches(at: number): Promise<void> {
    const next = this.#due[0];
    if (!next || next.from > at || (this.#killedAt !== undefined && this.outage === 0)) return;
    this.#due.shift();
    await this.#waitFor(next.from);
    await this.#begin(next.name);
    return this.#stretches(at);
  }

  async #begin(name: string): Promise<void> {
    this.#counting.begin(name, await this.#spent());
    this.#life.progress(`living through: ${name}`);
  }

  async #spent(): Promise<number> {
    const cpu = await this.#life.product.program.cpuMs();
    const spent = cpu - this.#cpu;
    this.#cpu = cpu;
    return spent;
  }

  async #kill(): Promise<void> {
    const { product } = this.#life;
    await this.#begin('outage');
    this.#killedAt = now();
    await product.program.kill();
    this.returned = this.#return(this.#killedAt);
    // Its failure is thrown where it is waited for.
    this.returned.catch(() => {});
  }

  async #return(killedAt: number): Promise<void> {
    await this.#life.product.again();
    this.#cpu = 0;
    const outage = (now() - killedAt) / 1000;
    await this.#begin('return');
    this.outage = outage;
  }
}

/** So many people would ask for as much in a day of its own length. */
export function peopleLike(people: number, faster: number): number {
  return Math.round(people * faster);
}

export function fasterFor(minutes: number): number {
  return (ENDS - BEGINS) / (minutes * 60);
}
