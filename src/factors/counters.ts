/** The counters of wrong codes of a person, by the table of how factors are verified. */
import { type FactorId, FACTOR_IDS } from '../records/factor-id.ts';
import { FACTORS, compareLevels } from '../policy/factors.ts';
import type { Counter } from '../throttling/attempt.ts';
import { suspensionToTell, type Counted } from '../throttling/attempts.ts';
import type { Store } from '../storage/store.ts';
import { VERIFY } from './verify.ts';

/**
 * That of the computer where it is known from a proof that is no weaker, else that of the account.
 * Throws for a factor that nothing is counted of.
 */
export function counterOf(factor: FactorId, whose: Counted): Counter {
  const { counter } = VERIFY[factor];
  if (!counter) throw new Error(`Nothing is counted of ${factor}.`);
  const { person, known, level = 'phr' } = whose;
  const isOwn = compareLevels(FACTORS[factor].level, level) <= 0;
  return { id: counter.of({ person, known: isOwn ? known : undefined }), rule: counter.rule };
}

/** Those of these factors that are suspended since their owner was told last. */
export async function suspendedToTell(
  store: Pick<Store, 'get' | 'update'>,
  whose: Counted,
  factors: readonly FactorId[],
): Promise<FactorId[]> {
  const news = await Promise.all(
    factors.filter(isSuspendable).map(async (factor) => {
      const { id, rule } = counterOf(factor, whose);
      return { factor, isNew: await suspensionToTell(store, id, rule) };
    }),
  );
  return news.flatMap(({ factor, isNew }) => (isNew ? [factor] : []));
}

/**
 * The ids of all counters that a six-digit code may be counted by or clear, whatever the computer is known from: what
 * is read before that is known. `browser`: the hash of its secret.
 */
export function countersOfCodes(person: string, browser: string): string[] {
  return FACTOR_IDS.filter(isSuspendable).flatMap((id) =>
    [undefined, browser].flatMap((known) => VERIFY[id].counter?.of({ person, known }) ?? []),
  );
}

function isSuspendable(factor: FactorId): boolean {
  return Number.isFinite(VERIFY[factor].counter?.rule.suspendAt ?? Infinity);
}

/**
 * What a proof of the factor clears: the failures of its own codes, and those of codes that can be
 * suspended and prove no more than it does; of the way out of a suspension, here and for the account.
 */
export function clearedBy(factor: FactorId, whose: Counted): Counter[] {
  const { level } = FACTORS[factor];
  const noStronger = FACTOR_IDS.filter(
    (id) => isSuspendable(id) && compareLevels(FACTORS[id].level, level) <= 0,
  );
  const codes = (of: Counted): Counter[] => noStronger.map((id) => counterOf(id, of));
  if (!VERIFY[factor].liftsSuspension) return codes(whose);
  const account = { person: whose.person, known: undefined };
  return [counterOf(factor, whose), ...codes(whose), ...codes(account)];
}
