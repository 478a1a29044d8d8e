/** One frame for trying a secret: takes a try of each counter, compares what was taken, and settles. */
import type { Store } from '../storage/store.ts';
import {
  CODE_RULE,
  ONE_TIME_RULE,
  countAttempts,
  emailCodeCounter,
  forgiveAttempts,
  oneTimeCounter,
  returnAttempt,
  suspensionToTell,
  takeAttempt,
  totpCounter,
  type AttemptRule,
  type Counted,
  type NotTaken,
  type Taken,
} from './attempts.ts';
import type { FactorId } from '../records/factor-id.ts';
import { FACTORS, compareLevels } from '../policy/factors.ts';

export interface Counter {
  id: string;
  rule: AttemptRule;
}

/** A secret that what was typed is compared with, and the counter that a try is taken of for it. */
export interface Try<V> {
  counter: Counter;
  compare(): Promise<V>;
  /**
   * Counters whose failures an acceptance takes away. Without its own among them the try is given
   * back, and those before it still count.
   */
  clears: readonly Counter[];
}

interface Verdict {
  verdict: string;
}
type Accepted<V> = Extract<V, { verdict: 'accepted' }>;
type Refused<V> = Exclude<V, { verdict: 'accepted' }>;

export type Attempted<V> =
  | { accepted: Accepted<V> }
  /** What each try came to, in their order. */
  | { accepted?: never; refused: readonly (Refused<V> | NotTaken)[] };

type AttemptStore = Pick<Store, 'get' | 'update'>;

/**
 * What was not taken is not compared, and a refusal of one is none of the others. The first that is
 * accepted ends it: what was not compared any more has cost nothing.
 */
export async function attempt<V extends Verdict>(
  store: AttemptStore,
  tries: readonly Try<V>[],
  now: number,
): Promise<Attempted<V>> {
  const begun = await Promise.all(
    tries.map(async (one) => {
      const { id, rule } = one.counter;
      return { ...one, taken: await takeAttempt(store, id, rule, now) };
    }),
  );
  const seen = await seenOf(store, begun);
  const refused: (Refused<V> | NotTaken)[] = [];
  for (const one of begun) {
    const result = one.taken.taken ? await one.compare() : one.taken;
    if (isAccepted(result)) {
      const others = begun.slice(refused.length);
      await settle(store, one.clears, { seen, others }, now);
      return { accepted: result };
    }
    refused.push(result as Refused<V> | NotTaken);
  }
  return { refused };
}

type Begun = Pick<Try<unknown>, 'counter' | 'clears'> & { taken: Taken };

/** What there was when the tries were taken, these among it: of their own counters and of those they clear. */
async function seenOf(store: AttemptStore, begun: readonly Begun[]): Promise<Seen[]> {
  const own = begun.flatMap(({ counter, taken }) =>
    taken.taken ? [{ ...counter, failures: taken.failures }] : [],
  );
  const isOwn = new Set(own.map(({ id }) => id));
  const others = begun.flatMap(({ clears }) => clears).filter(({ id }) => !isOwn.has(id));
  return [...own, ...(await seenNow(store, others))];
}

/** `others`: the one that was accepted, and those that were then not compared any more. */
async function settle(
  store: AttemptStore,
  clears: readonly Counter[],
  { seen, others }: { seen: readonly Seen[]; others: readonly Begun[] },
  now: number,
): Promise<void> {
  const cleared = new Set(clears.map(({ id }) => id));
  const gone = seen.filter(({ id }) => cleared.has(id));
  const spare = others.filter(({ counter }) => !cleared.has(counter.id));
  await Promise.all([
    forgive(store, gone, now),
    ...spare.map(({ counter, taken }) =>
      taken.taken ? returnAttempt(store, counter.id, taken.failures) : undefined,
    ),
  ]);
}

function isAccepted<V extends Verdict>(result: V | NotTaken): result is Accepted<V> {
  return 'verdict' in result && result.verdict === 'accepted';
}

/** A counter with as many failures as it had. */
export type Seen = Counter & { failures: number };

export async function seenNow(
  store: Pick<Store, 'get'>,
  counters: readonly Counter[],
): Promise<Seen[]> {
  const once = new Map(counters.map((one) => [one.id, one]));
  return Promise.all(
    [...once.values()].map(async (one) => ({
      ...one,
      failures: await countAttempts(store, one.id),
    })),
  );
}

/** Each counter once. */
export async function forgive(
  store: AttemptStore,
  seen: readonly Seen[],
  now: number,
): Promise<void> {
  await Promise.all(
    seen.map(({ id, rule, failures }) => forgiveAttempts(store, id, rule, failures, now)),
  );
}

/** The counters of a person's codes. */
const COUNTERS = {
  totp: { of: totpCounter, rule: CODE_RULE },
  'email-code': { of: emailCodeCounter, rule: CODE_RULE },
  'one-time-codes': { of: oneTimeCounter, rule: ONE_TIME_RULE },
} as const;

/** That of the computer where it is known from a proof that is no weaker, else that of the account. */
export function counterOf(factor: keyof typeof COUNTERS, whose: Counted): Counter {
  const { of, rule } = COUNTERS[factor];
  const { person, known, level = 'phr' } = whose;
  const isOwn = compareLevels(FACTORS[factor].level, level) <= 0;
  return { id: of({ person, known: isOwn ? known : undefined }), rule };
}

type SixDigits = 'totp' | 'email-code';

/** Those of these kinds of codes that are suspended since their owner was told last. */
export async function suspendedToTell(
  store: AttemptStore,
  whose: Counted,
  factors: readonly SixDigits[],
): Promise<SixDigits[]> {
  const news = await Promise.all(
    factors.map(async (factor) => {
      const { id, rule } = counterOf(factor, whose);
      return { factor, isNew: await suspensionToTell(store, id, rule) };
    }),
  );
  return news.flatMap(({ factor, isNew }) => (isNew ? [factor] : []));
}

const SIX_DIGITS: readonly SixDigits[] = ['totp', 'email-code'];

/**
 * What a proof of the factor clears: the failures of its own codes, and those of six digits that prove
 * no more than it does. A one-time code is also the way out of a suspension, here and for the account.
 */
export function clearedBy(factor: FactorId, whose: Counted): Counter[] {
  const { level } = FACTORS[factor];
  const noStronger = SIX_DIGITS.filter((id) => compareLevels(FACTORS[id].level, level) <= 0);
  const six = (of: Counted): Counter[] => noStronger.map((id) => counterOf(id, of));
  if (factor !== 'one-time-codes') return six(whose);
  const account = { person: whose.person, known: undefined };
  return [counterOf(factor, whose), ...six(whose), ...six(account)];
}
