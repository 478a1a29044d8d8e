/** A place that shows a text of the catalogue. */

/** The fixed parts of a key; between each two is a hole that is filled when the program runs. */
export type Pattern = readonly string[];

export interface Use {
  path: string;
  line: number;
  /** Any of these, all of which have to be there. */
  anyOf: readonly (readonly Pattern[])[];
  /** Names of the values given with it; undefined: they are not told here. */
  values: readonly string[] | undefined;
  /** Asks only whether there is such a text. */
  asks?: boolean;
}

/** What the holes of keys can be filled with: words of the program, and words with holes themselves. */
export interface Words {
  fixed: ReadonlySet<string>;
  open: readonly Pattern[];
}

/** What fills the holes when the pattern is the key; undefined when it can't be. */
export function fillings(pattern: Pattern, key: string): string[] | undefined {
  const expression = pattern.map((part) => RegExp.escape(part)).join('(.+?)');
  return new RegExp(`^${expression}$`, 'u').exec(key)?.slice(1);
}

export function isWord(text: string, { fixed, open }: Words): boolean {
  return fixed.has(text) || open.some((pattern) => fillings(pattern, text) !== undefined);
}

export function printPattern(pattern: Pattern): string {
  return pattern.join('…');
}
