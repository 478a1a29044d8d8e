/**
 * What the product keeps of a browser that is signed in: its session with the proofs, and the grants,
 * access and refresh tokens of each client, as the product has written them.
 */
import { modelCollections, type StoredModel } from '../src/records/stored-model.ts';
import { sessionCollection } from '../src/records/session.ts';
import type { Entry, Collection, Store } from '../src/storage/store.ts';
import type { Seeding } from './seed.ts';

/** More than a store has that samples are taken of. */
const MANY = 10_000;

export type Stored<T> = Omit<Entry<T>, 'id'>;
type Session = typeof sessionCollection extends Collection<infer T> ? T : never;

export interface SampleToken {
  model: 'AccessToken' | 'RefreshToken';
  stored: Stored<StoredModel>;
}

/** The documents of one signed-in browser. */
export interface Sample {
  session: Stored<Session>;
  /** By the grant's id in clear. */
  grants: Map<string, Stored<StoredModel>>;
  tokens: SampleToken[];
}

/** Sessions and tokens among the documents of a sample; the others are what those rest on. */
export function counted({ tokens }: Sample): number {
  return 1 + tokens.length;
}

export function documentsOf(sample: Sample): number {
  return counted(sample) + sample.grants.size;
}

/** Every session in the store with what belongs to it. For a store that has few yet. */
export async function samplesIn({ store, vault }: Seeding): Promise<Sample[]> {
  const limit = MANY;
  const { items: sessions } = await store.scan(sessionCollection, { limit });
  const grants = byId((await store.scan(modelKind('Grant'), { limit })).items);
  const tokens = await tokensBySession(store);
  return sessions.flatMap(({ id: _id, ...session }) => {
    const { uid, authorizations = {} } = session.value.payload;
    const grantIds = Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []);
    const own = grantIds.map((grant) => [grant, grants.get(vault.hash('Grant', grant))] as const);
    const complete = own.filter((one): one is [string, Stored<StoredModel>] => !!one[1]);
    if (complete.length < own.length) return [];
    const ofSession = tokens.get(String(uid)) ?? [];
    return [{ session, grants: new Map(complete), tokens: ofSession }];
  });
}

async function tokensBySession(store: Store): Promise<Map<string, SampleToken[]>> {
  const found = new Map<string, SampleToken[]>();
  for (const model of ['AccessToken', 'RefreshToken'] as const) {
    const { items } = await store.scan(modelKind(model), { limit: MANY });
    for (const { id: _, ...stored } of items) {
      const uid = String(stored.value.payload['sessionUid']);
      found.set(uid, [...(found.get(uid) ?? []), { model, stored }]);
    }
  }
  return found;
}

function byId<T>(entries: readonly Entry<T>[]): Map<string, Stored<T>> {
  return new Map(entries.map(({ id, ...stored }) => [id, stored]));
}

export function modelKind(model: string): Collection<StoredModel> {
  const found = modelCollections[model];
  if (!found) throw new Error(`There is no model ${model}.`);
  return found;
}
