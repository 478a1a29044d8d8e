/** Lines of a reasonable length for the text part of a mail. */

/** Columns: an ideograph takes two. */
const WIDTH = 72;

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uff60]/u;
/** What a line must not begin with. */
const CLOSING = /^[\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff09\u300d\u300f\u300b]/u;
/** A piece that stays together: one ideograph with the punctuation behind it, or a word; and the space after it. */
const PIECE = new RegExp(
  `(?:${WIDE.source}${CLOSING.source.slice(1)}*|(?:(?!${WIDE.source})\\S)+)\\s*`,
  'gu',
);

/** Breaks at spaces, and between ideographs; a longer word stays whole. */
export function wrap(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const [piece] of text.trim().matchAll(PIECE)) {
    if (line !== '' && columns(line) + columns(piece.trimEnd()) > WIDTH) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  return [...lines, line.trimEnd()].join('\n');
}

function columns(text: string): number {
  return [...text].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}
