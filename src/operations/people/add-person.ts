/** Adding a person: their names are claimed, and then person and event are one write. */
import { checkOrganisations } from '../organisations/check-organisations.ts';
import { given } from '../input.ts';
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import type { Relay } from '../../outbox/relay.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import {
  insertPerson,
  newPersonId,
  PERSON_MFA,
  personCollection,
  ROLES,
  type People,
  type Person,
  type Role,
} from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { LANGUAGES } from '../../text/languages.ts';
import { isDemandedEverywhere, secondPersonRule, toldOfOperator } from '../approvals/rule.ts';
import { getOrganisation } from '../../records/organisation.ts';
import { permissions, type Permission } from '../permission.ts';
import { checkAddressDomain } from '../organisations/address-domain.ts';
import { withNewNames } from './claims.ts';
import { followPerson } from './list/follow-person.ts';
import { checkNames } from './names.ts';
import { groupsInput, readGroups, settledGroups } from '../groups/person-groups.ts';

export interface AddPersonParts {
  store: People;
  relay: Pick<Relay, 'soon'>;
  /** For whoever is to know that the operator gave a role alone; absent: nobody is mailed. */
  notices?: Notices;
}

export const addPersonInput = z.strictObject({
  organisation: z.string(),
  login: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(ROLES).optional(),
  mfa: z.enum(PERSON_MFA).optional(),
  language: z.enum(LANGUAGES).nullable().optional(),
  /** Ids of groups of the organisation. */
  groups: groupsInput.optional(),
});
export type NewPerson = z.output<typeof addPersonInput>;

/** What somebody holds already who sets up the installation, or whom the operator adds. */
export type Credentials = Partial<
  Pick<
    Person,
    | 'passwordHash'
    | 'authenticators'
    | 'passcodes'
    | 'secondaryEmail'
    | 'emailMfaSince'
    | 'oneTimeCodes'
  >
>;

export interface AlreadyThere {
  /** Of the first administrator, who is claimed before they are made. */
  id?: string;
  credentials?: Credentials;
  /** Of the event. */
  reasons?: readonly string[];
  /** Nobody signs in by it. */
  service?: true;
  /** What else is told in the same write. */
  messages?: readonly OutboxMessage[];
}

/**
 * Problems: `login-format`, `email-format`, `email-long`, `email-domain`, `name-format`, `login-taken`, `email-taken`,
 * `organisation-unknown`, `group-unknown`, `group-elsewhere`, `approval-needed` with a role where that needs
 * a second person, and those of who may.
 */
export function addPerson(
  parts: AddPersonParts,
  performed: Performed,
  input: NewPerson,
  { id = newPersonId(), credentials = {}, reasons = [], messages = [], service }: AlreadyThere = {},
): Promise<Result<Person>> {
  const { store, relay } = parts;
  return resultOf(async () => {
    await checkNewPerson(store, performed, input, Object.keys(credentials).length > 0);
    const { now } = performed;
    const whom = { id, organisation: input.organisation };
    const added = eventAbout(whom, performed, { type: 'person.added', reasons });
    const fields = {
      ...given(input),
      groups: [...new Set(input.groups)],
      ...credentials,
      ...(service ? { service } : {}),
      ...trimmed(input),
      ...withMessages({}, added, ...messages, ...(await toldOfRole(parts, performed, id, input))),
      ...whom,
      createdAt: now,
    };
    const person = await withNewNames(store, id, input, now, async () => {
      const made = await insertPerson(store, fields);
      await checkStillThere(store, made);
      return made;
    });
    relay.soon(personCollection, id);
    return person;
  });
}

async function toldOfRole(
  { store, notices }: AddPersonParts,
  performed: Performed,
  id: string,
  { role = 'member', organisation, name }: NewPerson,
) {
  if (role === 'member' || !notices) return [];
  return toldOfOperator(
    { store, notices },
    performed,
    { id, organisation, name, role: 'member' },
    'role',
  );
}

/** Problem `organisation-unknown`, where it was removed at the same moment: nobody was added. */
async function checkStillThere(store: People, person: Person): Promise<void> {
  await checkOrganisations(store, [person.organisation]).catch(async (problem: unknown) => {
    if (!(problem instanceof Problem)) throw problem;
    await store.delete(personCollection, person.id);
    await followPerson(store, { person: person.id, groups: person.groups });
    throw problem;
  });
}

/** May they be added, as far as nobody has to be made for it? Problems as of `addPerson`. */
export async function checkNewPerson(
  store: People,
  performed: Performed,
  input: NewPerson,
  hasCredentials: boolean,
): Promise<void> {
  const { organisation, role } = input;
  const target = { organisation, gives: role ?? 'member' };
  const may = await permissions(store, performed);
  may('person.add')(target);
  if (hasCredentials) may('person.add-with-credentials')(target);
  checkNames(input);
  await checkOrganisations(store, [organisation]);
  if (target.gives !== 'member') await checkRole(store, performed, organisation, target.gives);
  await checkAddressDomain(store, performed, input, may);
  await checkGroups(store, may('person.change-groups'), performed.now, input);
}

/** One alone gives no role, and so makes nobody who would be the second one. */
async function checkRole(
  store: People,
  performed: Performed,
  id: string,
  role: Role,
): Promise<void> {
  const read = new Map([[id, await getOrganisation(store, id)]]);
  secondPersonRule(performed, read, await isDemandedEverywhere(store, role))(id);
}

async function checkGroups(
  store: People,
  may: Permission,
  now: number,
  { organisation, groups: addGroups = [] }: NewPerson,
): Promise<void> {
  if (addGroups.length === 0) return;
  const read = await readGroups(store, undefined, { addGroups });
  for (const group of read.values()) may({ organisation: group?.organisation ?? organisation });
  settledGroups({ organisation, groups: [] }, { addGroups }, read, now);
}

function trimmed({ login, email, name }: NewPerson): Pick<Person, 'login' | 'email' | 'name'> {
  return { login: login.trim(), email: email.trim(), name: name.trim() };
}
