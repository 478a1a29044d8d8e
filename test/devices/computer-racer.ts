/** A process of its own that shows tokens many times at once, when told to; see computer-race.test.ts. */
import { remember } from '../../src/devices/known-computer.ts';
import {
  presentToken,
  type TrustBasis,
  type TrustRules,
} from '../../src/devices/trusted-computer.ts';
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';

export interface ComputerRace extends RaceOrder {
  /** One that may be shown twice, and one that was copied. */
  good: string;
  stolen: string;
  basis: TrustBasis;
  rules: TrustRules;
  times: number;
}

export interface ComputerVerdicts {
  good: { verdict: string; token?: string; rotated?: boolean }[];
  stolen: string[];
  isNew: boolean[];
}

answerRace(async (order: ComputerRace, parts): Promise<ComputerVerdicts> => {
  const { basis, rules, now, times } = order;
  const [good, stolen, seen] = await Promise.all([
    timesAtOnce(times, () => presentToken(parts, order.good, basis, rules, now)),
    timesAtOnce(times, () => presentToken(parts, order.stolen, basis, rules, now)),
    timesAtOnce(times, () =>
      remember(parts, { person: basis.person, browser: 'laptop', name: 'Firefox on Windows', now }),
    ),
  ]);
  return {
    good,
    stolen: stolen.map(({ verdict }) => verdict),
    isNew: seen.map(({ isNew }) => isNew),
  };
});
