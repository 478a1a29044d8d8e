/**
 * The border for what people post: a bounded body, one content type, and every field reduced to a
 * bounded string before any rule sees it.
 */
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import type { Vault } from '../secrets/vault.ts';
import { checkCsrf } from './csrf.ts';
import { thisPage } from './way-on.ts';

/** Bytes. */
export const LARGEST_BODY = 64 * 1024;

/** A single-line field; what is missing is empty, so that one message covers both. */
export const text = (longest: number): z.ZodDefault<z.ZodString> =>
  z.string().max(longest, 'too-long').default('');

export type Fields = Readonly<Record<string, string>>;

/**
 * Reads a form of one of our pages. Problems: `content-type` (415), `too-large` (413), `csrf` (403).
 * A field given twice counts once, the first. `back`: the page of the form, to which each problem leads.
 */
export async function readForm(
  ctx: Context,
  vault: Vault,
  back: string = thisPage(ctx),
): Promise<Fields> {
  if (!ctx.is('application/x-www-form-urlencoded')) {
    throw new Problem('content-type', { status: 415, back });
  }
  const body = await bounded(ctx, LARGEST_BODY, back);
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(body.toString())) fields[name] ??= value;
  checkCsrf(vault, ctx, { given: fields['csrf'], back });
  return fields;
}

/** What says that it is longer is not read at all. */
async function bounded(ctx: Context, limit: number, back: string): Promise<Buffer> {
  const length = ctx.get('content-length') || null;
  return getRawBody(ctx.req, { limit, length }).catch((cause: Error & { type?: string }) => {
    if (cause.type === 'entity.too.large') throw new Problem('too-large', { status: 413, back });
    throw new Problem('request-aborted', { cause });
  });
}

/** Fields as a schema has them, or the code of what is wrong with each (`problem.<code>` in the catalogue). */
export function parseFields<T>(
  schema: z.ZodType<T>,
  fields: Readonly<Record<string, unknown>>,
): { ok: true; values: T } | { ok: false; errors: Record<string, string> } {
  const parsed = schema.safeParse({ ...fields });
  if (parsed.success) return { ok: true, values: parsed.data };
  const errors: Record<string, string> = {};
  for (const issue of parsed.error.issues) errors[String(issue.path[0])] ??= issue.message;
  return { ok: false, errors };
}
