/**
 * Trusted computers: a record here, a token in the computer's cookie that changes with every use.
 * This folder owns what is known of the computers that people sign in on.
 *
 * The token is `<id>.<generation>.<mac>`; nothing of it is stored, so that a copy of the store opens
 * no door. The newest generation moves the record on by one. The one before it stays good, and is
 * answered with the same newest token, until the newest has been seen: an answer can be lost, and two
 * tabs can ask at once. A genuine token that is older still was copied: theft.
 */
import { randomBytes } from 'node:crypto';
import type { FactorId } from '../records/factor-id.ts';
import {
  outboxIndex,
  removal,
  withMessages,
  type MessageCarrier,
  type OutboxMessage,
} from '../outbox/message.ts';
import type { Vault } from '../secrets/vault.ts';
import { collection, type Change, type Entry, type Store } from '../storage/store.ts';

/** What the trust rests on: it ends when one of these changes. */
export interface TrustBasis {
  person: string;
  epoch: number;
  trustEpoch: number;
  organisation: string;
  organisationTrustEpoch: number;
}

/** All times are milliseconds since the epoch. */
export interface TrustedComputer extends TrustBasis, MessageCarrier {
  id: string;
  name: string;
  browser: string;
  /** The factor that it was trusted with. */
  factor: FactorId;
  generation: number;
  createdAt: number;
  lastUsedAt: number;
  expiresAt: number;
}

export const trustedComputerCollection = collection<TrustedComputer>('trusted_computer', {
  indexes: {
    person: ({ person, gone }) => (gone ? undefined : person),
    postings: outboxIndex,
  },
});

export interface TrustRules {
  /** Days after which trust ends; as they are allowed now, not as they were when it was given. */
  days: number;
  allowedFactors: readonly FactorId[];
}

export interface ComputerParts {
  store: Store;
  vault: Vault;
}

export type Presented =
  | { verdict: 'trusted'; computer: TrustedComputer; token: string; rotated: boolean }
  /** An old token was presented again; the trust has ended with this. */
  | { verdict: 'theft'; computer: TrustedComputer }
  | { verdict: 'none' };

export const MOST_TRUSTED_COMPUTERS = 20;
const DAY = 86_400_000;
/** A token is 22 + 1 + up to 10 + 1 + 43 characters. */
const LONGEST_TOKEN = 100;

/**
 * Trusts the computer, and `messages` are told of it, in one write; beyond twenty, the least recently used
 * ones go. The token is for its cookie.
 */
export async function trustComputer(
  parts: ComputerParts,
  basis: TrustBasis,
  given: { factor: FactorId; browser: string; days: number },
  now: number,
  messages: readonly OutboxMessage[] = [],
): Promise<{ token: string; computer: TrustedComputer }> {
  const { factor, browser, days } = given;
  const id = randomBytes(16).toString('base64url');
  const times = { createdAt: now, lastUsedAt: now, expiresAt: now + days * DAY };
  const computer = { ...basis, id, name: browser, browser, factor, generation: 1, ...times };
  const told = messages.length > 0 ? withMessages({}, ...messages) : {};
  await parts.store.insert(
    trustedComputerCollection,
    id,
    { ...computer, ...told },
    { expiresAt: computer.expiresAt },
  );
  const all = await entries(parts, basis.person);
  const oldest = all.toSorted((a, b) => a.value.lastUsedAt - b.value.lastUsedAt);
  const surplus = oldest
    .filter((entry) => entry.id !== id)
    .slice(0, Math.max(0, all.length - MOST_TRUSTED_COMPUTERS));
  // Those that have something to tell, as one that somebody revokes meanwhile, tell it first.
  const silent = { person: basis.person, messages: [], now };
  await Promise.all(surplus.map((entry) => endTrust(parts, entry.id, silent)));
  return { token: tokenOf(parts.vault, computer), computer };
}

/**
 * Judges the token of a computer's cookie, and moves it on, in one conditional write. `theftTold`: what
 * is told of a theft, in the write that ends the trust; made when there is one.
 */
export async function presentToken(
  parts: ComputerParts,
  token: string,
  basis: TrustBasis,
  rules: TrustRules,
  now: number,
  theftTold: () => Promise<readonly OutboxMessage[]> = async () => [],
): Promise<Presented> {
  const shown = readToken(parts.vault, token, basis.person);
  if (!shown) return { verdict: 'none' };
  const judged = await judgeToken(parts, shown, { basis, rules, now });
  if (judged.verdict !== 'theft') return judged;
  return judgeToken(parts, shown, { basis, rules, now, messages: await theftTold() });
}

