/** Changing a person: their names and address, what is asked of them, their role, organisation and groups. */
import { given } from '../input.ts';
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { closingOf } from '../../outbox/closing.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import { causesOfPersonChange } from '../../policy/policy-change.ts';
import type { Operation } from '../../policy/access.ts';
import { Problem } from '../../problem.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { getPerson, PERSON_MFA, ROLES, type People, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { LANGUAGES } from '../../text/languages.ts';
import { isName } from '../../text/printable.ts';
import { checkSeen, type Seen } from '../as-seen.ts';
import { changes, type Changes } from '../changes.ts';
import { permissions, type Permission } from '../permission.ts';
import {
  activeUntilInput,
  checkPolicy,
  factorsInput,
  graceInput,
  trustedDaysInput,
} from '../policy-input.ts';
import {
  isDemandedEverywhere,
  secondPersonRule,
  toldOfOperator,
  type SecondPersonRule,
} from '../approvals/rule.ts';
import { checkSignsIn } from './services/signs-in.ts';
import { administerIf, type AdministerParts } from './administer.ts';
import { changeNamed } from './change-names.ts';
import { checkPersonFactors } from './locked-out.ts';
import {
  groupsInput,
  groupsTold,
  readGroups,
  settledGroups,
  type ReadGroups,
} from '../groups/person-groups.ts';

/** What is absent stays. Null of `factors` and `trustedDays`: as the organisation has it. */
export const updatePersonInput = z
  .strictObject({
    login: z.string().trim(),
    email: z.string().trim(),
    name: z.string().trim(),
    mfa: z.enum(PERSON_MFA),
    mfaFrom: graceInput,
    activeUntil: activeUntilInput,
    factors: factorsInput.nullable(),
    trustedDays: trustedDaysInput.nullable(),
    /** For pages and mails; null: that of their browser. */
    language: z.enum(LANGUAGES).nullable(),
    role: z.enum(ROLES),
    organisation: z.string(),
    addGroups: groupsInput,
    removeGroups: groupsInput,
  })
  .partial();
export type PersonUpdate = z.output<typeof updatePersonInput>;

export interface UpdatePersonParts extends AdministerParts {
  notices: Notices;
}

/**
 * Answers what became different: nothing is written, recorded or ended where nothing did. Whoever is
 * moved is a member there, unless a role is given with it, and leaves the groups of the old one; a new
 * address is told to the old one too. `id`: subject identifier. `seen`: of the person, as whoever changes them has. Problems: `login-format`, `email-format`, `email-long`, `email-domain`, `name-format`, `login-taken`,
 * `email-taken`, `name-reserved`, `email-second`, `email-two-people`, `grace-past`, `active-until-administrator`, `factors-companion`, `organisation-unknown`,
 * `last-administrator`, `administrator-locked-out`, `changed-meanwhile`, `group-unknown`, `group-elsewhere`,
 * `group-limit`, `service-mailbox` with a role, `approval-needed` for another role where that needs a second person, and those of who may.
 */
