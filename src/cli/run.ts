/** From arguments to a command: parses, runs, prints the outcome or what was wrong. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../config/nearest.ts';
import { Problem } from '../problem.ts';
import { printable, printableLines } from '../text/printable.ts';
import type { Texts, TextValues } from '../text/catalogue.ts';
import type { World } from '../server/world.ts';
import { VIEWS } from '../server/views.ts';
import type { Command, CommandRow, Options } from './command.ts';
import { EVERYWHERE, programIn } from './everywhere.ts';
import { COMMANDS } from './commands.ts';
import { version } from '../config/version.ts';
import { asTyped, helpOf, helpOfAll, isGroup, perhapsMeant } from './help.ts';
import { UsageError } from './usage-error.ts';

type Chosen = CommandRow & Command;

/**
 * An id as it is printed. One in 64 begins with a hyphen (RFC 4648 §5), and would be read as options of one letter,
 * of which there are none.
 */
const ID_WITH_HYPHEN = /^-[A-Za-z0-9_][A-Za-z0-9_-]{6,}$/u;
/** Before such an id, while it is parsed. Nothing that comes from a shell has it. */
const MARK = '\0';

/** Answers the exit code: 0 done, 1 refused or failed, 2 wrong arguments. */
export async function runCommand(argv: readonly string[], outside: World): Promise<number> {
  const world = { ...outside, stdout: escaping(outside.stdout), stderr: escaping(outside.stderr) };
  const command = await commandOf(argv);
  if (!command) return withoutCommand(argv, world);
  if (asksForHelp(argv)) return say(world, helpOf(world, command));
  let options: Options = {};
  try {
    const parsed = parse(command, argv);
    ({ options } = parsed);
    const outcome = await command.run(world, { ...parsed, commands: COMMANDS });
    if (outcome)
      world.stdout.write(
        `${options['json'] ? JSON.stringify(outcome.json) : asTyped(world, outcome.text)}\n`,
      );
    return outcome?.failed ? 1 : 0;
  } catch (error) {
    return fail(world, command, error, options['json'] === true || argv.includes('--json'));
  }
}

async function commandOf(argv: readonly string[]): Promise<Chosen | undefined> {
  const row = COMMANDS.find(({ name }) => name.split(' ').every((word, at) => argv[at] === word));
  return row && { ...row, ...(await row.load()) };
}

function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

function withoutCommand(argv: readonly string[], world: World): number {
  const [first] = argv;
  const asked = asksForHelp(argv) || first === 'help';
  if (first === undefined) return say(world, helpOfAll(world));
  if (first === '--version' || first === '-v') return say(world, `latchkey ${version()}\n`);
  if (asked) return say(world, helpOfAll(world, argv.find(isGroup)));
  const words = argv.filter((word) => !word.startsWith('-'));
  const wrong = `There is no command "${words.join(' ') || first}".${perhapsMeant(world, words)}`;
  // The whole list would push the sentence off the terminal.
  const more = isGroup(first)
    ? helpOfAll(world, first)
    : `${programIn(world)} --help lists them.\n`;
  world.stderr.write(`${wrong}\n\n${more}`);
  return 2;
}

function say({ stdout }: World, text: string): number {
  stdout.write(text);
  return 0;
}

/** Whatever a command prints, and the server logs, goes through here. */
function escaping<T extends World['stdout']>(stream: T): T {
  const write = (text: string): unknown => {
    // Nothing but a progress bar begins with one, which goes back to the beginning of its line.
    const back = text.startsWith('\r') ? '\r' : '';
    return stream.write(back + printableLines(text.slice(back.length)));
  };
  return Object.create(stream, { write: { value: write } }) as T;
}

function parse(
  command: Chosen,
  argv: readonly string[],
): { options: Options; positionals: string[] } {
  const options = { ...EVERYWHERE, ...command.options };
  const words = argv.slice(command.name.split(' ').length);
  const isId = (word: string): boolean => ID_WITH_HYPHEN.test(word) && !(word.slice(1) in options);
  const args = words.map((word) => (isId(word) ? MARK + word : word));
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const entries = Object.entries(values).map(([name, value]) => [name, unmarked(value)]);
    return {
      options: Object.fromEntries(entries) as Options,
      positionals: unmarked(positionals) as string[],
    };
  } catch (cause) {
    throw new UsageError(faultOf(cause, Object.keys(options)), { cause });
  }
}

function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked);
  return typeof value === 'string' ? value.replace(MARK, '') : value;
}

function faultOf(error: unknown, known: readonly string[]): string {
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(MARK, '');
  const [, unknown] = /^Unknown option '(--?[^']*)'/u.exec(message) ?? [];
  if (unknown === undefined) return message;
  const names = known.map((name) => `--${name}`);
  return `There is no option ${unknown} here.${didYouMean(unknown, names)}`;
}

async function fail(world: World, command: Chosen, error: unknown, json: boolean): Promise<number> {
  const message = asTyped(world, await messageOf(error));
  if (json) {
    const code = error instanceof Problem ? error.code : 'failed';
    world.stdout.write(`${JSON.stringify({ error: code, message })}\n`);
  } else {
    world.stderr.write(`${message}\n`);
  }
  if (!(error instanceof UsageError)) return 1;
  world.stderr.write(asTyped(world, `\nUsage: latchkey ${command.name} ${command.usage}\n`));
  return 2;
}

/** A Problem says the same here as on a page. */
async function messageOf(error: unknown): Promise<string> {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  const text = (await loadedTexts()).text('en', `problem.${error.code}`, plain(error.values));
  return text + ((error as { hint?: string }).hint ?? '');
}

let texts: Promise<Texts> | undefined;

/** Once for all commands of this process. */
function loadedTexts(): Promise<Texts> {
  return (texts ??= import('../text/catalogue.ts').then((it) => it.loadTexts(`${VIEWS}texts`)));
}

function plain(values: Problem['values']): TextValues {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? printable(value) : value,
  ]);
  return Object.fromEntries(entries) as TextValues;
}
