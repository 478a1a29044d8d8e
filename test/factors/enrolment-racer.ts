/** A process of its own that activates a factor many times at once, when told to; see enrolment-race.test.ts. */
import type { Person } from '../../src/records/person.ts';
import { activateFactor } from '../../src/operations/factors/enrolment.ts';
import { activateAuthenticator } from '../../src/operations/factors/totp-enrolment.ts';
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';

export interface EnrolmentRace extends RaceOrder {
  times: number;
  person: { id: string; epoch: number };
  /** With it the pending authenticator is activated; without it codes by mail are, by their write alone. */
  totp?: { pendingId: string; code: string };
}

answerRace(async (order: EnrolmentRace, parts) => {
  const { now, times, person, totp } = order;
  const byCode = async (nth: number): Promise<string> => {
    // As from as many known computers: each has tries of its own, so that none is stopped by them.
    const who = { ...person, counter: `code:${person.id}:${process.pid} ${nth}` };
    const proof = totp ?? { pendingId: '', code: '' };
    const outcome = await activateAuthenticator(parts, who, proof, [], now);
    return 'reason' in outcome ? outcome.reason : outcome.verdict;
  };
  const byWrite = async (): Promise<string> => {
    const emailMfaSince = now;
    const change = ({ epoch }: Person) => (epoch === person.epoch ? { emailMfaSince } : undefined);
    return (await activateFactor(parts, person.id, change, [], now)) ? 'accepted' : 'replaced';
  };
  return timesAtOnce(times, totp ? byCode : byWrite);
});
