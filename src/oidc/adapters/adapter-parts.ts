/** What the adapters of all models share: the shape of a document, its expiry and its epoch. */
import { errors, Provider, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Vault } from '../../secrets/vault.ts';
import { grantCollection } from '../../records/stored-model.ts';
import type { Store } from '../../storage/store.ts';
import type { DeferredWrites } from './deferred-writes.ts';
import type { KnownOrganisations } from '../clients/known-organisations.ts';
import type { RequestPeople } from './request-people.ts';
import type { SignInLimit } from '../authorization/request-limits.ts';

export interface AdapterParts {
  store: Store;
  vault: Vault;
  people: RequestPeople;
  organisations: KnownOrganisations;
  deferredWrites: DeferredWrites;
  signInLimit: SignInLimit;
  /** Metadata of a client as the library wants it. */
  clientMetadata(id: string): Promise<AdapterPayload | undefined>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Seconds that the library lets an expired token live (`clockTolerance`); rows must outlive it. */
export const CLOCK_TOLERANCE = 15;

/** Milliseconds since the epoch after which a document of the library is gone for good. */
export function expiry(
  parts: Pick<AdapterParts, 'now'>,
  expiresIn: number | undefined,
): number | undefined {
  return expiresIn === undefined ? undefined : parts.now() + (expiresIn + CLOCK_TOLERANCE) * 1000;
}

/** Is it still of the person's present epoch? What belongs to nobody always is. */
export async function isCurrent(
  parts: Pick<AdapterParts, 'people'>,
  accountId: string | undefined,
  epoch: number | undefined,
): Promise<boolean> {
  if (accountId === undefined) return true;
  const person = await parts.people.get(Provider.ctx, accountId);
  return person !== undefined && person.active && person.epoch === epoch;
}

/** The epoch to issue under: that of the person as this request first saw them. */
export async function presentEpoch(
  parts: Pick<AdapterParts, 'people'>,
  accountId: string | undefined,
): Promise<{ epoch?: number }> {
  if (accountId === undefined) return {};
  const person = await parts.people.get(Provider.ctx, accountId);
  if (!person) throw new errors.InvalidGrant('account is gone');
  return { epoch: person.epoch };
}

/** Leaves a write to the answer of the request that asks for it (deferred-writes.ts); outside of one, waits. */
export async function beforeAnswer(
  { deferredWrites }: Pick<AdapterParts, 'deferredWrites'>,
  write: Promise<unknown>,
): Promise<void> {
  if (Provider.ctx) deferredWrites.add(Provider.ctx, write);
  else await write;
}

/**
 * What is one-time is used up, or is refused by rejecting. Where that is a round trip, the token endpoint issues meanwhile,
 * and tells of nothing before this has been decided (tokens/judged-grants.ts); elsewhere it is waited for here.
 */
export async function usedUp(
  { deferredWrites }: Pick<AdapterParts, 'deferredWrites'>,
  verdict: Promise<void>,
): Promise<void> {
  const { ctx } = Provider;
  if (ctx?.oidc.route === 'token') await deferredWrites.judge(ctx, verdict);
  else await verdict;
}

/** The library and what is around it change the sessions and grants that they are given; what was read is everybody's. */
export function changeable<T>(read: T): T {
  if (typeof read !== 'object' || read === null) return read;
  if (Array.isArray(read)) return read.map(changeable) as T;
  return Object.fromEntries(Object.entries(read).map(([name, of]) => [name, changeable(of)])) as T;
}

/** Under each key, for comparing with those of a list. */
export function grantKeys(vault: Pick<Vault, 'hashes'>, grantId: string): string[] {
  return vault.hashes('Grant', grantId);
}

export function grantKey(vault: Pick<Vault, 'hash'>, grantId: string): string {
  return vault.hash('Grant', grantId);
}

/** And with it everything that was issued by it. */
export async function destroyGrant(
  { store, vault }: Pick<AdapterParts, 'store' | 'vault'>,
  grantId: string,
): Promise<void> {
  await store.delete(grantCollection, grantKey(vault, grantId));
}

/** A model of a feature that is off; reaching it is a mistake in the configuration. */
export function unusedModel(name: string): Adapter {
  const refuse = async (): Promise<never> => {
    throw new Error(`${name} is not stored here.`);
  };
  return {
    upsert: refuse,
    find: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}
