/** What is wrong with the fields of a form of the console, as its templates tell it. */
import { hasFaults, type Problem } from '../../problem.ts';

/** By field: a code of the catalogue, or one with its values. */
export type Errors = Readonly<Record<string, string | { code: string; values: Problem['values'] }>>;

const toldOf = ({ code, values }: Problem) => ({ code, values });

/** Of each field that is wrong; what is about none of them is told at `first`. `fieldOf`: whose a code is. */
export function errorsOf(
  problem: Problem,
  first: string,
  fieldOf: (code: string) => string | undefined,
): Errors {
  const faults = Object.entries(problem.faults);
  if (hasFaults(problem))
    return Object.fromEntries(faults.map(([field, fault]) => [field, toldOf(fault)]));
  return { [fieldOf(problem.code) ?? first]: toldOf(problem) };
}
