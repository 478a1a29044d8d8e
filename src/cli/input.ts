import type { z } from 'zod';
import { UsageError } from './usage-error.ts';

/** What an operation takes, from what a command was told. UsageError: it is nothing that an operation takes. */
export function inputFrom<S extends z.ZodType>(schema: S, told: z.input<S>): z.output<S> {
  const parsed = schema.safeParse(told);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
}
