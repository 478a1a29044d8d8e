/** What was made with an encryption key and would be found no more: counted, and taken away. */
import {
  trustedComputerCollection,
  type TrustedComputer,
} from '../../../devices/trusted-computer.ts';
import { passkeyCounterCollection, type SignatureCounter } from '../../../factors/passkey.ts';
import { secretsOf, withoutSecrets, withSecrets } from '../../../oidc/clients/secrets/secrets.ts';
import { hashSecret } from '../../../oidc/clients/clients.ts';
import { clientCollection, type ClientRecord } from '../../../records/client.ts';
import { replayCollection } from '../../../records/stored-model.ts';
import { changePerson, personCollection, type Person } from '../../../records/person.ts';
import { Problem } from '../../../problem.ts';
import { refusalWindowCollection } from '../../../outbox/refusal-windows.ts';
import { keyOfKept, type Ring, type Vault } from '../../../secrets/vault.ts';
import { entries } from '../../../storage/pages.ts';
import type { Change, Collection, Entry, Store } from '../../../storage/store.ts';
import { randomBytes } from 'node:crypto';

/** How many, by the name of their collection, or of what they are in. */
export type EndsWithKey = Record<string, number>;

/** What people are told of by name, in that order; whatever else there is lives for minutes. */
const TOLD = [
  'session',
  'refresh_token',
  'trusted_computer',
  'passcodes',
  'client_secrets',
  'known_computer',
  'link',
  'enrolment_codes',
  'temporary_codes',
] as const;
export type ToldEnd = (typeof TOLD)[number] | 'others';

/** Each with its number, none left out; the others last. */
export function toldEnds(ends: Readonly<EndsWithKey>): { name: ToldEnd; count: number }[] {
  const named: readonly string[] = TOLD;
  const others = Object.entries(ends).filter(([name]) => !named.includes(name));
  return [
    ...TOLD.map((name) => ({ name, count: ends[name] ?? 0 })),
    { name: 'others', count: others.reduce((sum, [, count]) => sum + count, 0) },
  ];
}

export interface EndsParts {
  store: Store;
  vault: Vault;
  /** Every collection there is. */
  collections: readonly Collection<any>[];
}

/** When it was active last: milliseconds since the epoch. */
export interface OldKey {
  kid: string;
  from: number;
  until: number;
}

/** Ids that are hashes of something else, and marks that something was used: it would be good once more without. */
const NOT_BY_KEY: readonly string[] = [refusalWindowCollection.name, replayCollection.name];

/** A document that goes with the key, or what is left of one. */
interface Ending<T> {
  kind: Collection<T>;
  id: string;
  counts: EndsWithKey;
  /** What of it was there still, and has ended: meanwhile it may have been used, and so be of another key. */
  remove(): Promise<EndsWithKey>;
}

export async function countEndsWithKey(parts: EndsParts, key: OldKey): Promise<EndsWithKey> {
  const sum: EndsWithKey = {};
  for await (const { counts } of endings(parts, key)) addTo(sum, counts);
  return sum;
}

/** Answers what has ended. */
export async function removeEndsWithKey(parts: EndsParts, key: OldKey): Promise<EndsWithKey> {
  const sum: EndsWithKey = {};
  for await (const ending of endings(parts, key)) addTo(sum, await ending.remove());
  return sum;
}

function addTo(sum: EndsWithKey, counts: EndsWithKey): void {
  for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
}

/**
 * Counters of passkeys are no bearer's, and go on: under the active key. Each is there under one id or the other at
 * every moment, and whoever uses the passkey meanwhile is counted.
 */
export async function moveCounters({ store, vault }: EndsParts, kid: string): Promise<void> {
  const kind = passkeyCounterCollection;
  // Not by `hash`: those ids are looked for under the other keys too, and so may these be, of a moment ago.
  const idUnder = (key: string, passkey: string): string =>
    vault.hashUnder(key, 'passkey counter', passkey) ?? '';
  const raise = (at: string, counter: number): Promise<void> =>
    store.update(kind, at, (current): Change<SignatureCounter, void> => {
      const isBehind = (current?.counter ?? -1) < counter;
      return isBehind ? { put: { ...current, counter }, result: undefined } : { result: undefined };
    });
  for await (const { value } of all(store, personCollection))
    for (const { id } of value.passkeys ?? []) {
      const [before, after] = [idUnder(kid, id), idUnder(vault.ring.active, id)];
      const stored = before === after ? undefined : await store.get(kind, before);
      if (!stored || keyOf(stored, vault.ring) !== kid) continue;
      await raise(after, stored.counter);
      const last = await store.update(kind, before, (current): Change<SignatureCounter, number> =>
        current && keyOf(current, vault.ring) === kid
          ? { remove: true, result: current.counter }
          : { result: 0 },
      );
      await raise(after, last);
    }
}

/** The key that a document's id was made with. */
function keyOf(value: object, { first }: Ring): string {
  return (value as { kid?: string }).kid ?? first;
}

