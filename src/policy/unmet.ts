/**
 * Why no sign-in can meet a request: the `error_description` of `unmet_authentication_requirements`
 * (OpenID Connect Core Unmet Authentication Requirements 1.0). It is told to the app about the person who
 * has given their password, and to nobody before. In the characters of RFC 6749 §4.1.2.1. Pure.
 */
import { type FactorId, FACTOR_IDS } from '../records/factor-id.ts';
import type { Level } from '../records/proof.ts';
import { ACR, FACTORS, compareLevels } from './factors.ts';
import { permittedFactors, type Subject } from './assurance.ts';

export const NONE_KNOWN = 'none of the acr values that are required is known here';

export const NOT_CHECKABLE =
  'another factor would have to be set up, and the one that the person has cannot be checked here';

/** `floor`: the level that is asked for. `available`: factors that this installation can check. */
export function whyUnmet(who: Subject, available: readonly FactorId[], floor: Level): string {
  const enough = FACTOR_IDS.filter((id) => reaches(id, floor));
  const needed = `${ACR[floor]} needs ${enough.join(' or ')}`;
  const among = (ids: readonly FactorId[]): boolean => enough.some((id) => ids.includes(id));
  if (!among(available)) return `${needed}, which this installation cannot check`;
  if (!among(permittedFactors(who, available))) return `${needed}, which the person may not use`;
  return `${needed}, which the person does not have and may not set up`;
}

/** Of those that can be set up: one-time codes come along with them. */
function reaches(id: FactorId, floor: Level): boolean {
  return FACTORS[id].enrolStep !== null && compareLevels(FACTORS[id].level, floor) >= 0;
}
