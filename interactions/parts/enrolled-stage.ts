/** What every set-up of a factor ends with: the stage that shows its last page. */
import type { FactorId } from '../../src/records/factor-id.ts';
import { isEnrolled } from '../../src/policy/factors.ts';
import { NOTHING_PROVEN, withoutSession } from '../../src/records/sign-in.ts';
import { changeVisit } from './report.ts';
import type { Visit } from '../step.ts';

/**
 * The factor is active and everything issued to the person has ended, the session that this sign-in may
 * have begun in too: nothing is proven here any more. The last page is shown all the same.
 */
export async function showEnrolled(
  visit: Visit,
  person: string,
  factor: FactorId,
  newCodes: boolean,
): Promise<void> {
  const added = visit.person && isEnrolled(visit.person) ? { added: true as const } : {};
  await changeVisit(visit, (record) => ({
    ...withoutSession(record),
    ...structuredClone(NOTHING_PROVEN),
    stage: 'enrolled',
    setUp: true,
    enrolled: { person, factor, at: visit.now, newCodes, ...added },
  }));
}
