/** What an operation answers: its value, or the problem for which nothing was changed. */
import { Problem } from './problem.ts';

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** Does the work; a Problem that it throws, in a conditional write too, is its result. Other errors reject. */
export async function resultOf<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: error };
    throw error;
  }
}

/** The value. Throws the problem, for a door that answers problems in one place. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw result.problem;
}
