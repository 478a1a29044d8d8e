/** Passwords that are known: `check/known-passwords.ts` makes their lists and names the sources. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openWords, type WordSet } from './known-passwords/fingerprints.ts';

/** Both of folded words (password-rules.ts). */
export interface KnownPasswords {
  /** Words that very many people use, short ones too: they stay easy to guess with something around them. */
  common: WordSet;
  /** Of the million that breaches have shown most often, those of 8 characters and more. */
  breached: WordSet;
}

/** Their files. */
export const LISTS: Readonly<Record<keyof KnownPasswords, string>> = {
  common: fileURLToPath(new URL('../../lists/common-passwords.bin', import.meta.url)),
  breached: fileURLToPath(new URL('../../lists/breached-passwords.bin', import.meta.url)),
};

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
  return openWords(await readFile(LISTS[name]));
}