/** Without `messages` a theft is answered, and nothing is written. */
async function judgeToken(
  { store, vault }: ComputerParts,
  shown: { id: string; generation: number },
  at: {
    basis: TrustBasis;
    rules: TrustRules;
    now: number;
    messages?: readonly OutboxMessage[];
  },
): Promise<Presented> {
  const { basis, rules, now, messages } = at;
  return store.update(
    trustedComputerCollection,
    shown.id,
    (computer): Change<TrustedComputer, Presented> => {
      if (!isOf(computer, basis.person)) return { result: { verdict: 'none' } };
      const judged = judge(computer, shown.generation, basis, rules, now);
      if (judged === 'over') return removal(computer, { messages: [], now }, { verdict: 'none' });
      if (judged === 'theft') {
        const result: Presented = { verdict: 'theft', computer };
        return messages ? removal(computer, { messages, now }, result) : { result };
      }
      const rotated = judged === 'newest';
      const generation = computer.generation + (rotated ? 1 : 0);
      const put = { ...computer, generation, lastUsedAt: Math.max(now, computer.lastUsedAt) };
      const answer = { computer: put, token: tokenOf(vault, put), rotated };
      const result: Presented = { verdict: 'trusted', ...answer };
      return rotated ? { put, result } : { result };
    },
  );
}

const isOf = (computer: TrustedComputer | undefined, person: string): computer is TrustedComputer =>
  computer?.person === person && !computer.gone;

/** Pure: what a genuine token of that generation is worth now. */
export function judge(
  computer: TrustedComputer,
  generation: number,
  basis: TrustBasis,
  rules: TrustRules,
  now: number,
): 'newest' | 'before' | 'theft' | 'over' {
  if (!isStanding(computer, basis, rules, now)) return 'over';
  if (generation === computer.generation) return 'newest';
  // Newer than the record: the store was restored from a backup, and nobody has copied anything.
  if (generation > computer.generation) return 'over';
  return generation === computer.generation - 1 ? 'before' : 'theft';
}

/** Pure: is it still trusted, as the rules are now? */
export function isStanding(
  computer: TrustedComputer,
  basis: TrustBasis,
  { days, allowedFactors }: TrustRules,
  now: number,
): boolean {
  return (
    !computer.gone &&
    computer.person === basis.person &&
    computer.epoch === basis.epoch &&
    computer.trustEpoch === basis.trustEpoch &&
    computer.organisation === basis.organisation &&
    computer.organisationTrustEpoch === basis.organisationTrustEpoch &&
    allowedFactors.includes(computer.factor) &&
    now < Math.min(computer.expiresAt, computer.createdAt + days * DAY)
  );
}

/** Is a computer that stood in for a factor, in a session, still trusted? */
export async function stillTrusted(
  { store }: Pick<ComputerParts, 'store'>,
  id: string,
  basis: TrustBasis,
  rules: TrustRules,
  now: number,
): Promise<boolean> {
  const computer = await store.get(trustedComputerCollection, id);
  return computer !== undefined && isStanding(computer, basis, rules, now);
}

/** Of the person, newest first. */
export async function listComputers(
  parts: Pick<ComputerParts, 'store'>,
  person: string,
): Promise<TrustedComputer[]> {
  const all = (await entries(parts, person)).map(({ value }) => value);
  return all.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
}

/** How the trust in one computer ends. */
export interface TrustEnding {
  person: string;
  /** Told in the same write. */
  messages: readonly OutboxMessage[];
  /** Milliseconds since the epoch. */
  now: number;
}

/** `false`: not one of this person's, and nothing was changed. */
export async function endTrust(
  { store }: Pick<ComputerParts, 'store'>,
  id: string,
  ending: TrustEnding,
): Promise<boolean> {
  return store.update(
    trustedComputerCollection,
    id,
    (computer): Change<TrustedComputer, boolean> =>
      isOf(computer, ending.person) ? removal(computer, ending, true) : { result: false },
  );
}

async function entries(
  { store }: Pick<ComputerParts, 'store'>,
  person: string,
): Promise<Entry<TrustedComputer>[]> {
  const query = { index: 'person', equals: person, limit: 200 };
  return (await store.find(trustedComputerCollection, query)).items;
}

function tokenOf(vault: Vault, { id, person, generation }: TrustedComputer): string {
  return `${id}.${generation}.${vault.hash(MAC, `${person} ${id} ${generation}`)}`;
}

const MAC = 'trusted computer';

/** The id of the computer whose genuine token that is; undefined for any other text. */
export function computerOf(vault: Vault, token: string, person: string): string | undefined {
  return readToken(vault, token, person)?.id;
}

function readToken(
  vault: Vault,
  token: string,
  person: string,
): { id: string; generation: number } | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  const [, id, digits, mac] = /^([\w-]{22})\.([1-9]\d{0,9})\.([\w-]{43})$/u.exec(token) ?? [];
  if (id === undefined || mac === undefined) return undefined;
  const generation = Number(digits);
  const genuine = vault.isHash(MAC, `${person} ${id} ${generation}`, mac);
  return genuine ? { id, generation } : undefined;
}
