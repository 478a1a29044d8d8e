/** What doors hand to operations, read with the schema that stands beside each. */
import { z } from 'zod';

/** Far longer than any of them can be: what is wrong with one is told by the operation, in its own words. */
export const boundedText = z.string().max(4000);

export type InputSchema = z.ZodType;
/** What a door is told. */
export type Told<S extends InputSchema> = z.input<S>;
/** What the operation takes. */
export type Taken<S extends InputSchema> = z.output<S>;

/** `fault`: in a line, for whoever programs or types it. */
export function readInput<S extends InputSchema>(
  schema: S,
  told: Told<S>,
): { input: Taken<S> } | { fault: string } {
  const parsed = schema.safeParse(told);
  if (parsed.success) return { input: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return { fault: faults.join('; ') };
}

/** Only the fields that were given. */
export function given<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
