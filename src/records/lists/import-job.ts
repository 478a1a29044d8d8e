/**
 * An import of people that was begun in the console: the file, in pieces, how it is read, and how far it has come.
 * Both go by themselves after a day, the file as soon as its people are in.
 */
import type { RequestOrigin } from '../../net/request-origin.ts';
import { collection } from '../../storage/store.ts';
import type { Locale } from '../../text/languages.ts';
import type { ImportProgress } from './people-import.ts';

export interface ImportJob {
  /** Who began it: subject identifier of an administrator. Nobody else sees it. */
  by: string;
  /** Their epoch when they said the last word of it: it ends with their sessions. */
  byEpoch: number;
  /** From where, and in which language: what the events and mails of its people say. */
  origin: RequestOrigin;
  language: Locale;
  /** Of those whose line names none; null: each line has to. */
  organisation: string | null;
  /** As the browser calls it. */
  file: string;
  format: 'csv' | 'jsonl';
  mode: 'create' | 'update' | 'upsert';
  key: 'login' | 'id';
  /** Pieces of the file. */
  pieces: number;
  /** Line ends in it. */
  lines: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Nothing is written yet: it is looked what would be. */
  isDry: boolean;
  progress: ImportProgress;
  /** Of those of a dry run: what `progress` was. Absent: none was made. */
  wouldBe?: Pick<ImportProgress, 'created' | 'updated' | 'unchanged' | 'bad'>;
  /** Why it was broken off, as a code of `Problem` with its values; null: it was not. */
  problem: { code: string; values: Readonly<Record<string, string | number>> } | null;
  isDone: boolean;
  /** Some process is at it until then; null: none is. */
  leasedUntil: number | null;
}

/** Milliseconds. */
export const IMPORT_LIVES = 86_400_000;

/** By a random id. */
export const importJobCollection = collection<ImportJob>('import_job', {
  indexes: {
    due: ({ isDone, leasedUntil }) => (isDone ? undefined : (leasedUntil ?? 0)),
    by: ({ by }) => by,
  },
});

/** Bytes of the file, as base64. Its id: that of the import, and its number. */
export interface ImportPiece {
  bytes: string;
}
export const importPieceCollection = collection<ImportPiece>('import_piece');

export const pieceId = (job: string, piece: number): string => `${job} ${piece}`;
