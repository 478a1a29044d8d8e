/** What an audit event says about sign-ins, in labels that have few values. Pure. */
import type { AuditEvent } from '../../audit/event.ts';
import { FACTOR_IDS, type FactorId } from '../../records/factor-id.ts';
import { FACTORS } from '../../policy/factors.ts';

/** `sign-in`: one that has ended. `check`: a password or factor that was shown on the way. */
export interface Counted {
  what: 'sign-in' | 'check';
  outcome: 'completed' | 'refused' | 'accepted' | 'wrong' | 'delayed';
  factor: string;
}

/** Of these refusals nothing was looked at: it came too early after others (throttling/attempts.ts). */
const NOT_EVALUATED: readonly string[] = ['wait', 'suspended'];

/** `undefined`: it has nothing to do with signing in. */
export function countedOf(event: AuditEvent): Counted | undefined {
  switch (event.type) {
    case 'sign-in.completed':
      return { what: 'sign-in', outcome: 'completed', factor: factorShown(event) };
    case 'sign-in.refused':
      return { what: 'sign-in', outcome: 'refused', factor: 'none' };
    case 'sign-in.password':
      return { what: 'check', outcome: outcomeOf(event), factor: 'password' };
    case 'sign-in.factor':
      return { what: 'check', outcome: outcomeOf(event), factor: factorOf(event) };
    default:
      return undefined;
  }
}

function factorShown({ details: { factor } }: AuditEvent): string {
  return isFactor(factor) || factor === 'trusted-computer' ? factor : 'none';
}

function outcomeOf({ outcome, reasons }: AuditEvent): Counted['outcome'] {
  if (outcome === 'success') return 'accepted';
  return reasons.some((reason) => NOT_EVALUATED.includes(reason)) ? 'delayed' : 'wrong';
}

/** A refused code may be meant for several factors: it is `code`. */
function factorOf({ details, reasons }: AuditEvent): string {
  const { factor } = details;
  if (isFactor(factor)) return factor;
  const meant = FACTOR_IDS.filter((id) =>
    reasons.some((reason) => reason.startsWith(`${FACTORS[id].refusedAs}-`)),
  );
  const [only] = meant;
  return only !== undefined && meant.length === 1 ? only : 'code';
}

function isFactor(name: unknown): name is FactorId {
  return typeof name === 'string' && Object.hasOwn(FACTORS, name);
}
