/** What every set-up of a factor ends with: what is told of it, and the stage that shows its last page. */
import { personCollection } from '../../src/records/person.ts';
import type { OutboxMessage } from '../../src/outbox/message.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import { NOTHING_PROVEN, withoutSession } from '../../src/records/sign-in.ts';
import { changeVisit, eventOf, noticeOf } from './report.ts';
import type { Visit } from '../step.ts';

/** For the write that activates the factor. */
export async function enrolmentMessages(visit: Visit, factor: FactorId): Promise<OutboxMessage[]> {
  return [
    { event: eventOf(visit, 'factor.enrolled', { details: { factor } }) },
    ...(await noticeOf(visit, 'factor-enrolled', { factor })),
  ];
}

/**
 * The factor is active and everything issued to the person has ended, the session that this sign-in may
 * have begun in too: nothing is proven here any more. The last page is shown all the same.
 */
export async function enrolled(
  visit: Visit,
  person: string,
  factor: FactorId,
  newCodes: boolean,
): Promise<void> {
  visit.parts.relay.soon(personCollection, person);
  await changeVisit(visit, (record) => ({
    ...withoutSession(record),
    ...structuredClone(NOTHING_PROVEN),
    stage: 'enrolled',
    setUp: true,
    enrolled: { person, factor, at: visit.now, newCodes },
  }));
}
