/** How far an import of people has come, so that one that was broken off goes on where it was. */
import { collection } from '../../storage/store.ts';

/** A line of which nothing came: why, as a code of `Problem`. */
export interface BadLine {
  line: number;
  code: string;
  values: Readonly<Record<string, string | number>>;
}

export interface ImportProgress {
  /** Of that run: what the subject identifiers of whom it adds are made from. */
  run: string;
  /** The last line that was seen to. */
  line: number;
  created: number;
  updated: number;
  unchanged: number;
  /** How many there were; the first thousand of them are in `badLines`. */
  bad: number;
  badLines: readonly BadLine[];
  isFinished: boolean;
}

/** Its id: a keyed hash of the file, how it is imported and by whom. */
export const peopleImportCollection = collection<ImportProgress>('people_import', { key: 'hash' });

export const MOST_BAD_LINES = 1_000;
