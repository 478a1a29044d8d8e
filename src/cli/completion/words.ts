/** What can be typed next, of the table of commands: for the scripts that shells complete by. */
import type { CommandRow, OptionSpec } from '../command.ts';
import { EVERYWHERE } from '../everywhere.ts';

export interface Completed {
  /** `user add` */
  name: string;
  summary: string;
  /** `--mfa` and what its value can be: empty for a switch, undefined for anything. */
  options: readonly { flag: string; values: readonly string[] | undefined }[];
}

export async function completed(commands: readonly CommandRow[]): Promise<Completed[]> {
  return Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const all: Record<string, OptionSpec> = { ...(await load()).options, ...EVERYWHERE };
      const options = Object.entries(all).flatMap(([option, { type, values, former }]) =>
        former ? [] : [{ flag: `--${option}`, values: type === 'boolean' ? [] : values }],
      );
      return { name, summary, options };
    }),
  );
}

/** The words of the first place, and those that follow a word of it: `user` → `add`, `set`, …. */
export function wordsOf(commands: readonly Completed[]): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ');
    const following = words.get(first) ?? [];
    words.set(first, second === undefined ? following : [...following, second]);
  }
  return words;
}
