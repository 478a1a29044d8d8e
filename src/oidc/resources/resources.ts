/**
 * All resources, cached: they are few, and every token for one is issued and introspected by what is said
 * of it here. A change by an administrator is seen within half a second, on every process. Nothing is read
 * for requests that name no scope but OpenID's.
 */
import {
  BUILT_IN,
  completeResource,
  resourceCollection,
  type ResourceRecord,
} from '../../records/resource.ts';
import { entries } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { halfSecond } from '../../timing/half-second.ts';

export interface KnownResources {
  /** By its identifier. */
  byId: ReadonlyMap<string, ResourceRecord>;
  /** The one that a scope belongs to. */
  byScope: ReadonlyMap<string, ResourceRecord>;
}

export interface Resources {
  /** At most half a second old. */
  known(): Promise<KnownResources>;
}

export function createResources(parts: {
  store: Pick<Store, 'scan'>;
  /** Milliseconds since the epoch. */
  now(): number;
}): Resources {
  const all = halfSecond({ read: () => readAll(parts.store), now: parts.now, most: 1 });
  return { known: async () => all('') };
}

async function readAll(store: Pick<Store, 'scan'>): Promise<KnownResources> {
  const byId = new Map<string, ResourceRecord>();
  for await (const resource of listResources(store)) byId.set(resource.id, resource);
  const byScope = new Map<string, ResourceRecord>();
  for (const resource of byId.values())
    for (const { name } of resource.scopes) byScope.set(name, resource);
  return { byId, byScope };
}

/** As it is now; undefined: there is none. */
export async function getResource(
  store: Pick<Store, 'get'>,
  id: string,
): Promise<ResourceRecord | undefined> {
  const stored = await store.get(resourceCollection, id);
  return stored && !stored.gone ? completeResource(stored) : BUILT_IN.get(id);
}

/** The built-in ones first, the others in no promised order. */
export async function* listResources(store: Pick<Store, 'scan'>): AsyncGenerator<ResourceRecord> {
  const stored: ResourceRecord[] = [];
  const all = entries((after) => store.scan(resourceCollection, { after }));
  for await (const { value } of all) if (!value.gone) stored.push(completeResource(value));
  for (const own of BUILT_IN.values()) yield stored.find(({ id }) => id === own.id) ?? own;
  for (const resource of stored) if (!BUILT_IN.has(resource.id)) yield resource;
}
