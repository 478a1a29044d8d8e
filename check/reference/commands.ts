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

Every command takes \`--json\` (one object or list on standard output, names in snake_case) and \`--config FILE\`. Exit codes: 0 done,
1 refused or failed, 2 wrong arguments. Secrets are read from standard input or files, never from arguments. All commands but
\`restore\` and \`migrate\` work while the server runs. Who may do what by which door: [who-may-what.md](who-may-what.md).
`;

/** The page as it has to be, before it is formatted. */
export async function commandsPage(): Promise<string> {
  const parts = [];
  for (const { name } of COMMANDS)
    parts.push(`## ${name}\n`, '```text', (await helpOf(name.split(' '))).trimEnd(), '```', '');
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
