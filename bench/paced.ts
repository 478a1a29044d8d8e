/**
 * Requests at a fixed rate, as an open loop: each is sent at its planned time, whether those before it have
 * been answered or not, and its latency counts from that time. So a stall is seen in every request that
 * would have come meanwhile, and not in the one alone that was under way (coordinated omission).
 */
import { setTimeout as pause } from 'node:timers/promises';

export interface Pace {
  /** Requests a second. */
  rate: number;
  /** How long they are sent for, milliseconds. */
  ms: number;
}

/** Milliseconds, monotonic. */
export interface Clock {
  now(): number;
  /** At that time or after it. */
  until(at: number): Promise<void>;
}

const MONOTONIC: Clock = {
  now: () => performance.now(),
  until: (at) => pause(Math.max(0, Math.ceil(at - performance.now()))),
};

/** Answers the latency of each, in milliseconds; rejects with what one of them has failed with. */
export async function atRate(
  { rate, ms }: Pace,
  run: (turn: number) => Promise<void>,
  clock: Clock = MONOTONIC,
): Promise<number[]> {
  const count = Math.max(1, Math.round((rate * ms) / 1000));
  const begun = clock.now();
  const latencies: number[] = [];
  const failures: unknown[] = [];
  const under: Promise<void>[] = [];
  const send = async (turn: number, planned: number): Promise<void> => {
    try {
      await run(turn);
      latencies.push(clock.now() - planned);
    } catch (error) {
      failures.push(error);
    }
  };
  for (let turn = 0; turn < count && failures.length === 0; turn += 1) {
    const planned = begun + (turn * 1000) / rate;
    if (clock.now() < planned) await clock.until(planned);
    under.push(send(turn, planned));
  }
  await Promise.all(under);
  if (failures.length > 0) throw failures[0];
  return latencies;
}
