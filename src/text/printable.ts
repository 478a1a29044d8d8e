/**
 * Names come from outside. Control characters in one can drive a terminal, begin a new line that looks
 * like ours, or turn the order of what is read (UTR #36 §2.4, CVE-2021-42574): whoever prints a name shows
 * them as `\u202e`. Joiners stay, as scripts and emoji need them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu;

/** The same, but for the line breaks between our own lines. */
const UNPRINTABLE_IN_LINES = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu;

/** A name, in one line. In the text of JSON the escapes mean what was there. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** Lines that are ours, with whatever else is in them escaped. */
export function printableLines(text: string): string {
  // Nearly every line of a log; the classes of Unicode take ten times as long.
  if (!/[^\n -~]/u.test(text)) return text;
  return text.replaceAll(UNPRINTABLE_IN_LINES, escaped);
}

export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) === -1;
}

/** Can somebody or something be called that? What was called something else before stays so. */
export function isName(text: string): boolean {
  const name = text.trim();
  return name !== '' && text.length <= 100 && isPrintable(name);
}

/** How names are compared: what looks the same to whoever reads it, as far as Unicode says so (UAX #15 NFKC). */
export function foldedName(name: string): string {
  const seen = name.normalize('NFKC').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '');
  return seen.trim().replaceAll(/\s+/gu, ' ').toLowerCase();
}

/** For pages, where nobody reads an escape: without the marks that turn the direction of writing. */
export function withoutDirectionMarks(text: string): string {
  return text.replaceAll(/\p{Bidi_Control}/gu, '');
}

/** All of them are in the basic plane. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
