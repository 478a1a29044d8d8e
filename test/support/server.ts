/** The real server on a folder and a port of its own, in this process, with a clock that tests move. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSync } from 'otplib';
import {
  getOrganisation,
  updateOrganisation,
  type Organisation,
  type OrganisationMfa,
} from '../../src/records/organisation.ts';
import { createPasswords } from '../../src/factors/password.ts';
import type { Person } from '../../src/records/person.ts';
import { startServer, type RunningServer } from '../../src/server/server.ts';
import { loadViews, type Views } from '../../src/server/load-views.ts';
import { loadConfig } from '../../src/config/load.ts';
import { newOneTimeCodes } from '../../src/factors/one-time-codes.ts';
import { newAuthenticator, openSecret } from '../../src/factors/totp.ts';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { byOperator } from './by-operator.ts';
import { freePort } from './free-port.ts';
import type { Registration } from './relying-party.ts';
import { newStore } from './stores.ts';
import { addPerson, type AddedPerson } from './operator.ts';

export const PASSWORD = 'a long pass phrase of alice';
export const REDIRECT = 'http://127.0.0.1:9/callback';

export interface TestServer extends RunningServer {
  issuer: string;
  /** What it was configured with: for the command line beside it. */
  env: Record<string, string>;
  folder: string;
  /** Everything that the store keeps, as bytes. */
  stored(): Promise<Buffer>;
  /** What the server has written, logs included. */
  output: string[];
  /**
   * Milliseconds that the server's clock is ahead of the machine's; with `stands` (epoch milliseconds) of that alone,
   * so that nothing is over before the test says so, however slow the machine is.
   */
  clock: { ahead: number; stands?: number };
  /** Milliseconds that the console would have waited for a change to hold everywhere, each time. */
  pauses: number[];
  now(): number;
  addPerson(fields?: Partial<AddedPerson>, options?: PersonOptions): Promise<TestPerson>;
  addClient(fields?: Partial<NewClient>): Promise<Registration>;
  setOrganisationMfa(mfa: OrganisationMfa): Promise<void>;
  setOrganisation(change: Partial<Organisation>): Promise<void>;
  stop(): Promise<void>;
}

/** What the person has: an authenticator, codes to `<login>@home.test`, ten one-time codes. */
export interface PersonOptions {
  totp?: boolean;
  email?: boolean;
  oneTimeCodes?: boolean;
}

export interface TestPerson {
  /** As they were made. */
  oneTimeCodes: string[];
  person: Person;
  login: string;
  /** The code of the present step, or some steps away from it. */
  code(steps?: number): string;
}

export async function startTestServer(env: Record<string, string> = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-server-'));
  const kept = newStore(folder);
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const clock: TestServer['clock'] = { ahead: 0 };
  const now = (): number => (clock.stands ?? Date.now()) + clock.ahead;
  const output: string[] = [];
  const variables = {
    LATCHKEY_ISSUER: issuer,
    LATCHKEY_LISTEN_PORT: String(port),
    ...kept.env,
    LATCHKEY_PASSWORDS_HASH_MEMORY_KIB: '7168',
    LATCHKEY_PASSWORDS_HASH_PASSES: '1',
    ...env,
  };
  const config = loadConfig({ cwd: folder, env: variables });
  // What changes holds when the test has moved the clock.
  const pauses: number[] = [];
  const pause = async (ms: number): Promise<void> => void pauses.push(ms);
  const world = { stdout: { write: (text: string) => output.push(text) }, now, pause };
  const running = await startServer(config, world, {
    purpose: 'production',
    views: await sharedViews(),
  });
  await byOperator({ ...running, now }).addOrganisation({
    name: 'Acme',
    mfa: 'required',
    domains: ['acme.test'],
  });
  return {
    ...running,
    issuer,
    env: variables,
    folder,
    stored: () => kept.contents(),
    output,
    clock,
    pauses,
    now,
    ...seeding(running, issuer, now),
    async stop() {
      await running.close();
      await kept.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let passwordHash: Promise<string> | undefined;

/**
 * Of PASSWORD, made once for everybody that this process adds, with the least that argon2id can be told (RFC 9106
 * §3.1): a hash carries its parameters, so that each sign-in of theirs is as cheap, in whichever process.
 */
export function hashOfPassword(): Promise<string> {
  const cost = { memoryKib: 8, passes: 1, workers: 1 };
  return (passwordHash ??= createPasswords(cost).then(({ hash }) => hash(PASSWORD)));
}

let views: Promise<Views> | undefined;

/** Loaded once for all servers of this process. */
export function sharedViews(): Promise<Views> {
  return (views ??= loadViews());
}

export type Seeding = Pick<
  TestServer,
  'addPerson' | 'addClient' | 'setOrganisationMfa' | 'setOrganisation'
>;

export function seeding(
  { store, vault }: Pick<RunningServer, 'store' | 'vault'>,
  issuer: string,
  now: () => number,
): Seeding {
  let count = 0;
  let clients = 0;
  const operator = byOperator({ store, vault, now });
  const organisationThere = async (id: string): Promise<void> => {
    if (!(await getOrganisation(store, id)))
      await operator.addOrganisation({ id, name: id, mfa: 'required' });
  };
  const setOrganisation = (change: Partial<Organisation>): Promise<void> =>
    updateOrganisation(store, 'acme', () => ({ set: change, result: undefined }));
  return {
    async addPerson(fields = {}, options = {}) {
      count += 1;
      const login = fields.login ?? `person${count}`;
      const authenticator = await newAuthenticator(vault, now());
      const secret = await openSecret(vault, authenticator);
      const known = {
        organisation: 'acme',
        login,
        email: `${login}@acme.test`,
        name: `Person ${count}`,
      };
      const passwordHash = await hashOfPassword();
      const { set, codes } = await newOneTimeCodes(vault, now());
      const factors = {
        authenticators: options.totp ? [authenticator] : [],
        ...(options.email ? mailed(login, now()) : {}),
        ...(options.oneTimeCodes ? { oneTimeCodes: set } : {}),
      };
      const person = await addPerson(
        store,
        { ...known, passwordHash, ...factors, ...fields },
        now(),
      );
      const oneTimeCodes = options.oneTimeCodes ? codes : [];
      return { person, login, oneTimeCodes, code: (steps = 0) => codeOf(secret, now(), steps) };
    },
    async addClient(fields = {}) {
      clients += 1;
      // Two of one name are shown with their ids.
      const name = clients === 1 ? 'Webmail' : `Webmail ${clients}`;
      const input = { name, kind: 'web', redirectUris: [REDIRECT], ...fields } as const;
      for (const id of fields.organisations ?? []) await organisationThere(id);
      const { client, secret } = await operator.addClient(input);
      return {
        issuer,
        clientId: client.id,
        clientSecret: secret ?? '',
        redirectUri: client.redirectUris[0] ?? '',
      };
    },
    async setOrganisationMfa(mfa) {
      await setOrganisation({ mfa });
    },
    setOrganisation,
  };
}

function mailed(login: string, now: number) {
  return { secondaryEmail: { address: `${login}@home.test`, verifiedAt: now }, emailMfaSince: now };
}

/** The six digits of a base32 secret at `now` (milliseconds), or some steps away. */
export function codeOf(secret: string, now: number, steps = 0): string {
  return generateSync({ secret, epoch: Math.floor(now / 1000) + steps * 30 });
}