export function updatePerson(
  parts: UpdatePersonParts,
  performed: Performed,
  id: string,
  input: PersonUpdate,
  seen?: Seen,
): Promise<Result<Changes>> {
  return resultOf(async () => {
    checkPolicy(input, performed.now);
    if (input.name !== undefined && !isName(input.name)) throw new Problem('name-format');
    const mayDo = await permissions(parts.store, performed);
    const mayGive = permissionToGive(mayDo);
    const read = await getPerson(parts.store, id);
    const organisations = await organisationsOf(parts.store, read, input.organisation);
    const everywhere = await isDemandedEverywhere(parts.store, input.role);
    const rule = secondPersonRule(performed, organisations, everywhere);
    const may = permissionToUpdate(mayDo, { rule, organisations });
    const others = await toldOfRole(parts, performed, read, input);
    const groups = await readGroups(parts.store, read, input);
    const change = (person: Person, mails: readonly OutboxMessage[] = []) => {
      mayGive(person, input, groups);
      const set = settled(person, input, groups, performed.now);
      may(person, set);
      checkSeen(person, seen);
      if (set.role !== undefined && set.role !== 'member') checkSignsIn(person);
      if (input.organisation !== undefined && !organisations.get(input.organisation))
        throw organisationUnknown(input.organisation);
      checkEnd({ ...person, ...set });
      checkPersonFactors(person, { ...person, ...set }, organisations);
      const told = toldOf(person, set, groups);
      if (Object.keys(told).length === 0) return { result: told };
      const ofGroups = groupsTold(person.groups, set.groups, groups, person.organisation);
      const details = { ...withoutNames(told), ...ofGroups };
      const event = eventAbout(person, performed, { type: 'person.changed', details });
      const ended = endedBy(person, ...causesOfPersonChange(person, set));
      const messages = [event, ...formerMailbox(person, set, performed.now), ...mails, ...others];
      return { set: { ...set, ...ended, ...withMessages(person, ...messages) }, result: told };
    };
    const told = await changeNamed(parts, performed, { id, read, names: input, change });
    if (read) await checkStillThere(parts, performed, read, input.organisation);
    return told;
  });
}

/** Who administrates the installation has no end, so that there is always somebody left. Problem `active-until-administrator`. */
export function checkEnd({ role, activeUntil }: Person): void {
  if (role === 'administrator' && typeof activeUntil === 'number')
    throw new Problem('active-until-administrator', { status: 409 });
}

function toldOf(
  person: Person,
  { groups, groupsSince: _since, ...set }: Partial<Person>,
  read: ReadGroups,
): Changes {
  const told = changes(person, set, { factors: 'allowed_factors' });
  return { ...told, ...groupsTold(person.groups, groups, read) };
}

/** Problem `organisation-unknown`, where it was removed at the same moment: they are back where they were. */
async function checkStillThere(
  parts: UpdatePersonParts,
  performed: Performed,
  { id, organisation: from, role, groups }: Person,
  to: string | undefined,
): Promise<void> {
  if (to === undefined || to === from || (await getOrganisation(parts.store, to))) return;
  await administerIf(parts, performed, id, (person) => {
    if (person.organisation !== to) return { result: undefined };
    const back = { organisation: from, role };
    const details = changes(person, back);
    const event = eventAbout(person, performed, { type: 'person.changed', details });
    const ended = endedBy(person, ...causesOfPersonChange(person, back));
    return {
      set: { ...back, groups, ...ended, ...withMessages(person, event) },
      result: undefined,
    };
  });
  throw organisationUnknown(to);
}

function settled(
  person: Person,
  input: PersonUpdate,
  read: ReadGroups,
  now: number,
): Partial<Person> {
  const { addGroups: _add, removeGroups: _remove, ...fields } = input;
  const set: Partial<Person> = {
    ...given(fields),
    ...settledGroups(person, input, read, now),
  };
  const moves = set.organisation !== undefined && set.organisation !== person.organisation;
  return moves && person.role !== 'member' ? { role: 'member', ...set } : set;
}

/** The event has the present one closed; the former one is nowhere else by then. */
function formerMailbox(
  { email: before }: Person,
  { email }: Partial<Person>,
  now: number,
): OutboxMessage[] {
  return email === undefined || email === before ? [] : [closingOf(before, now)];
}

/** Events outlive the person, and hold no name, login name or address: who it is says the id alone. */
function withoutNames(told: Changes): Changes {
  const names = ['name', 'login', 'email'].filter((field) => told[field] !== undefined);
  return { ...told, ...Object.fromEntries(names.map((field) => [field, 'changed'])) };
}

type MayDo = (operation: Operation) => Permission;

interface RulesRead {
  rule: SecondPersonRule;
  organisations: ReadonlyMap<string, Organisation | undefined>;
}

