/** From arguments to a command: parses, runs, prints the outcome or what was wrong. */
import { parseArgs } from 'node:util';
import { Problem } from '../problem.ts';
import { printable, printableLines } from '../text/printable.ts';
import { loadTexts, type TextValues } from '../text/catalogue.ts';
import type { World } from '../server/world.ts';
import { UsageError, type Command, type Options } from './command.ts';
import { VIEWS } from '../server/views.ts';

/** Each is loaded when it is asked for: a command does not wait for the server’s modules. */
const COMMANDS: readonly (readonly [name: string, load: () => Promise<Command>])[] = [
  ['serve', async () => (await import('./serve.ts')).serve],
  ['setup-link', async () => (await import('./setup-link.ts')).setupLink],
  ['org add', async () => (await import('./org.ts')).orgAdd],
  ['org set', async () => (await import('./org.ts')).orgSet],
  ['org list', async () => (await import('./org.ts')).orgList],
  ['user add', async () => (await import('./user.ts')).userAdd],
  ['user set', async () => (await import('./user-set.ts')).userSet],
  ['user list', async () => (await import('./user-list.ts')).userList],
  ['user show', async () => (await import('./user-list.ts')).userShow],
  ['user password-link', async () => (await import('./user-security.ts')).userPasswordLink],
  ['user unlock', async () => (await import('./user-security.ts')).userUnlock],
  ['user reset-mfa', async () => (await import('./user-security.ts')).userResetMfa],
  ['user disable', async () => (await import('./user-set.ts')).userDisable],
  ['user enable', async () => (await import('./user-set.ts')).userEnable],
  ['user remove', async () => (await import('./user-remove.ts')).userRemove],
  ['client add', async () => (await import('./client.ts')).clientAdd],
  ['client show', async () => (await import('./client-show.ts')).clientShow],
  ['client set', async () => (await import('./client-set.ts')).clientSet],
  ['client list', async () => (await import('./client.ts')).clientList],
  ['client remove', async () => (await import('./client.ts')).clientRemove],
  ['client rotate-secret', async () => (await import('./client.ts')).clientRotateSecret],
  ['policy explain', async () => (await import('./policy.ts')).policyExplain],
  ['audit list', async () => (await import('./audit.ts')).auditList],
  ['backup', async () => (await import('./backup.ts')).backup],
  ['restore', async () => (await import('./restore.ts')).restore],
  ['revoke-all', async () => (await import('./revoke-all.ts')).revokeAllCommand],
  ['migrate', async () => (await import('./migrate.ts')).migrateCommand],
];

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

async function commandOf(argv: readonly string[]): Promise<Command | undefined> {
  const found = COMMANDS.find(([name]) => name.split(' ').every((word, at) => argv[at] === word));
  return found?.[1]();
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
  command: Command,
  argv: readonly string[],
): { options: Options; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: argv.slice(command.name.split(' ').length),
      options: { ...command.options, config: { type: 'string' }, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    return { options: values, positionals };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function fail(world: World, command: Command, error: unknown, json: boolean): number {
  const message = messageOf(error);
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
function messageOf(error: unknown): string {
  if (error instanceof Problem)
    return loadTexts(`${VIEWS}texts`).text('en', `problem.${error.code}`, plain(error.values));
  return error instanceof Error ? error.message : String(error);
}

function plain(values: Problem['values']): TextValues {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? printable(value) : value,
  ]);
  return Object.fromEntries(entries) as TextValues;
}

async function help(
  argv: readonly string[],
  world: World,
  command: Command | undefined,
): Promise<number> {
  if (command) {
    world.stdout.write(`${command.summary}\n\nUsage: latchkey ${command.name} ${command.usage}\n`);
    return 0;
  }
  const commands = await Promise.all(COMMANDS.map(([, load]) => load()));
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands
    .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
    .join('\n');
  const asked = argv.length === 0 || argv.includes('--help') || argv[0] === 'help';
  const text = `Usage: latchkey COMMAND [--config FILE] [--json]\n\n${list}\n\nlatchkey COMMAND --help tells more.\n`;
  if (asked) world.stdout.write(text);
  else world.stderr.write(`There is no command "${argv.join(' ')}".\n\n${text}`);
  return asked ? 0 : 2;
}
