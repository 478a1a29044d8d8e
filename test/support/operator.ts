/** What tests do as the operator, by the operations themselves. */
import { performedByOperator } from './by-operator.ts';
import type { Notices } from '../../src/mail/notices.ts';
import {
  addPerson as addPersonBy,
  type Credentials,
  type NewPerson,
} from '../../src/operations/people/add-person.ts';
import { disablePerson as disablePersonBy } from '../../src/operations/people/disable-person.ts';
import { removePerson as removePersonBy } from '../../src/operations/people/remove-person.ts';
import { resetFactors as resetFactorsBy } from '../../src/operations/people/reset-factors.ts';
import {
  updatePerson as updatePersonBy,
  type PersonUpdate,
} from '../../src/operations/people/update-person.ts';
import type { Changes } from '../../src/operations/changes.ts';
import { addOrganisation } from '../../src/operations/organisations/add-organisation.ts';
import { getOrganisation } from '../../src/records/organisation.ts';
import type { Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import type { Vault } from '../../src/secrets/vault.ts';
import type { Store } from '../../src/storage/store.ts';

/** What is to be told stays where it is, or is found by the server whose store it is. */
export const NO_RELAY = { soon: (): void => {} };

/** As where there is no mail server. */
export const NO_NOTICES: Notices = {
  to: () => Promise.resolve([]),
  about: () => Promise.resolve([]),
};

export type AddedPerson = NewPerson & Credentials;

/** With the organisation, where there is none of that id. */
export async function addPerson(
  store: Store,
  { organisation, login, email, name, role, mfa, language, ...credentials }: AddedPerson,
  now: number,
): Promise<Person> {
  if (!(await getOrganisation(store, organisation)))
    valueOf(
      await addOrganisation({ store }, performedByOperator(now), {
        name: organisation,
        id: organisation,
        mfa: 'required',
      }),
    );
  const input = { organisation, login, email, name, role, mfa, language };
  const parts = { store, relay: NO_RELAY };
  return valueOf(await addPersonBy(parts, performedByOperator(now), input, { credentials }));
}

export async function disablePerson(store: Store, id: string, now = Date.now()): Promise<void> {
  valueOf(await disablePersonBy({ store, relay: NO_RELAY }, performedByOperator(now), id));
}

export async function removePerson(store: Store, id: string, now: number): Promise<void> {
  valueOf(await removePersonBy({ store, relay: NO_RELAY }, performedByOperator(now), id));
}

/** Answers the code that is handed over. */
export async function resetFactors(
  { store, vault }: { store: Store; vault: Vault },
  id: string,
  now: number,
): Promise<string> {
  const parts = { store, vault, relay: NO_RELAY, notices: NO_NOTICES };
  return valueOf(await resetFactorsBy(parts, performedByOperator(now), id)).code;
}

/** Answers what became different. */
export async function updatePerson(
  store: Store,
  id: string,
  input: PersonUpdate,
  now: number,
): Promise<Changes> {
  return valueOf(
    await updatePersonBy(
      { store, relay: NO_RELAY, notices: NO_NOTICES },
      performedByOperator(now),
      id,
      input,
    ),
  );
}
