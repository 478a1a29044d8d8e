/** Starts the parts of the demonstration: mailbox, provider, webmail, in this order, and the people in it. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { startServer, type RunningServer } from '../src/server/server.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/schema.ts';
import { liveCodes } from './live-codes.ts';
import { startMailbox } from './mailbox.ts';
import { seed, type Seeded } from './seed.ts';
import { startWebmail } from './webmail.ts';

export interface Options {
  portBase: number;
  /** Undefined: a temporary folder, which goes when it ends. */
  data: string | undefined;
}

export interface Running extends Seeded {
  issuer: string;
  webmail: string;
  mailbox: string;
  /** What the command line speaks to it with: `--config`. */
  config: string;
}

/** What was started is put on `closing`, also when it rejects. */
export async function start(
  { portBase, data }: Options,
  closing: AsyncDisposableStack,
): Promise<Running> {
  const folder = data === undefined ? await temporaryFolder(closing) : resolve(data);
  await mkdir(folder, { recursive: true });
  let running: RunningServer | undefined;
  const codes = async () => (running ? liveCodes(running, Date.now()) : []);
  const mailbox = await startMailbox({ port: portBase + 2, now: Date.now, codes });
  closing.defer(() => mailbox.close());

  const file = await writeConfig(folder, portBase, mailbox.smtpUrl);
  const server = await startProvider(folder, file);
  running = server;
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
  const sites = { issuer: server.config.issuer, webmail: webmail.url, mailbox: mailbox.url };
  return { ...sites, config: file, ...seeded };
}

async function temporaryFolder(closing: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-demo-'));
  closing.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The provider's log goes to a file: what is printed here is for reading. */
async function startProvider(folder: string, file: string): Promise<RunningServer> {
  const log = createWriteStream(join(folder, 'latchkey.log'), { flags: 'a' });
  return startServer(
    demoConfig(folder, file),
    { stdout: log, now: Date.now },
    { purpose: 'demonstration' },
  );
}

const demoConfig = (cwd: string, file: string): Config => loadConfig({ cwd, env: {}, file });

/** A file, so that the command line can be told of it: the demonstration's administrator has that. */
async function writeConfig(folder: string, port: number, smtpUrl: string): Promise<string> {
  const file = join(folder, 'latchkey.yaml');
  const config = {
    issuer: `http://localhost:${port}`,
    listen: { port },
    store: { path: join(folder, 'demo.db') },
    encryption: { key_file: join(folder, 'demo.key') },
    outgoing: { private_origins: [`http://localhost:${port + 1}`] },
    mail: { smtp_url: smtpUrl },
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
  return file;
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
