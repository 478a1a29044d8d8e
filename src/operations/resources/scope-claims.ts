/** Names of scopes are unique over all resources (unique-names.ts). */
import { Problem } from '../../problem.ts';
import {
  BUILT_IN,
  resourceCollection,
  scopeClaimCollection,
  type ScopeClaim,
} from '../../records/resource.ts';
import { withNames, type NameKind, type NamesOfAct, type NameStore } from '../unique-names.ts';

export const scopeNames: NameKind<ScopeClaim> = {
  collection: scopeClaimCollection,
  ownerOf: ({ resource }) => resource,
  claimed: (resource, by) => ({ resource, ...by }),
  async owned(store, id) {
    const resource = await store.get(resourceCollection, id);
    if (!resource || resource.gone) return undefined;
    return { names: resource.scopes.map(({ name }) => name) };
  },
  taken: (scope, { resource }) => taken(scope, resource),
};

/** Around the write that gives and takes them. Problem `scope-taken`. */
export async function withScopes<R>(
  store: NameStore,
  act: NamesOfAct,
  now: number,
  write: () => Promise<R>,
): Promise<R> {
  for (const { id, scopes } of BUILT_IN.values())
    for (const { name } of scopes) if (act.after.includes(name)) throw taken(name, id);
  return withNames(store, scopeNames, act, now, write);
}

function taken(scope: string, resource: string): Problem {
  return new Problem('scope-taken', { status: 409, values: { scope, resource } });
}
