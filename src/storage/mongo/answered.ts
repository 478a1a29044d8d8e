/** That whoever asks the server something gets an answer, or is told that there is none. */
import mongoose from 'mongoose';
import { StoreUnavailable } from '../store.ts';

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
