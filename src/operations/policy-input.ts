/** What organisations and people can say about factors, trust and grace: shape and rules of both. */
import { z } from 'zod';
import { FACTORS } from '../policy/factors.ts';
import { Problem } from '../problem.ts';
import { FACTOR_IDS, type FactorId } from '../records/factor-id.ts';
import { dayOf } from '../text/day-of.ts';

/** Days. */
export const LONGEST_TRUST = 365;

/** Milliseconds since the epoch; null: at once. */
export const graceInput = z.int().nullable();
/** Milliseconds since the epoch: somebody is disabled then; null: never. */
export const activeUntilInput = z.int().nullable();
/** In the order of the table. */
export const factorsInput = z
  .array(z.enum(FACTOR_IDS))
  .min(1)
  .transform((chosen): FactorId[] => FACTOR_IDS.filter((id) => chosen.includes(id)));
/** Days; 0: computers can't be trusted. */
export const trustedDaysInput = z.int().min(0).max(LONGEST_TRUST);

interface Policy {
  activeUntil?: number | null | undefined;
  mfaFrom?: number | null | undefined;
  factors?: readonly FactorId[] | null | undefined;
}

/** Problems of both below. `now`: milliseconds since the epoch. */
export function checkPolicy({ mfaFrom, activeUntil, factors }: Policy, now: number): void {
  if (typeof activeUntil === 'number') checkGrace(activeUntil, now);
  if (typeof mfaFrom === 'number') checkGrace(mfaFrom, now);
  if (factors) checkFactors(factors);
}

/** Problem `grace-past`. */
export function checkGrace(until: number, now: number): void {
  if (until <= now) throw new Problem('grace-past', { values: { date: dayOf(until) } });
}

/** Problem `factors-companion`: none of them stands without another. */
export function checkFactors(chosen: readonly FactorId[]): void {
  if (chosen.every((id) => FACTORS[id].secondaryOnly)) throw new Problem('factors-companion');
}
