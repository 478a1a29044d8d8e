/** A process of its own that ends one session many times at once, when told to; see sessions.test.ts. */
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';
import { present, endSession } from '../support/sessions.ts';

export interface SessionRace extends RaceOrder {
  person: string;
  session: string;
  times: number;
}

answerRace(async (order: SessionRace, parts): Promise<boolean[]> => {
  const person = await present(parts, order.person);
  return timesAtOnce(order.times, () =>
    endSession({ ...parts, now: () => order.now }, person, order.session),
  );
});
