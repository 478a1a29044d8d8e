/**
 * Forms with a file, of people who are signed in: a body that is bounded, few parts, and the same token as every
 * other form. This folder owns how files come in; what is in one is for whoever asked for it to judge.
 */
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { Problem } from '../../problem.ts';
import type { Vault } from '../../secrets/vault.ts';
import { checkCsrf } from '../csrf.ts';
import { LARGEST_BODY, readForm, type Fields } from '../forms.ts';
import { thisPage } from '../way-on.ts';

export interface UploadedFile {
  /** As the browser calls it: somebody’s words, and no path. */
  name: string;
  bytes: Uint8Array;
}
export type UploadedFiles = Readonly<Record<string, UploadedFile>>;

/** Parts of a form. */
export const MOST_PARTS = 50;
/** Characters that are kept of what a file is called. */
const LONGEST_NAME = 100;

/**
 * A form of one of our pages, with its files by the names of their fields; a field or file that is given twice
 * counts once, the first, and one that nothing was chosen in is none; a file’s name is a field too, which is there
 * still when the file has to be chosen again. `largest`: bytes of all files together. Problems: those of
 * `readForm`, `upload-unreadable` (400).
 */
export async function readUpload(
  ctx: Context,
  vault: Vault,
  largest: number,
  back: string = thisPage(ctx),
): Promise<{ fields: Fields; files: UploadedFiles }> {
  if (!ctx.is('multipart/form-data'))
    return { fields: await readForm(ctx, vault, back), files: {} };
  const tooLarge = new Problem('too-large', { status: 413, back });
  const body = await getRawBody(ctx.req, {
    limit: largest + LARGEST_BODY,
    length: ctx.get('content-length') || null,
  }).catch((cause: Error & { type?: string }) => {
    throw cause.type === 'entity.too.large' ? tooLarge : new Problem('request-aborted', { cause });
  });
  const read = await partsOf(body, ctx.get('content-type'), back);
  const sizes = Object.values(read.files).map(({ bytes }) => bytes.length);
  if (sizes.reduce((sum, size) => sum + size, 0) > largest) throw tooLarge;
  if (Object.values(read.fields).some((value) => value.length > LARGEST_BODY)) throw tooLarge;
  checkCsrf(vault, ctx, { given: read.fields['csrf'], back });
  return read;
}

async function partsOf(
  body: Buffer,
  contentType: string,
  back: string,
): Promise<{ fields: Fields; files: UploadedFiles }> {
  const unreadable = (cause?: unknown): Problem =>
    new Problem('upload-unreadable', { status: 400, back, cause });
  const boundary = boundaryIn(contentType);
  if (boundary === undefined || partsIn(body, boundary) > MOST_PARTS) throw unreadable();
  // With nothing else in it: what was counted is what is read.
  const type = { 'content-type': `multipart/form-data; boundary="${boundary}"` };
  const form = await new Response(body as Uint8Array<ArrayBuffer>, { headers: type })
    .formData()
    .catch((cause: unknown) => {
      throw unreadable(cause);
    });
  const fields = Object.create(null) as Record<string, string>;
  const files = Object.create(null) as Record<string, UploadedFile>;
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] ??= value;
    else if (value.name !== '' || value.size > 0) {
      const file = (files[name] ??= await fileOf(value));
      fields[name] ??= file.name;
    }
  }
  return { fields, files };
}

/** RFC 2046 §5.1.1. */
function boundaryIn(contentType: string): string | undefined {
  const said = /;\s*boundary=(?:"([\w'()+,./:=? -]{1,70})"|([\w'()+,./:=?-]{1,70}))\s*(?:;|$)/iu;
  const [, quoted, plain] = said.exec(contentType) ?? [];
  return quoted ?? plain;
}

/** Before any of them is made anything of. */
function partsIn(body: Buffer, boundary: string): number {
  let count = 0;
  for (let at = body.indexOf(`--${boundary}`); at >= 0 && count <= MOST_PARTS + 1; count += 1)
    at = body.indexOf(`--${boundary}`, at + 1);
  // The last one ends the form.
  return count - 1;
}

async function fileOf(file: File): Promise<UploadedFile> {
  const name = file.name.split(/[\\/]/u).at(-1) ?? '';
  return { name: name.slice(0, LONGEST_NAME), bytes: await file.bytes() };
}
