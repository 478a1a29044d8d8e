/**
 * The product, as `latchkey serve` runs it: SQLite with durable commits, its log written, every
 * default. Only what is in the store is made here, and the people's password hashes are cheap ones,
 * as argon2id would hide everything else.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { hash } from '@node-rs/argon2';
import { addOrganisation } from '../src/accounts/organisation.ts';
import { addPerson } from '../src/accounts/person.ts';
import { startServer, type RunningServer } from '../src/cli/server.ts';
import { loadConfig } from '../src/config/load.ts';
import { newAuthenticator, openSecret } from '../src/factors/totp.ts';
import { addClient } from '../src/oidc/clients.ts';
import { answerBench, benchFolder } from './answer-bench.ts';
import { PEOPLE, type ConfidentialClient, type Person, type Ready } from './messages.ts';

const redirect_uri = 'http://localhost:9/callback';
/** The least that argon2id can be told (RFC 9106 §3.1); a hash carries its parameters. */
const CHEAP = { algorithm: 2, memoryCost: 8, timeCost: 1, parallelism: 1 };
const now = (): number => Date.now();

async function main(): Promise<void> {
  const folder = benchFolder();
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const env = { LATCHKEY_ISSUER: issuer, LATCHKEY_LISTEN_PORT: String(port) };
  // Relative to the folder: the store and the key go there.
  const config = loadConfig({ cwd: folder, env });
  const server = await startServer(
    config,
    { stdout: process.stdout, now },
    {
      purpose: 'production',
    },
  );
  const ready: Ready = {
    issuer,
    clients: {
      web: { ...(await confidentialClient(server, false)), redirect_uri },
      spa: { client_id: await publicClient(server), redirect_uri },
      service: await confidentialClient(server, true),
    },
    people: await makePeople(server),
  };
  answerBench(ready, () => server.close());
}

async function confidentialClient(
  { store, vault }: RunningServer,
  forItself: boolean,
): Promise<ConfidentialClient> {
  const name = forItself ? 'Service' : 'Webmail';
  const redirectUris = forItself ? [] : [redirect_uri];
  const input = { name, kind: 'web', redirectUris, clientCredentials: forItself } as const;
  const { client, secret } = await addClient({ store, vault }, input, now());
  return { client_id: client.id, client_secret: secret ?? '' };
}

async function publicClient({ store, vault }: RunningServer): Promise<string> {
  const input = { name: 'Browser app', kind: 'spa', redirectUris: [redirect_uri] } as const;
  const { client } = await addClient({ store, vault }, input, now());
  return client.id;
}

async function makePeople(server: RunningServer): Promise<Person[]> {
  await addOrganisation(server.store, { name: 'Bench', id: 'bench', mfa: 'required' }, now());
  return Promise.all(Array.from({ length: PEOPLE }, (_, at) => makePerson(server, `person${at}`)));
}

async function makePerson({ store, vault }: RunningServer, login: string): Promise<Person> {
  const password = randomBytes(32).toString('base64url');
  const authenticator = await newAuthenticator(vault, now());
  const person = {
    organisation: 'bench',
    login,
    email: `${login}@bench.example`,
    name: `Person ${login}`,
    passwordHash: await hash(password, CHEAP),
    authenticators: [authenticator],
  };
  await addPerson(store, person, now());
  return { login, password, totpSecret: await openSecret(vault, authenticator) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

await main();
