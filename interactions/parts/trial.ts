/** What a try of a factor is made with in a sign-in: its proof goes into the record of that. */
import type { Trial } from '../../src/factors/verify.ts';
import type { Expected } from '../../src/factors/passkey.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import type { Person } from '../../src/records/person.ts';
import { addProof } from './add-proof.ts';
import { eventOf, noticeOf } from './report.ts';
import type { Visit } from '../step.ts';

/** `person`: whose it must be; undefined: it says itself whose it is. */
export function trialOf(
  visit: Visit,
  person: Person | undefined,
  {
    factor,
    trust,
    challenge = '',
  }: { factor: FactorId; trust: boolean; challenge?: Expected['challenge'] },
): Trial {
  const { parts, id, now, decision } = visit;
  return {
    parts,
    person,
    find: (one) => parts.people.get(undefined, one),
    signIn: id,
    challenge,
    now,
    prove: (whose, more = {}) => addProof(visit, whose, { method: factor, trust, ...more }),
    temporary:
      decision.next === 'factor' && decision.temporary
        ? {
            told: async () => [
              { event: eventOf(visit, 'temporary-code.used') },
              ...(await noticeOf(visit, 'account-changed', {
                what: 'temporary-code-used',
                name: '',
              })),
            ],
          }
        : null,
    codeUsed: async (left) => [
      { event: eventOf(visit, 'one-time-code.used', { details: { left } }) },
      ...(await noticeOf(visit, 'one-time-code-used', { left })),
    ],
  };
}
