/** What the driver's errors mean here. */
import mongoose from 'mongoose';
import { StoreUnavailable } from '../store.ts';

const { MongoError, MongoServerError } = mongoose.mongo;

/** Another document of this `_id` is there. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 11_000;
}

/**
 * Whether the call failed on the way to the server or back, or in it: what was asked may have been
 * done or not. Everything but a duplicate is taken for that.
 */
export function isUnsure(error: unknown): boolean {
  return isOfDriver(error) && !isDuplicate(error);
}

/** What callers see of an error: those of the driver mean that the store cannot serve now. */
export function asUnavailable(error: unknown): unknown {
  if (!isOfDriver(error)) return error;
  return new StoreUnavailable(`MongoDB cannot serve: ${error.message}`, { cause: error });
}

/** Runs `work`; the driver's errors become StoreUnavailable. */
export async function served<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** The driver passes some errors of sockets on as they are (EPIPE, when the other end has just gone). */
function isOfDriver(error: unknown): error is Error {
  if (error instanceof MongoError || error instanceof mongoose.MongooseError) return true;
  return error instanceof Error && 'code' in error && /^E[A-Z]+$/u.test(String(error.code));
}
