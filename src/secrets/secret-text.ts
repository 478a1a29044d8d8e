/** What is in a secret's file, as text of one line: what an editor has added to it would become part of the secret. */
import { isUtf8 } from 'node:buffer';

const BOMS: readonly [name: string, bytes: readonly number[]][] = [
  ['UTF-8', [0xef, 0xbb, 0xbf]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
];

/** Why these bytes are no text that a secret can be read from; undefined: they are. Never quotes them. */
export function unreadable(bytes: Buffer): string | undefined {
  for (const [name, mark] of BOMS) {
    if (mark.every((byte, at) => bytes[at] === byte))
      return `begins with a byte order mark (of ${name}), which an editor has put there. Save it as UTF-8 without one`;
  }
  if (bytes.includes(0))
    return 'has zero bytes in it: it is UTF-16, or no text. Save it as UTF-8 without a byte order mark';
  return isUtf8(bytes)
    ? undefined
    : 'is not UTF-8 text. Save it as UTF-8 without a byte order mark';
}

/**
 * The one line of a secret's file, without the line break at its end. Or why there is none, as the end of a
 * sentence about the file: more line breaks may be meant or not, so nobody guesses.
 */
export function oneLineOf(text: string): { line: string } | { refusal: string } {
  const line = text.replace(/\r?\n$/u, '');
  if (line.trim() === '') return { refusal: 'is empty. Write the secret into it' };
  const breaks = line.match(/\r\n|\n|\r/gu)?.length ?? 0;
  if (breaks === 0) return { line };
  const isAtEnd = /^[^\r\n]*[\r\n]+$/u.test(line);
  return {
    refusal: isAtEnd
      ? `ends in ${breaks + 1} line breaks, where one is left out. Remove the empty lines at its end`
      : `has ${breaks + 1} lines, where a secret has one. Leave the secret alone in it`,
  };
}
