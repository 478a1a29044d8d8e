/** `docs/commands.md`: what every command says of itself with `--help`. */
import { Readable } from 'node:stream';
import { COMMANDS } from '../../src/cli/commands.ts';
import { runCommand } from '../../src/cli/run.ts';

const HEAD = `# Commands

\`\`\`sh
npm run -s latchkey -- --help
npm run -s latchkey -- user add --help
\`\`\`

In the containers it is \`docker compose exec latchkey latchkey …\`, and \`latchkey …\` where Latchkey is installed, as below.

Every command takes

- \`--json\`: one object or list on standard output, names in snake_case;
- \`--config FILE\`: the configuration of the installation that is meant;
- \`--force\`: goes on though the server was started with another configuration than the command.

What ends something asks first at a terminal; elsewhere it changes nothing without \`--yes\`. Exit codes: 0 done, 1 refused or failed, 2 wrong
arguments. Secrets are read from standard input or files, never from arguments. All commands but \`restore\` and \`migrate\` work while the
server runs. Who may do what by which door: [who-may-what.md](who-may-what.md).
`;

/** The page as it has to be, before it is formatted. */
export async function commandsPage(): Promise<string> {
  const helps = [];
  for (const { name } of COMMANDS)
    helps.push({ name, paragraphs: (await helpOf(name.split(' '))).trimEnd().split('\n\n') });
  // What the help of every command ends with is said once, at the top.
  const last = new Set(helps.map(({ paragraphs }) => paragraphs.at(-1)));
  const parts = helps.flatMap(({ name, paragraphs }) => {
    const own = last.size === 1 ? paragraphs.slice(0, -1) : paragraphs;
    return [`## ${name}\n`, '```text', own.join('\n\n'), '```', ''];
  });
  return [HEAD, ...parts].join('\n');
}

async function helpOf(name: readonly string[]): Promise<string> {
  const said: string[] = [];
  const stream = { write: (text: string) => said.push(text) };
  await runCommand([...name, '--help'], {
    env: {},
    cwd: '/',
    stdin: Readable.from([]),
    stdout: stream,
    stderr: stream,
    stop: new AbortController().signal,
    now: () => 0,
  });
  return said.join('');
}
