/**
 * How many operations of a process are under way at once; the others wait here and not in the driver's pool, whose
 * waiting would count as the server's. Waiting is given up when the server stands still, and not while it is slow:
 * when for the whole of the patience no operation has succeeded.
 */
import mongoose from 'mongoose';
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

/** An operation may be tried twice: finding a server, a connection to it, and an answer on that, each in the patience. */
const TRIES = 6;

/**
 * Rejects as the driver does where a connection breaks: what was asked may have been done or not. The driver (7.8)
 * bounds each of its steps but one: it waits for ever to write to a socket that was closed in the same turn of the
 * event loop. `patience`: milliseconds of a step.
 */
export async function answered<R>(work: () => Promise<R>, patience: number): Promise<R> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `nothing has come of an operation for ${TRIES * patience} ms`;
    reject(new mongoose.mongo.MongoNetworkTimeoutError(message));
  }, TRIES * patience);
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs it when whatever this turn of the event loop began has been said, and before the loop goes on to sockets. */
export function afterThisTurn(work: () => void): void {
  queueMicrotask(() => process.nextTick(work));
}

export function requireOpen(closed: Promise<void> | undefined): void {
  if (closed) throw new StoreUnavailable('The store is closed.');
}

/** Milliseconds after which what is under way is waited for no longer: a connection may stand still. */
const LONG = 50;

/**
 * What is asked for is sent together: all of one turn of the event loop, and, while as much is under way as may be, all
 * that comes until some of it is answered. So nobody waits where little is asked, and where much is, a command has
 * much in it: it costs both sides more than what is in it.
 */
export class Gathered<T> {
  readonly #send: (all: T[]) => void;
  readonly #most: number;
  #waiting: T[] = [];
  #underWay = 0;

  /** `most`: commands under way. */
  constructor(most: number, send: (all: T[]) => void) {
    this.#most = most;
    this.#send = send;
  }

  add(one: T): void {
    if (this.#waiting.length === 0) this.#goOn();
    this.#waiting.push(one);
  }

  /** Runs a command that was sent. */
  async command<R>(work: () => Promise<R>): Promise<R> {
    let counts = true;
    const over = (): void => {
      if (counts) this.#underWay -= 1;
      counts = false;
      this.#goOn();
    };
    this.#underWay += 1;
    const timer = setTimeout(over, LONG);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      over();
    }
  }

  /** What follows from the answers is asked for in this turn, and goes along. */
  #goOn(): void {
    if (this.#underWay < this.#most) afterThisTurn(this.#flush);
  }

  readonly #flush = (): void => {
    if (this.#waiting.length === 0 || this.#underWay >= this.#most) return;
    const all = this.#waiting;
    this.#waiting = [];
    this.#send(all);
  };
}
