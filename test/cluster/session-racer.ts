/** A process of its own that ends one session many times at once, when told to; see sessions.test.ts. */
import { endSession } from '../../src/operations/account/sessions.ts';
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';
import { doingAt, endingParts, present } from '../support/sessions.ts';

export interface SessionRace extends RaceOrder {
  person: string;
  session: string;
  times: number;
}

answerRace(async (order: SessionRace, parts): Promise<boolean[]> => {
  const person = await present(parts, order.person);
  const performed = doingAt({ now: () => order.now });
  return timesAtOnce(order.times, () =>
    endSession(endingParts(parts), person, order.session, performed),
  );
});
