/**
 * Passwords that are known, in files beside this one: `check/known-passwords.ts` makes them and names
 * their sources.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openWords, type WordSet } from './fingerprints.ts';

/** Both of folded words (password-rules.ts). */
export interface KnownPasswords {
  /** Words that very many people use, short ones too: they stay easy to guess with something around them. */
  common: WordSet;
  /** Of the million that breaches have shown most often, those of 8 characters and more. */
  breached: WordSet;
}

/** The folder with `common.bin` and `breached.bin`. */
export const LISTS = import.meta.dirname;

/** Reads them when they are first asked for: two megabytes, which then stay. */
export function knownPasswords(): () => Promise<KnownPasswords> {
  let lists: Promise<KnownPasswords> | undefined;
  return async () => {
    lists ??= readLists();
    try {
      return await lists;
    } catch (error) {
      // What can't be read now may be there the next time.
      lists = undefined;
      throw error;
    }
  };
}

async function readLists(): Promise<KnownPasswords> {
  const [common, breached] = await Promise.all([readWords('common'), readWords('breached')]);
  return { common, breached };
}

async function readWords(name: keyof KnownPasswords): Promise<WordSet> {
  return openWords(await readFile(join(LISTS, `${name}.bin`)));
}
