/**
 * `npm run demo`: the provider, a sample webmail and a mailbox page on three ports of this machine,
 * with an organisation and people. One process; Ctrl-C ends all of it.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer, type RunningServer } from '../src/server/server.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/schema.ts';
import { startMailbox } from './mailbox.ts';
import { seed, type DemoPerson, type Seeded } from './seed.ts';
import { startWebmail } from './webmail.ts';

const HELP = `Usage: npm run demo -- [--port-base N] [--data DIR] [--json]

  --port-base N  provider on N, webmail on N+1, mailbox on N+2 (3000)
  --data DIR     keep the demonstration's data there; a temporary folder by default
  --json         print everything as one line of JSON
`;

interface Options {
  json: boolean;
  portBase: number;
  data: string | undefined;
}

const stop = new AbortController();
// Not `once`: a launcher may pass on the signal that the terminal has sent to all of us already.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const options = optionsFrom(argv);
  if (typeof options === 'string') {
    process.stderr.write(options);
    return argv.includes('--help') ? 0 : 2;
  }
  try {
    await using closing = new AsyncDisposableStack();
    const running = await start(options, closing);
    process.stdout.write(options.json ? `${JSON.stringify(running)}\n` : describe(running));
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

interface Running extends Seeded {
  issuer: string;
  webmail: string;
  mailbox: string;
}

async function start({ portBase, data }: Options, closing: AsyncDisposableStack): Promise<Running> {
  const folder = data === undefined ? await temporaryFolder(closing) : resolve(data);
  await mkdir(folder, { recursive: true });
  const mailbox = await startMailbox({ port: portBase + 2, now: Date.now });
  closing.defer(() => mailbox.close());

  const server = await startProvider(folder, portBase, mailbox.smtpUrl);
  closing.defer(() => server.close());
  const seeded = await seedOnce(server, folder, portBase + 1);

  const [client] = seeded.clients;
  const webmail = await startWebmail({
    port: portBase + 1,
    issuer: server.config.issuer,
    clientId: client?.client_id ?? '',
    clientSecret: client?.client_secret ?? '',
  });
  closing.defer(() => webmail.close());
  return { issuer: server.config.issuer, webmail: webmail.url, mailbox: mailbox.url, ...seeded };
}

async function temporaryFolder(closing: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-demo-'));
  closing.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The provider's log goes to a file: what is printed here is for reading. */
async function startProvider(
  folder: string,
  port: number,
  smtpUrl: string,
): Promise<RunningServer> {
  const log = createWriteStream(join(folder, 'latchkey.log'), { flags: 'a' });
  return startServer(
    demoConfig(folder, port, smtpUrl),
    { stdout: log, now: Date.now },
    { purpose: 'demonstration' },
  );
}

function demoConfig(folder: string, port: number, smtpUrl: string): Config {
  return loadConfig({
    cwd: folder,
    env: {
      LATCHKEY_ISSUER: `http://localhost:${port}`,
      LATCHKEY_LISTEN_PORT: String(port),
      LATCHKEY_STORE_PATH: join(folder, 'demo.db'),
      LATCHKEY_ENCRYPTION_KEY_FILE: join(folder, 'demo.key'),
      LATCHKEY_OUTGOING_PRIVATE_ORIGINS: `http://localhost:${port + 1}`,
      LATCHKEY_MAIL_SMTP_URL: smtpUrl,
    },
  });
}

/** What was seeded is remembered beside the store, so that a kept demonstration can print it again. */
async function seedOnce(
  server: RunningServer,
  folder: string,
  webmailPort: number,
): Promise<Seeded> {
  const file = join(folder, 'demo.json');
  if (!server.first) return JSON.parse(await readFile(file, 'utf8')) as Seeded;
  const seeded = await seed(server, webmailPort, Date.now());
  await writeFile(file, JSON.stringify(seeded), { mode: 0o600 });
  return seeded;
}

function factorOf({ totpSecret, factors, secondaryEmail }: DemoPerson): string {
  if (totpSecret !== undefined) return `authenticator app with the secret ${totpSecret}`;
  if (factors.includes('email-code'))
    return `codes by email to ${secondaryEmail} (see the mailbox)`;
  return 'not enrolled yet';
}

function optionsFrom(argv: readonly string[]): Options | string {
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
  return error instanceof Error ? error.message : String(error);
}

function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;
}

function describe({ issuer, webmail, mailbox, people }: Running): string {
  const rows = people.map(
    (person) =>
      `  ${person.username.padEnd(6)} ${person.password.padEnd(24)} ${person.role.padEnd(14)} ${factorOf(person)}`,
  );
  const codes = people.find(({ oneTimeCodes }) => oneTimeCodes);
  return [
    '',
    'Latchkey, the demonstration',
    '',
    `  Sample webmail   ${webmail}   begin here`,
    `  Mailbox          ${mailbox}   every mail that is sent`,
    `  Provider         ${issuer}`,
    '',
    `  name   password                 role           second factor`,
    ...rows,
    '',
    ...(codes
      ? [
          `  One-time codes of ${codes.username}: ${codes.oneTimeCodes?.slice(0, 3).join(' ')} …`,
          '',
        ]
      : []),
    '  Acme requires a second factor: alice is led through the set-up at her first sign-in.',
    '  Ctrl-C ends all of it.',
    '',
    '',
  ].join('\n');
}
