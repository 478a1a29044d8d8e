/** The resource that a page of the console is about. */
import { getResource } from '../../../../oidc/resources/resources.ts';
import type { ResourceRecord } from '../../../../records/resource.ts';
import { found } from '../../../signed-in/found.ts';
import { pathOf, type AdminVisit } from '../../page.ts';

export const RESOURCES = pathOf('resources');

export const resourcePath = (id: string, page = ''): string =>
  `${RESOURCES}/${encodeURIComponent(id)}${page === '' ? '' : `/${page}`}`;

/** Problem `not-found`. */
export async function resourceOf({ parts, params }: AdminVisit): Promise<ResourceRecord> {
  const id = params['resource'] ?? '';
  // Longer ones are no document's.
  const there = id === '' || id.length > 200 ? undefined : await getResource(parts.store, id);
  return found(there, RESOURCES);
}
