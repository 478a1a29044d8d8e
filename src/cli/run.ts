/** From arguments to a command: parses, runs, prints the outcome or what was wrong. */
import { parseArgs } from 'node:util';
import { Problem } from '../problem.ts';
import { printable, printableLines } from '../text/printable.ts';
import type { TextValues } from '../text/catalogue.ts';
import type { World } from '../server/world.ts';
import { VIEWS } from '../server/views.ts';
import type { Command, Options } from './command.ts';
import { COMMANDS, type CommandRow } from './commands.ts';
import { UsageError } from './usage-error.ts';

type Chosen = CommandRow & Command;

/** Answers the exit code: 0 done, 1 refused or failed, 2 wrong arguments. */
export async function runCommand(argv: readonly string[], outside: World): Promise<number> {
  const world = { ...outside, stdout: escaping(outside.stdout), stderr: escaping(outside.stderr) };
  const command = await commandOf(argv);
  if (!command || argv.includes('--help')) return help(argv, world, command);
  let options: Options = {};
  try {
    const parsed = parse(command, argv);
    ({ options } = parsed);
    const outcome = await command.run(world, parsed);
    if (outcome)
      world.stdout.write(`${options['json'] ? JSON.stringify(outcome.json) : outcome.text}\n`);
    return 0;
  } catch (error) {
    return fail(world, command, error, options['json'] === true);
  }
}

async function commandOf(argv: readonly string[]): Promise<Chosen | undefined> {
  const row = COMMANDS.find(({ name }) => name.split(' ').every((word, at) => argv[at] === word));
  return row && { ...row, ...(await row.load()) };
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

/** What every command takes. */
const EVERYWHERE = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  force: { type: 'boolean' },
} as const;

function parse(
  command: Chosen,
  argv: readonly string[],
): { options: Options; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: argv.slice(command.name.split(' ').length),
      options: { ...command.options, ...EVERYWHERE },
      allowPositionals: true,
    });
    return { options: values, positionals };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function fail(world: World, command: Chosen, error: unknown, json: boolean): Promise<number> {
  const message = await messageOf(error);
  if (json) {
    const code = error instanceof Problem ? error.code : 'failed';
    world.stdout.write(`${JSON.stringify({ error: code, message })}\n`);
  } else {
    world.stderr.write(`${message}\n`);
  }
  if (!(error instanceof UsageError)) return 1;
  world.stderr.write(`\nUsage: latchkey ${command.name} ${command.usage}\n`);
  return 2;
}

/** A Problem says the same here as on a page. */
async function messageOf(error: unknown): Promise<string> {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  const { loadTexts } = await import('../text/catalogue.ts');
  return loadTexts(`${VIEWS}texts`).text('en', `problem.${error.code}`, plain(error.values));
}

function plain(values: Problem['values']): TextValues {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? printable(value) : value,
  ]);
  return Object.fromEntries(entries) as TextValues;
}

function help(argv: readonly string[], world: World, command: Chosen | undefined): number {
  if (command) {
    world.stdout.write(`${command.summary}\n\nUsage: latchkey ${command.name} ${command.usage}\n`);
    return 0;
  }
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const list = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join(
    '\n',
  );
  const asked = argv.length === 0 || argv.includes('--help') || argv[0] === 'help';
  const text = `Usage: latchkey COMMAND [--config FILE] [--json]\n\n${list}\n\nlatchkey COMMAND --help tells more.\n`;
  if (asked) world.stdout.write(text);
  else world.stderr.write(`There is no command "${argv.join(' ')}".\n\n${text}`);
  return asked ? 0 : 2;
}
