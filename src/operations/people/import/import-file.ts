/** The file of an import, kept in pieces until its people are in: whichever process goes on with it finds it. */
import { Problem } from '../../../problem.ts';
import {
  IMPORT_LIVES,
  importPieceCollection,
  pieceId,
  type ImportJob,
} from '../../../records/lists/import-job.ts';
import type { Store } from '../../../storage/store.ts';

/** Bytes of a file that is sent to the console. */
export const LARGEST_IMPORT = 20 * 1024 * 1024;
/** Lines of one. */
export const MOST_LINES = 100_000;
/** Bytes of a piece: as one document, a write that holds nobody up. */
const PIECE = 256 * 1024;
const NEW_LINE = 0x0a;

/** Line ends. Problem `import-lines` (413): there are more than may be. */
export function linesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEW_LINE); at >= 0; at = bytes.indexOf(NEW_LINE, at + 1)) count += 1;
  if (count > MOST_LINES)
    throw new Problem('import-lines', { status: 413, values: { most: MOST_LINES } });
  return count;
}

/** Answers how many pieces there are. `now`: milliseconds since the epoch. */
export async function keepFile(
  store: Pick<Store, 'put'>,
  job: string,
  bytes: Uint8Array,
  now: number,
): Promise<number> {
  const pieces = Math.ceil(bytes.length / PIECE);
  for (let piece = 0; piece < pieces; piece += 1) {
    const part = bytes.subarray(piece * PIECE, (piece + 1) * PIECE);
    const kept = { bytes: Buffer.from(part).toString('base64') };
    const expiry = { expiresAt: now + IMPORT_LIVES };
    await store.put(importPieceCollection, pieceId(job, piece), kept, expiry);
  }
  return pieces;
}

/** From its start. Problem `import-gone`: its day is over. */
export async function* fileOf(
  store: Pick<Store, 'get'>,
  job: string,
  { pieces }: Pick<ImportJob, 'pieces'>,
): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < pieces; piece += 1) {
    const kept = await store.get(importPieceCollection, pieceId(job, piece));
    if (!kept) throw new Problem('import-gone', { status: 409 });
    yield Buffer.from(kept.bytes, 'base64');
  }
}

export async function forgetFile(
  store: Pick<Store, 'delete'>,
  job: string,
  { pieces }: Pick<ImportJob, 'pieces'>,
): Promise<void> {
  for (let piece = 0; piece < pieces; piece += 1)
    await store.delete(importPieceCollection, pieceId(job, piece));
}
