/**
 * Codes as they are typed, dictated or pasted. Keyboards write the digits of their script, phones group
 * what they copy, chats set it in quotes or bold, and whatever sets the direction of writing comes along
 * unseen. Nothing is looked for in what else was typed: a code in a sentence is none.
 */

/** Characters that are looked at, before NFKC makes up to 18 of one. */
const LONGEST = 200;

/**
 * Blanks of any width, controls, what can't be seen, marks (of a keycap), dashes, quotes, and what stands
 * between groups or ends a sentence. The object replacement character is a picture's place in a rich text.
 */
const BETWEEN =
  /[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{M}\p{Pd}\p{Pi}\p{Pf}\u2212\u2043\u201A\u201E「」『』〝〞〟\uFFFC.,·•‧・。、"'`_*]/gu;

/**
 * Letters and digits alone: capitals, and ASCII's digits for those of any script (UAX #44, `Nd`). What
 * else was typed stays, so that it is no code. '' for what is too long to be one.
 */
export function typedCode(text: string): string {
  if (text.length > LONGEST) return '';
  return (
    text
      .normalize('NFKC')
      .replaceAll(BETWEEN, '')
      .replaceAll(/(?![0-9])\p{Nd}/gu, asciiDigit)
      // What a Turkish keyboard makes of an i.
      .replaceAll('İ', 'I')
      .toUpperCase()
  );
}

/** A code as it is shown: in groups of `size` characters, as people read and type them. */
export function inGroups(code: string, size: number, separator: string): string {
  return (code.match(new RegExp(`.{1,${size}}`, 'gu')) ?? []).join(separator);
}

/**
 * The digits of a script are ten neighbours, in their order (Unicode §4.6). Before its zero there is no
 * digit, or there are those of other scripts, ten each (Myanmar has three sets side by side).
 */
function asciiDigit(digit: string): string {
  let value = 0;
  const at = digit.codePointAt(0) ?? 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(at - value - 1))) value += 1;
  return String(value % 10);
}
