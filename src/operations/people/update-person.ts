/** Changing a person: what they are called, what is asked of them, their role, their organisation. */
import { given } from '../input.ts';
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { causesOfPersonChange } from '../../policy/policy-change.ts';
import { Problem } from '../../problem.ts';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { getPerson, PERSON_MFA, ROLES, type People, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { isName } from '../../text/printable.ts';
import { changes, type Changes } from '../changes.ts';
import { permission } from '../permission.ts';
import { checkPolicy, factorsInput, graceInput, trustedDaysInput } from '../policy-input.ts';
import { administerIf, type AdministerParts } from './administer.ts';
import { checkPersonFactors } from './locked-out.ts';

/** What is absent stays. Null of `factors` and `trustedDays`: as the organisation has it. */
export const updatePersonInput = z
  .strictObject({
    name: z.string().trim(),
    mfa: z.enum(PERSON_MFA),
    mfaFrom: graceInput,
    factors: factorsInput.nullable(),
    trustedDays: trustedDaysInput.nullable(),
    role: z.enum(ROLES),
    organisation: z.string(),
  })
  .partial();
export type PersonUpdate = z.output<typeof updatePersonInput>;

/**
 * Answers what became different: nothing is written, recorded or ended where nothing did. Whoever is
 * moved is a member there, unless a role is given with it. `id`: subject identifier. Problems:
 * `name-format`, `grace-past`, `factors-companion`, `organisation-unknown`, `last-administrator`,
 * `administrator-locked-out`, `changed-meanwhile`, and those of who may.
 */
export function updatePerson(
  parts: AdministerParts,
  performed: Performed,
  id: string,
  input: PersonUpdate,
): Promise<Result<Changes>> {
  return resultOf(async () => {
    checkPolicy(input, performed.now);
    if (input.name !== undefined && !isName(input.name)) throw new Problem('name-format');
    const may = await permissionToUpdate(parts.store, performed);
    const organisations = await organisationsOf(parts.store, id, input.organisation);
    return administerIf(parts, performed, id, (person) => {
      const set = settled(person, input);
      may(person, set);
      if (input.organisation !== undefined && !organisations.get(input.organisation))
        throw organisationUnknown(input);
      checkPersonFactors(person, { ...person, ...set }, organisations);
      const told = changes(person, set, { factors: 'allowed_factors' });
      if (Object.keys(told).length === 0) return { result: told };
      const event = eventAbout(person, performed, { type: 'person.changed', details: told });
      const ended = endedBy(person, ...causesOfPersonChange(person, set));
      return { set: { ...set, ...ended, ...withMessages(person, event) }, result: told };
    });
  });
}

function settled(person: Person, input: PersonUpdate): Partial<Person> {
  const set: Partial<Person> = given(input);
  const moves = set.organisation !== undefined && set.organisation !== person.organisation;
  return moves && person.role !== 'member' ? { role: 'member', ...set } : set;
}

/** By what is different afterwards; where nothing is, whoever may change something may say so. */
async function permissionToUpdate(store: People, performed: Performed) {
  const [change, changeRole, move] = [
    await permission(store, performed, 'person.change'),
    await permission(store, performed, 'person.change-role'),
    await permission(store, performed, 'person.move'),
  ];
  return (person: Person, { role, organisation, ...others }: Partial<Person>): void => {
    const target = { person, organisation: person.organisation };
    const moves = organisation !== undefined && organisation !== person.organisation;
    const gives = role !== undefined && role !== person.role ? role : undefined;
    if (moves) move({ ...target, movesTo: organisation });
    if (gives) changeRole({ ...target, gives });
    if (Object.keys(changes(person, others)).length > 0 || !(moves || gives)) change(target);
  };
}

/** Where the person is, and where they are moved. */
async function organisationsOf(
  store: People,
  id: string,
  to: string | undefined,
): Promise<ReadonlyMap<string, Organisation | undefined>> {
  const person = await getPerson(store, id);
  const ids = [person?.organisation, to].filter((one) => one !== undefined);
  const found = ids.map(async (one) => [one, await getOrganisation(store, one)] as const);
  return new Map(await Promise.all(found));
}

function organisationUnknown({ organisation: id = '' }: PersonUpdate): Problem {
  return new Problem('organisation-unknown', { values: { id } });
}
