/** The demonstration's organisation, people and client, made with the functions that the product uses. */
import { addOrganisation } from '../src/accounts/organisation.ts';
import { createPasswords } from '../src/accounts/password.ts';
import { addPerson, type Role } from '../src/accounts/person.ts';
import type { Installation } from '../src/cli/command.ts';
import { heldFactors, type FactorId } from '../src/factors/factor.ts';
import { newAuthenticator, openSecret } from '../src/factors/totp.ts';
import { addClient, type ClientKind } from '../src/oidc/clients.ts';
import { webmailRedirectUris } from './webmail.ts';

export interface DemoPerson {
  username: string;
  password: string;
  role: Role;
  /** Base32; only of people who are enrolled. */
  totpSecret?: string;
  factors: FactorId[];
}

export interface DemoClient {
  client_id: string;
  client_secret: string;
  redirect_uris: string[];
  kind: ClientKind;
}

export interface Seeded {
  people: DemoPerson[];
  clients: DemoClient[];
}

/** Known to everybody who reads this: the demonstration listens on loopback only. */
const PEOPLE = [
  { login: 'alice', name: 'Alice Archer', password: 'tuesday-lantern-orchard', enrolled: false },
  { login: 'bob', name: 'Bob Brewer', password: 'copper-meadow-telescope', enrolled: true },
  {
    login: 'carol',
    name: 'Carol Chen',
    password: 'harbour-violin-pepper',
    enrolled: true,
    role: 'administrator',
  },
] as const;

/** Fills an empty store. `now`: milliseconds since the epoch. */
export async function seed(
  installation: Installation,
  webmailPort: number,
  now: number,
): Promise<Seeded> {
  const organisation = await addOrganisation(
    installation.store,
    { name: 'Acme', mfa: 'required' },
    now,
  );
  const people: DemoPerson[] = [];
  for (const person of PEOPLE)
    people.push(await addDemoPerson(installation, organisation.id, person, now));

  const uris = webmailRedirectUris(webmailPort);
  const { client, secret } = await addClient(
    installation,
    {
      id: 'webmail',
      name: 'Sample webmail',
      kind: 'web',
      redirectUris: uris.redirect_uris,
      postLogoutRedirectUris: uris.post_logout_redirect_uris,
      backchannelLogoutUri: uris.backchannel_logout_uri,
    },
    now,
  );
  const { id, redirectUris, kind } = client;
  return {
    people,
    clients: [{ client_id: id, client_secret: secret ?? '', redirect_uris: redirectUris, kind }],
  };
}

async function addDemoPerson(
  { config, store, vault }: Installation,
  organisation: string,
  demo: (typeof PEOPLE)[number],
  now: number,
): Promise<DemoPerson> {
  const { hash_memory_kib: memoryKib, hash_passes: passes } = config.passwords;
  const passwords = await createPasswords({ memoryKib, passes, workers: config.workers });
  const authenticator = await newAuthenticator(vault, now);
  const role = 'role' in demo ? demo.role : 'member';
  const person = await addPerson(
    store,
    {
      organisation,
      login: demo.login,
      name: demo.name,
      email: `${demo.login}@acme.test`,
      role,
      passwordHash: await passwords.hash(demo.password),
      authenticators: demo.enrolled ? [authenticator] : [],
    },
    now,
  );
  const totpSecret = demo.enrolled ? { totpSecret: await openSecret(vault, authenticator) } : {};
  return {
    username: demo.login,
    password: demo.password,
    role,
    ...totpSecret,
    factors: heldFactors(person),
  };
}
