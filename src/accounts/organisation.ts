/** Organisations: who decides about the second factor of the people in it. */
import { kind, type Store } from '../storage/store.ts';
import { Problem } from '../problem.ts';

export type OrganisationMfa = 'off' | 'optional' | 'required';
export const ORGANISATION_MFA: readonly OrganisationMfa[] = ['off', 'optional', 'required'];

export interface Organisation {
  /** Lower-case letters, digits and hyphens; made from the name. Never changes. */
  id: string;
  name: string;
  mfa: OrganisationMfa;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export const organisationKind = kind<Organisation>('organisation');

type Organisations = Pick<Store, 'insert' | 'get' | 'scan'>;

/** Makes an organisation. Problem `organisation-taken` when one of that id is there; `name-format` without a usable name. */
export async function addOrganisation(
  store: Organisations,
  input: { name: string; id?: string | undefined; mfa: OrganisationMfa },
  now: number,
): Promise<Organisation> {
  const name = input.name.trim();
  const id = input.id ?? slug(name);
  if (name === '' || name.length > 100) throw new Problem('name-format');
  if (!/^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/u.test(id)) {
    throw new Problem('organisation-id-format', { values: { id } });
  }
  const organisation = { id, name, mfa: input.mfa, createdAt: now };
  if (!(await store.insert(organisationKind, id, organisation))) {
    throw new Problem('organisation-taken', { values: { id } });
  }
  return organisation;
}

export async function getOrganisation(
  store: Organisations,
  id: string,
): Promise<Organisation | undefined> {
  return store.get(organisationKind, id);
}

/** Latin letters and digits stay; a name without any gets an id of its own kind from the caller (`--id`). */
function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
    .slice(0, 50);
}
