/**
 * `npm run demo`: the provider, a sample webmail and a mailbox page on three ports of this machine,
 * with an organisation and people. One process; Ctrl-C ends all of it.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Options } from './start.ts';

const HELP = `Usage: npm run demo -- [--port-base N] [--data DIR] [--json]

  --port-base N  provider on N, webmail on N+1, mailbox on N+2 (3000)
  --data DIR     keep the demonstration's data there; a temporary folder by default
  --json         print everything as one line of JSON
`;

const stop = new AbortController();
// Not `once`: a launcher may pass on the signal that the terminal has sent to all of us already. SIGHUP: the
// window was closed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stop.abort());
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const options = optionsFrom(argv);
  if (typeof options === 'string') {
    process.stderr.write(options);
    return argv.includes('--help') ? 0 : 2;
  }
  try {
    await untilStopped(options);
    if (!options.json) process.stdout.write(goodBye(options));
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

/** Loaded here, so that a package that is not there can be told of. */
async function untilStopped({ json, ...options }: Given): Promise<void> {
  const [{ start }, { describe }] = await Promise.all([
    import('./start.ts'),
    import('./describe.ts'),
  ]);
  await using closing = new AsyncDisposableStack();
  const running = await start(options, closing);
  process.stdout.write(json ? `${JSON.stringify(running)}\n` : describe(running));
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
}

function goodBye({ data }: Options): string {
  const left =
    data === undefined
      ? 'Nothing is left of it.'
      : `What was kept is in ${data}; start again with --data ${data}.`;
  return `\nGood-bye: the demonstration has ended. ${left}\n`;
}

interface Given extends Options {
  json: boolean;
}

function optionsFrom(argv: readonly string[]): Given | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        json: { type: 'boolean', default: false },
        'port-base': { type: 'string', default: '3000' },
        data: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    const portBase = Number(values['port-base']);
    if (values.help) return HELP;
    if (!Number.isInteger(portBase) || portBase < 1 || portBase > 65_533) {
      return `--port-base must be a whole number from 1 to 65533; it is "${values['port-base']}".\n\n${HELP}`;
    }
    return { json: values.json, portBase, data: values.data };
  } catch (error) {
    return `${messageOf(error)}\n\n${HELP}`;
  }
}

function messageOf(error: unknown): string {
  const { code, port } = rootOf(error) as { code?: string; port?: number };
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop what uses it, or take other ports: npm run demo -- --port-base 4000`;
  }
  const message = error instanceof Error ? error.message : String(error);
  const [, name] = /^Cannot find package '([^']+)'/u.exec(message) ?? [];
  return code === 'ERR_MODULE_NOT_FOUND' && name !== undefined ? notInstalled(name) : message;
}

/** The sample webmail and the mailbox are no part of an installation, nor is what they are made of. */
function notInstalled(name: string): string {
  return [
    `The demonstration needs the package ${name}, which is not installed: a mailbox and a webmail are no part of Latchkey.`,
    'This installs it, with all that "npm ci --omit=dev" leaves out:',
    '',
    '  npm ci',
    '',
    'Without it Latchkey itself runs: npm start',
  ].join('\n');
}

function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;
}