async function* endings(parts: EndsParts, key: OldKey): AsyncGenerator<Ending<any>> {
  const { store, collections, vault } = parts;
  for (const kind of collections) {
    if (kind.key !== 'hash' || NOT_BY_KEY.includes(kind.name)) continue;
    for await (const { id, value } of all(store, kind)) {
      if (keyOf(value, vault.ring) !== key.kid) continue;
      // Counters go on (`moveCounters`): what is left of them has nobody's passkey.
      const counts = kind.name === passkeyCounterCollection.name ? {} : { [kind.name]: 1 };
      const remove = async () => ((await store.delete(kind, id)) ? counts : {});
      yield { kind, id, counts, remove };
    }
  }
  yield* unusedComputers(store, key);
  yield* ofPeople(parts, key);
  yield* ofClients(parts, key);
}

/** Those that were used since have a token of another key. */
async function* unusedComputers(store: Store, key: OldKey): AsyncGenerator<Ending<any>> {
  const kind = trustedComputerCollection;
  const counts = { [kind.name]: 1 };
  const isOf = ({ lastUsedAt }: TrustedComputer): boolean =>
    lastUsedAt >= key.from && lastUsedAt < key.until;
  for await (const { id, value } of all(store, kind)) {
    if (!isOf(value)) continue;
    const remove = () =>
      store.update(kind, id, (computer): Change<TrustedComputer, EndsWithKey> =>
        computer && isOf(computer) ? { remove: true, result: counts } : { result: {} },
      );
    yield { kind, id, counts, remove };
  }
}

async function* ofPeople(
  { store, vault }: EndsParts,
  { kid }: OldKey,
): AsyncGenerator<Ending<any>> {
  const isOf = (hash: string): boolean => keyOfKept(vault.ring, hash) === kid;
  for await (const { id, value } of all(store, personCollection)) {
    const counts = countedIn(value, isOf);
    if (!Object.values(counts).some((count) => count > 0)) continue;
    const remove = () =>
      changePerson<EndsWithKey>(store, id, (person) => ({
        set: without(person, isOf),
        result: countedIn(person, isOf),
      })).catch(noneOfNobody);
    yield { kind: personCollection, id, counts, remove };
  }
}

/** Whoever has been removed meanwhile has nothing more. */
function noneOfNobody(error: unknown): EndsWithKey {
  if (error instanceof Problem && error.code === 'person-unknown') return {};
  throw error;
}

function countedIn(
  { passcodes = [], enrolmentCode, temporaryCode, addressCheck }: Partial<Person>,
  isOf: (hash: string) => boolean,
): EndsWithKey {
  return {
    passcodes: passcodes.filter(({ hash }) => isOf(hash)).length,
    enrolment_codes: enrolmentCode && isOf(enrolmentCode.hash) ? 1 : 0,
    temporary_codes: temporaryCode && isOf(temporaryCode.hash) ? 1 : 0,
    address_checks: addressCheck?.codes.some(({ hash }) => isOf(hash)) ? 1 : 0,
  };
}

function without(person: Person, isOf: (hash: string) => boolean): Partial<Person> {
  const { passcodes, enrolmentCode, temporaryCode = null, addressCheck } = person;
  return {
    passcodes: passcodes.filter(({ hash }) => !isOf(hash)),
    enrolmentCode: enrolmentCode && isOf(enrolmentCode.hash) ? null : enrolmentCode,
    temporaryCode: temporaryCode && isOf(temporaryCode.hash) ? null : temporaryCode,
    addressCheck: addressCheck?.codes.some(({ hash }) => isOf(hash)) ? null : addressCheck,
  };
}

async function* ofClients(
  { store, vault }: EndsParts,
  { kid }: OldKey,
): AsyncGenerator<Ending<any>> {
  const lostBy = (client: ClientRecord): number =>
    secretsOf(client).filter(({ hash }) => keyOfKept(vault.ring, hash) === kid).length;
  for await (const { id, value } of all(store, clientCollection)) {
    if (lostBy(value) === 0 && !isBare(value, vault.ring, kid)) continue;
    const remove = () =>
      store.update(clientCollection, id, (client): Change<ClientRecord, EndsWithKey> => {
        const lost = client ? lostBy(client) : 0;
        if (!client || (lost === 0 && !isBare(client, vault.ring, kid))) return { result: {} };
        return { put: withoutSecretsOf(client, vault, kid), result: { client_secrets: lost } };
      });
    yield { kind: clientCollection, id, counts: { client_secrets: lostBy(value) }, remove };
  }
}

/** It has the hash of no secret, of that key. */
function isBare({ secretHash }: ClientRecord, ring: Ring, kid: string): boolean {
  return secretHash !== null && secretHash !== undefined && keyOfKept(ring, secretHash) === kid;
}

/** One that is left without any has one that nobody knows, so that it is no public client. */
function withoutSecretsOf(client: ClientRecord, vault: Vault, kid: string): ClientRecord {
  const left = secretsOf(client).filter(({ hash }) => keyOfKept(vault.ring, hash) !== kid);
  if (left.length > 0) return { ...client, ...withSecrets(left) };
  const nobodys = hashSecret(vault, randomBytes(32).toString('base64url'));
  return { ...client, ...withoutSecrets(nobodys) };
}

function all<T>(store: Pick<Store, 'scan'>, kind: Collection<T>): AsyncGenerator<Entry<T>> {
  return entries((after) => store.scan(kind, { limit: 500, after }));
}
