/**
 * Which passwords are refused, by NIST SP 800-63B-4 §3.1.1.2: length counts and composition doesn't;
 * what is commonly used, expected, out of a breach or the person's own name is refused, and why is
 * told. Pure.
 */
import { Problem } from '../problem.ts';

export interface PasswordRules {
  /** Characters. */
  minimum: number;
  /** The person's own names: login, address, name, organisation. */
  known: readonly string[];
}

/** Of folded words (`foldedPassword`). */
export interface KnownWords {
  /** Among the most used passwords? They are looked for with something around them too. */
  isCommon(word: string): boolean;
  /** Out of a breach? */
  isBreached(word: string): boolean;
}

/** No policy allows fewer characters (NIST SP 800-63B-4). */
export const SHORTEST = 8;
/** Characters, counted as those of the shortest. */
export const LONGEST = 256;
/** Units of UTF-16 that are looked at, before NFKC makes up to 18 of one: forms take no more either. */
export const LONGEST_TYPED = 1024;
/** Fewer characters beside a common word or a name make nobody guess much longer. */
const FEW = 6;
/** Shorter words are in too much that is no word. */
const SHORTEST_WORD = 4;

/** What people write in place of letters. */
const LETTER_OF: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Keys side by side; the row of digits goes round. */
const ROWS = [
  '12345678901',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'yxcvbnm',
];

/**
 * What is wrong with it, or undefined: `password-short`, `password-long`, `password-row`,
 * `password-names`, `password-common` or `password-breached`.
 */
export function passwordFault(
  password: string,
  { minimum, known }: PasswordRules,
  { isCommon, isBreached }: KnownWords,
): Problem | undefined {
  const long = new Problem('password-long', { values: { maximum: LONGEST } });
  if (password.length > LONGEST_TYPED) return long;
  const plain = normalPassword(password);
  if ([...plain].length > LONGEST) return long;
  const least = Math.max(minimum, SHORTEST);
  if (lengthOf(plain) < least) return new Problem('password-short', { values: { minimum: least } });
  const folded = foldedPassword(plain);
  if (isRow(folded)) return new Problem('password-row');
  if (isMadeOf(folded, known)) return new Problem('password-names');
  if (isCommonWithTrimmings(folded, isCommon)) return new Problem('password-common');
  return isBreached(folded) ? new Problem('password-breached') : undefined;
}

/** As it is hashed, compared and counted: keyboards compose characters in different ways (§3.1.1.2). */
export function normalPassword(password: string): string {
  return password.normalize('NFKC');
}

/** As it is looked for among known ones: in capitals it is no other. */
export function foldedPassword(password: string): string {
  return normalPassword(password).toLowerCase();
}

/** Is it the same password, however each was composed? */
export function isSamePassword(one: string, other: string): boolean {
  return normalPassword(one) === normalPassword(other);
}

/**
 * Code points (§3.1.1.2), but for what makes a password longer and nothing to guess: what can't be seen,
 * and marks upon marks. Two above one another are in use, a vowel with its tone (Thai).
 */
function lengthOf(plain: string): number {
  const counted = plain
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/([\p{Mn}\p{Me}]{2})[\p{Mn}\p{Me}]+/gu, '$1');
  return [...counted].length;
}

/** `aaaaaaaa`, `abcabcabcabc`, `12345678`, `qwertyuiopasdfgh`: a short piece over and over, or neighbours. */
function isRow(text: string): boolean {
  if (/^(.{1,4})\1+.{0,3}$/u.test(text)) return true;
  const characters = [...text];
  const jumps = characters.filter(
    (character, at) => at > 0 && !areNeighbours(characters[at - 1] ?? '', character),
  );
  return jumps.length <= characters.length / 4;
}

function areNeighbours(a: string, b: string): boolean {
  const step = (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
  return Math.abs(step) <= 1 || ROWS.some((row) => row.includes(a + b) || row.includes(b + a));
}

/** Little is left when the person's own names are taken out. */
function isMadeOf(text: string, known: readonly string[]): boolean {
  const names = known
    .flatMap((name) =>
      name
        .normalize('NFKC')
        .toLowerCase()
        .split(/[\s@._+-]+/u),
    )
    .filter(({ length }) => length >= SHORTEST_WORD)
    .toSorted((a, b) => b.length - a.length);
  const rest = names.reduce((left, name) => left.replaceAll(name, ''), text);
  return rest !== text && rest.length < FEW;
}

/** `P@ssw0rd2026!`: a common one behind other characters for letters, and what people put around it. */
function isCommonWithTrimmings(text: string, isCommon: (word: string) => boolean): boolean {
  const spellings = (word: string): string[] => {
    const lettered = word.replaceAll(/[013457$@!8]/gu, (sign) => LETTER_OF[sign] ?? sign);
    return [word, lettered, lettered.replaceAll('i', 'l')];
  };
  if (spellings(text).some(isCommon)) return true;
  const core = text.replaceAll(/^\P{L}+|\P{L}+$/gu, '');
  if (core.length < SHORTEST_WORD || !spellings(core).some(isCommon)) return false;
  const trimmings = text.replace(core, '');
  return trimmings.length <= FEW || isRow(trimmings) || isCommon(trimmings);
}
