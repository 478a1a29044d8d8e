/** What the trust in a computer rests on, and by which rules it is judged. */
import { allowedFactors, trustDays, type ClientPolicy, type Subject } from '../policy/assurance.ts';
import type { FactorId } from '../records/factor-id.ts';
import type { TrustBasis } from './trusted-computer.ts';

/** It ends when one of these changes. */
export function trustBasis({ person, organisation }: Subject): TrustBasis {
  return {
    person: person.id,
    epoch: person.epoch,
    trustEpoch: person.trustEpoch,
    organisation: organisation.id,
    organisationTrustEpoch: organisation.trustEpoch,
  };
}

export function trustRules(
  who: Subject,
  client: ClientPolicy,
  available: readonly FactorId[],
): { days: number; allowedFactors: FactorId[] } {
  return { days: trustDays(who, client), allowedFactors: allowedFactors(who, available) };
}
