/** The demonstration's organisation, people and client, made with the functions that the product uses. */
import { operatorPerformed } from '../src/audit/performed.ts';
import { createPasswords } from '../src/factors/password.ts';
import type { Role } from '../src/records/person.ts';
import { addPerson } from '../src/operations/people/add-person.ts';
import type { Installation } from '../src/server/opened.ts';
import type { FactorId } from '../src/records/factor-id.ts';
import { enrolledFactors } from '../src/policy/factors.ts';
import { newOneTimeCodes } from '../src/factors/one-time-codes.ts';
import { newAuthenticator, openSecret } from '../src/factors/totp.ts';
import type { ClientKind } from '../src/records/client.ts';
import { addClient, type AddedClient } from '../src/operations/clients/add-client.ts';
import { addOrganisation } from '../src/operations/organisations/add-organisation.ts';
import { valueOf } from '../src/result.ts';
import { idTokenAlgorithm } from './webmail-sign-in.ts';
import { webmailRedirectUris } from './webmail.ts';

export interface DemoPerson {
  username: string;
  password: string;
  role: Role;
  /** Base32; only of people who have an authenticator. */
  totpSecret?: string;
  /** The ten codes of whoever has an authenticator. */
  oneTimeCodes?: string[];
  /** Verified; a second factor only of people who have `email-code` among their factors. */
  secondaryEmail: string;
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
const PEOPLE: readonly Part[] = [
  { login: 'alice', name: 'Alice Archer', password: 'tuesday-lantern-orchard' },
  { login: 'bob', name: 'Bob Brewer', password: 'copper-meadow-telescope', factor: 'totp' },
  {
    login: 'carol',
    name: 'Carol Chen',
    password: 'harbour-violin-pepper',
    factor: 'totp',
    role: 'administrator',
  },
  { login: 'dave', name: 'Dave Doyle', password: 'granite-picnic-harvest', factor: 'email-code' },
];

/** A person of the demonstration, and the factor that they have. */
interface Part {
  login: string;
  name: string;
  password: string;
  factor?: 'totp' | 'email-code';
  role?: Role;
}

/** Fills an empty store. `now`: milliseconds since the epoch. */
export async function seed(
  installation: Installation,
  webmailPort: number,
  now: number,
): Promise<Seeded> {
  const performed = operatorPerformed(installation.config, now);
  const acme = { name: 'Acme', mfa: 'required' as const, domains: ['acme.test'] };
  const organisation = valueOf(await addOrganisation(installation, performed, acme));
  const people: DemoPerson[] = [];
  for (const person of PEOPLE)
    people.push(await addDemoPerson(installation, organisation.id, person, now));

  const uris = webmailRedirectUris(webmailPort);
  const webmail = await addClient(installation, performed, {
    id: 'webmail',
    name: 'Sample webmail',
    kind: 'web',
    alg: idTokenAlgorithm,
    requirePkce: true,
    redirectUris: uris.redirect_uris,
    postLogoutRedirectUris: uris.post_logout_redirect_uris,
    backchannelLogoutUri: uris.backchannel_logout_uri,
    clientUri: `http://localhost:${webmailPort}`,
  });
  const mailServer = {
    id: 'dovecot',
    name: 'Mail server',
    kind: 'mail',
    redirectUris: [],
  } as const;
  const mail = await addClient(installation, performed, mailServer);
  return { people, clients: [webmail, mail].map(valueOf).map(clientShown) };
}

function clientShown({ client, secret }: AddedClient): DemoClient {
  const { id, redirectUris, kind } = client;
  return { client_id: id, client_secret: secret ?? '', redirect_uris: redirectUris, kind };
}

async function addDemoPerson(
  { config, store, vault }: Installation,
  organisation: string,
  { login, name, password, factor, role = 'member' }: Part,
  now: number,
): Promise<DemoPerson> {
  const { hash_memory_kib: memoryKib, hash_passes: passes } = config.passwords;
  const passwords = await createPasswords({ memoryKib, passes, workers: config.workers });
  const authenticator = await newAuthenticator(vault, now);
  const { set, codes } = await newOneTimeCodes(vault, now);
  const secondaryEmail = `${login}@home.test`;
  const input = { organisation, login, name, email: `${login}@acme.test`, role };
  const credentials = {
    passwordHash: await passwords.hash(password),
    secondaryEmail: { address: secondaryEmail, verifiedAt: now },
    ...(factor === 'totp' ? { authenticators: [authenticator], oneTimeCodes: set } : {}),
    ...(factor === 'email-code' ? { emailMfaSince: now } : {}),
  };
  const performed = operatorPerformed(config, now);
  const person = valueOf(
    await addPerson({ store, relay: { soon() {} } }, performed, input, { credentials }),
  );
  const known = { totpSecret: await openSecret(vault, authenticator), oneTimeCodes: codes };
  return {
    username: login,
    password,
    role,
    ...(factor === 'totp' ? known : {}),
    secondaryEmail,
    factors: enrolledFactors(person),
  };
}
