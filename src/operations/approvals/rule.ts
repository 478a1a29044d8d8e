/** Where an organisation demands a second person, one alone does not do it: but for the operator, of whom everybody concerned is told. */
import type { Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import type { Operation } from '../../policy/access.ts';
import { Problem } from '../../problem.ts';
import {
  getOrganisation,
  listOrganisations,
  type Organisation,
} from '../../records/organisation.ts';
import type { Person, PersonAct, Role } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';
import { NOT_THEIRS } from '../people/administer.ts';
import { secondPeople, tell } from './concerned.ts';

/** The row of who may do it alone, where no second person is demanded, and who may approve it. */
export const OPERATION_OF = {
  'factors-reset': 'person.reset-factors',
  'temporary-code': 'person.give-temporary-code',
  role: 'person.change-role',
} as const satisfies Record<PersonAct['what'], Operation>;

/** Throws where a second person is needed. */
export type SecondPersonRule = (organisation: string) => void;

/**
 * Asked inside the conditional write. `organisations`: as they were read before it; `everywhere`: as
 * isDemandedEverywhere has it. Problems there: `approval-needed` (409), and `changed-meanwhile` for an organisation
 * that was not read.
 */
export function secondPersonRule(
  { actor }: Performed,
  organisations: ReadonlyMap<string, Organisation | undefined>,
  everywhere = false,
): SecondPersonRule {
  return (organisation) => {
    if (actor.kind === 'operator') return;
    if (everywhere) throw new Problem('approval-needed', { status: 409 });
    if (!organisations.has(organisation)) throw new Problem('changed-meanwhile', { status: 409 });
    if (organisations.get(organisation)?.secondPerson)
      throw new Problem('approval-needed', { status: 409 });
  };
}

/**
 * Whoever administrates the installation can be the second one in every organisation: as soon as one of them demands
 * it, nobody alone makes such a person, or gets hold of one, wherever that is. `role`: that is given, or reset.
 */
export async function isDemandedEverywhere(
  store: Pick<Store, 'scan'>,
  role: Role | undefined,
): Promise<boolean> {
  if (role !== 'administrator') return false;
  for await (const { secondPerson } of listOrganisations(store)) if (secondPerson) return true;
  return false;
}

/** Does one alone not do that? For a page that asks instead. `role`: as above. */
export async function needsSecondPerson(
  store: Pick<Store, 'scan'>,
  { secondPerson }: Pick<Organisation, 'secondPerson'>,
  role: Role,
): Promise<boolean> {
  return secondPerson === true || (await isDemandedEverywhere(store, role));
}

/** What the person is mailed, and those who could have been the second one, where the operator needed none. */
export async function toldOfOperator(
  { store, notices }: { store: Pick<Store, 'get' | 'getMany' | 'find'>; notices: Notices },
  performed: Performed,
  person: Pick<Person, 'id' | 'role' | 'organisation' | 'name'> & Partial<Person>,
  act: PersonAct['what'],
): Promise<OutboxMessage[]> {
  if (performed.actor.kind !== 'operator') return [];
  if (!(await getOrganisation(store, person.organisation))?.secondPerson) return [];
  const target = { person, organisation: person.organisation };
  const asked = { except: [person.id], now: performed.now };
  const people = await secondPeople(store, OPERATION_OF[act], target, asked);
  const told = { kind: 'operator', act, about: person.name, who: '' } as const;
  const own = act === 'role' && isThere(person) ? await roleTold(notices, performed, person) : [];
  return [...own, ...(await tell(notices, performed, people, told))];
}

/** Whoever is just being added has no other role before. */
const isThere = (person: Partial<Person>): person is Person => person.email !== undefined;

/** What the mail of a changed account says of it. */
export const ROLE_CHANGED = { what: 'administrator-role-changed', name: '' };

/** A reset tells its owner by itself. */
function roleTold(notices: Notices, performed: Performed, person: Person) {
  const values = { ...ROLE_CHANGED, ...NOT_THEIRS };
  return notices.about(person, performed, { template: 'account-changed', values });
}
