/** Names of scopes are unique over all resources: each is a document of its own, whose id is the name. */
import { Problem } from '../../problem.ts';
import {
  BUILT_IN,
  resourceCollection,
  scopeClaimCollection,
  type ScopeClaim,
} from '../../records/resource.ts';
import type { Change, Store } from '../../storage/store.ts';

type ClaimStore = Pick<Store, 'get' | 'update'>;

/** A claim that no resource came of (a crash in between) can be taken over after this many milliseconds. */
const ABANDONED_AFTER = 60_000;

/** All of them, or none. Problem `scope-taken`. */
export async function claimScopes(
  store: ClaimStore,
  resource: string,
  names: readonly string[],
  now: number,
): Promise<void> {
  const claimed: string[] = [];
  try {
    for (const name of names) {
      await claimScope(store, name, { resource, at: now });
      claimed.push(name);
    }
  } catch (problem) {
    await releaseScopes(store, resource, claimed);
    throw problem;
  }
}

async function claimScope(store: ClaimStore, name: string, wanted: ScopeClaim): Promise<void> {
  const builtIn = [...BUILT_IN.values()].find(({ scopes }) =>
    scopes.some((scope) => scope.name === name),
  );
  if (builtIn) throw taken(name, builtIn.id);
  const held = await store.get(scopeClaimCollection, name);
  const isOver = held !== undefined && (await isAbandoned(store, name, held, wanted.at));
  await store.update(scopeClaimCollection, name, (current): Change<ScopeClaim, void> => {
    const isFree = !current || current.resource === wanted.resource;
    const isTakenOver = isOver && current?.resource === held.resource && current.at === held.at;
    if (!isFree && !isTakenOver) throw taken(name, current.resource);
    return { put: wanted, result: undefined };
  });
}

function taken(scope: string, resource: string): Problem {
  return new Problem('scope-taken', { status: 409, values: { scope, resource } });
}

async function isAbandoned(
  store: ClaimStore,
  name: string,
  { resource, at }: ScopeClaim,
  now: number,
): Promise<boolean> {
  return at + ABANDONED_AFTER <= now && !(await hasScope(store, resource, name));
}

async function hasScope(store: ClaimStore, resource: string, name: string): Promise<boolean> {
  const owner = await store.get(resourceCollection, resource);
  return owner !== undefined && !owner.gone && owner.scopes.some((scope) => scope.name === name);
}

/** Gives up those that the resource does not have: it was removed, or never made. */
export async function releaseScopes(
  store: ClaimStore,
  resource: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const held = await store.get(scopeClaimCollection, name);
    if (await hasScope(store, resource, name)) continue;
    await store.update(scopeClaimCollection, name, (current): Change<ScopeClaim, void> =>
      current?.resource === resource && current.at === held?.at
        ? { remove: true, result: undefined }
        : { result: undefined },
    );
  }
}
