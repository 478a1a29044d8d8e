/** What a try of a factor is made with in a sign-in: its proof goes into the record of that. */
import type { KnownComputer } from '../../src/devices/known-computer.ts';
import type { Proven, Trial } from '../../src/factors/verify.ts';
import type { Expected } from '../../src/factors/passkey.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import type { Person } from '../../src/records/person.ts';
import type { Settle } from '../../src/throttling/attempt.ts';
import { addProof } from './add-proof.ts';
import { eventOf, noticeOf } from './report.ts';
import type { Visit } from '../step.ts';

/** Which factor is tried, and with what. */
export interface Tried {
  factor: FactorId;
  /** "Trust this computer" was chosen. */
  trust: boolean;
  challenge?: Expected['challenge'];
  /** As it was known a moment ago; null: not at all. */
  computer?: KnownComputer | null | undefined;
}

/** Adds what an accepted one proves to the sign-in; answers the visit as it goes on, where that is known. */
export async function addProven(
  visit: Visit,
  { person, proven }: { person: Person; proven?: Proven },
  { factor, trust, computer }: Tried,
  settle: Settle,
): Promise<Visit | undefined> {
  if (!proven) return undefined;
  const proof = { method: factor, trust, ...proven, computer };
  return (await addProof(visit, person, proof, settle)).next;
}

/** `person`: whose it must be; undefined: it says itself whose it is. */
export function trialOf(
  visit: Visit,
  person: Person | undefined,
  { factor, trust, challenge = '', computer }: Tried,
): Trial {
  const { parts, id, now, decision } = visit;
  return {
    parts,
    person,
    find: (one) => parts.people.get(undefined, one),
    signIn: id,
    challenge,
    now,
    proveAndSpend: async (whose, spend) =>
      (await addProof(visit, whose, { method: factor, trust, spend, computer })).record,
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
