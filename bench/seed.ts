/**
 * What is in a store before the product is measured on it. People's password hashes are cheap ones unless told, as
 * argon2id would hide everything else.
 */
import { operatorPerformed, type Performed } from '../src/audit/performed.ts';
import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type { Passcode } from '../src/records/passcode.ts';
import { newPersonId } from '../src/records/person.ts';
import { addPerson } from '../src/operations/people/add-person.ts';
import { newAuthenticator, openSecret } from '../src/factors/totp.ts';
import { claimInstallation } from '../src/migration/installation.ts';
import { addClient } from '../src/operations/clients/add-client.ts';
import { addOrganisation } from '../src/operations/organisations/add-organisation.ts';
import { valueOf } from '../src/result.ts';
import { newPasscode } from '../src/passcodes/passcode.ts';
import type { Config } from '../src/config/schema.ts';
import type { Vault } from '../src/secrets/vault.ts';
import type { Store } from '../src/storage/store.ts';
import type { ConfidentialClient, Person, Ready } from './messages.ts';

const redirect_uri = 'http://localhost:9/callback';
/** The least that argon2id can be told (RFC 9106 §3.1); a hash carries its parameters. */
const CHEAP = { memoryCost: 8, timeCost: 1 };
/** Argon2id. */
const HASH = { algorithm: 2, parallelism: 1 };
const FOR_MAIL = {
  name: 'Mail',
  protocols: ['imap', 'smtp'],
  networks: [],
  expiresAt: null,
} satisfies Partial<Passcode>;
/** As the bare provider's clients. */
const SIGNING = { alg: 'ES256', requirePkce: true } as const;
const now = (): number => Date.now();
const byOperator = (): Performed => operatorPerformed({ default_language: 'en' }, now());

export interface HashCost {
  /** KiB. */
  memoryCost: number;
  timeCost: number;
}

export interface Seeding {
  store: Store;
  vault: Vault;
  config: Pick<Config, 'lifetimes'>;
}

/** Makes an empty store one that so many people, and clients, can be served from. */
export async function seed(
  parts: Seeding,
  people: number,
  cost: HashCost = CHEAP,
): Promise<Pick<Ready, 'clients' | 'people'>> {
  await claimInstallation(parts.store, 'production', now());
  return {
    clients: {
      web: { ...(await confidentialClient(parts, 'Webmail')), redirect_uri },
      spa: { client_id: await publicClient(parts), redirect_uri },
      service: await confidentialClient(parts, 'Service'),
      mail: await confidentialClient(parts, 'Dovecot'),
    },
    people: await makePeople(parts, people, cost),
  };
}

async function confidentialClient(
  parts: Seeding,
  name: 'Webmail' | 'Service' | 'Dovecot',
): Promise<ConfidentialClient> {
  const redirectUris = name === 'Webmail' ? [redirect_uri] : [];
  const kind = name === 'Dovecot' ? 'mail' : 'web';
  const signing = name === 'Webmail' ? SIGNING : {};
  const clientCredentials = name === 'Service';
  const input = { name, kind, redirectUris, clientCredentials, ...signing } as const;
  const { client, secret } = valueOf(await addClient(parts, byOperator(), input));
  return { client_id: client.id, client_secret: secret ?? '' };
}

async function publicClient(parts: Seeding): Promise<string> {
  const redirectUris = [redirect_uri];
  const input = { name: 'Browser app', kind: 'spa', redirectUris, ...SIGNING } as const;
  const { client } = valueOf(await addClient(parts, byOperator(), input));
  return client.id;
}

async function makePeople(parts: Seeding, people: number, cost: HashCost): Promise<Person[]> {
  const bench = { name: 'Bench', id: 'bench', mfa: 'required' } as const;
  valueOf(await addOrganisation(parts, byOperator(), bench));
  const logins = Array.from({ length: people }, (_, at) => `person${at}`);
  return Promise.all(logins.map((login) => makePerson(parts, login, cost)));
}

async function makePerson(
  { store, vault }: Seeding,
  login: string,
  cost: HashCost,
): Promise<Person> {
  const password = randomBytes(32).toString('base64url');
  const authenticator = await newAuthenticator(vault, now());
  const id = newPersonId();
  const { passcode, letters } = newPasscode(vault, id, FOR_MAIL, now());
  const person = {
    organisation: 'bench',
    login,
    email: `${login}@bench.example`,
    name: `Person ${login}`,
  };
  const credentials = {
    passwordHash: await hash(password, { ...HASH, ...cost }),
    authenticators: [authenticator],
    passcodes: [passcode],
  };
  const parts = { store, relay: { soon() {} } };
  valueOf(await addPerson(parts, byOperator(), person, { id, credentials }));
  const totpSecret = await openSecret(vault, authenticator);
  return { login, password, totpSecret, passcode: letters };
}
