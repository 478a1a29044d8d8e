/** Text in columns: how wide it is on a terminal, and what is left of it where there is no room. Pure. */

/** Two places each: Han, kana, Hangul, full-width forms and emoji (UAX #11); none: marks that combine. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Places on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += placesOf(character);
  return width;
}

function placesOf(character: string): number {
  if (character < '\u0300') return 1;
  if (NONE.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** As it is where it has room, else its beginning and `…`. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let room = width - 1;
  for (const character of text) {
    room -= placesOf(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Columns of those widths that need no more than `room` places, gaps aside: the widest give way first. */
export function fitted(widths: readonly number[], room: number, least: number): number[] {
  const result = [...widths];
  for (let over = sum(result) - room; over > 0; over -= 1) {
    const widest = result.indexOf(Math.max(...result));
    if ((result[widest] ?? 0) <= least) break;
    result[widest] = (result[widest] ?? 0) - 1;
  }
  return result;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
