/** Whoever answers now: another one can be put in their place, and whoever was there finishes what they have begun. */
import type { RequestListener } from 'node:http';

export interface Answering {
  handler: RequestListener;
  /** When nothing is under way any more. */
  close(): Promise<void>;
}

export interface Place<T extends Answering> {
  readonly current: T;
  readonly handler: RequestListener;
  put(next: T): void;
  /** Resolves when whoever was here is closed. */
  close(): Promise<void>;
}

export function createPlace<T extends Answering>(first: T): Place<T> {
  let held = hold(first);
  const leaving = new Set<Promise<void>>();
  return {
    get current() {
      return held.answering;
    },
    handler: (request, response) => held.handler(request, response),
    put(next) {
      const left = held.leave().finally(() => leaving.delete(left));
      leaving.add(left);
      held = hold(next);
    },
    async close() {
      await Promise.all([...leaving, held.leave()]);
    },
  };
}

interface Held<T> {
  answering: T;
  handler: RequestListener;
  leave(): Promise<void>;
}

function hold<T extends Answering>(answering: T): Held<T> {
  let underWay = 0;
  let tellIdle: (() => void) | undefined;
  return {
    answering,
    handler(request, response) {
      underWay += 1;
      response.once('close', () => {
        underWay -= 1;
        if (underWay === 0) tellIdle?.();
      });
      answering.handler(request, response);
    },
    async leave() {
      if (underWay > 0) await new Promise<void>((resolve) => (tellIdle = resolve));
      await answering.close();
    },
  };
}
