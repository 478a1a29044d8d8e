/** What the command line says of itself: help, examples, and what was perhaps meant. */
import { nearest } from '../config/nearest.ts';
import type { World } from '../server/world.ts';
import type { Command, CommandRow } from './command.ts';
import { COMMANDS, FORMER } from './commands.ts';
import { programIn } from './everywhere.ts';

const NAMED = new RegExp(
  `\\blatchkey (?=(?:${COMMANDS.map(({ name }) => name).join('|')})\\b)`,
  'gu',
);

/** Commands that a text names, as they are typed here. */
export function asTyped(world: Pick<World, 'env'>, text: string): string {
  return text.replace(NAMED, `${programIn(world)} `);
}

const TAKEN = `Every command takes --config FILE, --json, and --force, which goes on though the server was started with
another configuration. Exit codes: 0 done, 1 refused or failed, 2 wrong arguments.`;

export function helpOf(
  world: World,
  { name, summary, example, usage }: CommandRow & Command,
): string {
  const usages = usage === '' ? name : `${name} ${usage}`;
  const text = `${summary}\n\nUsage: latchkey ${usages}\n\nExample: ${example}\n\n${TAKEN}\n`;
  return asTyped(world, text);
}

/** Of all commands, or of those whose name begins with that word. */
export function helpOfAll(world: World, group?: string): string {
  const rows = COMMANDS.filter(({ name }) => group === undefined || isOf(group, name));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const list = rows.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
  const program = programIn(world);
  const what = group === undefined ? 'COMMAND' : `${group} COMMAND`;
  return `Usage: ${program} ${what} [OPTIONS]\n\n${list}\n\n${program} COMMAND --help tells more, with an example.\n${TAKEN}\n`;
}

/** The first word of commands of two. */
export function isGroup(word: string | undefined): word is string {
  return word !== undefined && COMMANDS.some(({ name }) => isOf(word, name));
}

const isOf = (group: string, name: string): boolean => name.startsWith(`${group} `);

/** For words that are no command: a sentence, or nothing. */
export function perhapsMeant(world: World, words: readonly string[]): string {
  const typed = words.slice(0, 2).join(' ');
  const now = FORMER[typed];
  if (now !== undefined) return ` It is called ${programIn(world)} ${now} now.`;
  const names = COMMANDS.map(({ name }) => name);
  const near = nearest(typed, names) ?? nearest(words[0] ?? '', names);
  return near === undefined ? '' : ` Did you mean ${programIn(world)} ${near}?`;
}
