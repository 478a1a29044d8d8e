/** The organisation that a page of the console is about. */
import { showOrganisation } from '../../operations/organisations/find-organisations.ts';
import type { Organisation } from '../../records/organisation.ts';
import { valueOr } from '../signed-in/found.ts';
import { pathOf, type AdminVisit } from './page.ts';

export const ORGANISATIONS = pathOf('organisations');
export const ROLLOUT = pathOf('rollout');

export const organisationPath = (id: string, page = ''): string =>
  `${ORGANISATIONS}/${encodeURIComponent(id)}${page === '' ? '' : `/${page}`}`;

export const rolloutPath = (id: string, page = ''): string =>
  `${ROLLOUT}/${encodeURIComponent(id)}${page === '' ? '' : `/${page}`}`;

/** Problem `not-found` for another one than theirs too. */
export async function organisationOf({
  parts,
  performed,
  params,
}: AdminVisit): Promise<Organisation> {
  const id = params['organisation'] ?? '';
  return valueOr(await showOrganisation(parts, performed, id), ORGANISATIONS);
}
