/**
 * Whose password is hashed next: so many at once, and of those that wait one of each sign-in after the other, so that
 * whoever gives many waits behind themselves alone. Better a clear answer than a queue of minutes: what finds no room
 * is refused with 503, and whoever has the most in the queue makes room first.
 */
import { Problem } from '../problem.ts';

/** Told how busy the hashing is. */
export interface HashMeter {
  queue(running: number, waiting: number): void;
  /** One was refused because too many were waiting. */
  refused(): void;
  /** One begins; what is answered is called when it ends. */
  start(): () => unknown;
}

/** Waiting hashes beyond this are refused with 503. */
export const LONGEST_QUEUE = 64;

/** Runs `work` when it is its turn; `whose`: of the same one, one after the other. */
export type InTurn = <T>(whose: string, work: () => Promise<T>) => Promise<T>;

interface Waiting {
  go(): void;
  refuse(): void;
}

export function createTurns(slots: number, meter?: HashMeter): InTurn {
  let running = 0;
  const queue = createQueue();
  const tell = (): void => meter?.queue(running, queue.size);
  const busy = (): Problem => {
    meter?.refused();
    return new Problem('busy', { status: 503 });
  };
  const myTurn = (whose: string): Promise<void> => {
    if (queue.size >= LONGEST_QUEUE && !queue.makeRoom(whose)) throw busy();
    const turn = new Promise<void>((go, refuse) =>
      queue.add(whose, { go, refuse: () => refuse(busy()) }),
    );
    tell();
    return turn;
  };
  return async (whose, work) => {
    if (running >= slots) await myTurn(whose);
    else running += 1;
    tell();
    const ended = meter?.start();
    try {
      return await work();
    } finally {
      ended?.();
      const next = queue.next();
      if (next) next.go();
      else running -= 1;
      tell();
    }
  };
}

/** By whose they are, in the order of their turns. */
function createQueue() {
  const waiting = new Map<string, Waiting[]>();
  let size = 0;
  return {
    get size(): number {
      return size;
    },
    add(whose: string, one: Waiting): void {
      const theirs = waiting.get(whose);
      if (theirs) theirs.push(one);
      else waiting.set(whose, [one]);
      size += 1;
    },
    next(): Waiting | undefined {
      const [first] = waiting;
      if (!first) return undefined;
      const [whose, theirs] = first;
      const one = theirs.shift();
      waiting.delete(whose);
      // Behind everybody else's.
      if (theirs.length > 0) waiting.set(whose, theirs);
      size -= 1;
      return one;
    },
    /** Refuses the newest of whoever has the most, unless that would be the one that comes. */
    makeRoom(whose: string): boolean {
      const theirs = (waiting.get(whose)?.length ?? 0) + 1;
      const [most] = [...waiting.values()].toSorted((a, b) => b.length - a.length);
      if (!most || most.length <= theirs) return false;
      most.pop()?.refuse();
      size -= 1;
      return true;
    },
  };
}