/** By what is different afterwards; where nothing is, whoever may change something may say so. */
function permissionToUpdate(mayDo: MayDo, { rule, organisations }: RulesRead) {
  const [change, rename] = [mayDo('person.change'), mayDo('person.rename')];
  const [changeRole, move] = [mayDo('person.change-role'), mayDo('person.move')];
  const readdress = permissionToReaddress(mayDo, organisations);
  return (person: Person, set: Partial<Person>): void => {
    const { role, organisation, login, email, groups, groupsSince: _since, ...others } = set;
    const target = { person, organisation: person.organisation };
    const moves = organisation !== undefined && organisation !== person.organisation;
    const gives = role !== undefined && role !== person.role ? role : undefined;
    const isNamed = Object.keys(changes(person, given({ login, email }))).length > 0;
    if (isNamed) rename(target);
    readdress(person, email);
    if (moves) move({ ...target, movesTo: organisation });
    if (gives) changeRole({ ...target, gives });
    // There as well, that somebody who was moved gets no role by one person alone.
    if (gives) for (const id of [person.organisation, organisation]) if (id !== undefined) rule(id);
    const isGrouped = groups !== undefined;
    if (
      Object.keys(changes(person, others)).length > 0 ||
      !(moves || gives || isNamed || isGrouped)
    )
      change(target);
  };
}

/**
 * Whoever has the address is mailed a link to a new password: where nobody gets at an account alone, it is not changed
 * alone. Problems: `email-two-people` (403), `changed-meanwhile` for an organisation that was not read.
 */
function permissionToReaddress(mayDo: MayDo, organisations: RulesRead['organisations']) {
  const may = mayDo('person.change-address-alone');
  return (person: Person, email: string | undefined): void => {
    const { organisation, passwordHash, passkeys } = person;
    if (email === undefined || email === person.email) return;
    if (!organisations.has(organisation)) throw new Problem('changed-meanwhile', { status: 409 });
    const signsIn = passwordHash !== null || passkeys.length > 0;
    if (!signsIn || !organisations.get(organisation)?.secondPerson) return;
    try {
      may({ person, organisation });
    } catch (cause) {
      const isRefused = cause instanceof Problem && cause.code === 'not-allowed';
      throw isRefused ? new Problem('email-two-people', { status: 403 }) : cause;
    }
  };
}

/** Groups of another organisation do not exist for whoever asks. */
function permissionToGive(mayDo: MayDo) {
  const may = mayDo('person.change-groups');
  return (person: Person, input: PersonUpdate, read: ReadGroups): void => {
    const { addGroups = [], removeGroups = [] } = input;
    if (addGroups.length + removeGroups.length === 0) return;
    may({ person, organisation: person.organisation });
    for (const id of addGroups) {
      const { organisation } = read.get(id) ?? person;
      may({ person, organisation });
    }
  };
}

/** Where the operator gives a role that needs two. */
async function toldOfRole(
  parts: UpdatePersonParts,
  performed: Performed,
  read: Person | undefined,
  { role, organisation }: PersonUpdate,
): Promise<OutboxMessage[]> {
  const moves = organisation !== undefined && organisation !== read?.organisation;
  const gives = role ?? (moves ? 'member' : read?.role);
  if (!read || gives === read.role) return [];
  return toldOfOperator(parts, performed, read, 'role');
}

/** Where the person is, and where they are moved. */
export async function organisationsOf(
  store: Pick<People, 'get'>,
  person: Person | undefined,
  to?: string,
): Promise<ReadonlyMap<string, Organisation | undefined>> {
  const ids = [person?.organisation, to].filter((one) => one !== undefined);
  const found = ids.map(async (one) => [one, await getOrganisation(store, one)] as const);
  return new Map(await Promise.all(found));
}

function organisationUnknown(id: string): Problem {
  return new Problem('organisation-unknown', { values: { id } });
}
