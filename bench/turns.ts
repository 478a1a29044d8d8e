/** Servers that are measured taking turns, so that what slows the machine down slows all of them down. */
import type { Slice } from './messages.ts';
import { warmUpSeconds } from './plan.ts';

/** Measures one subject for so many seconds. */
export type Turn = readonly [name: string, take: (seconds: number) => Promise<Slice>];

export interface Stretch {
  rounds: number;
  /** Of one turn. */
  seconds: number;
  stop: AbortSignal;
}

/** The slices of each round, by name; what comes first is measured for a moment and forgotten. */
export async function takeTurns(
  turns: readonly Turn[],
  { rounds, seconds, stop }: Stretch,
): Promise<Map<string, Slice>[]> {
  for (const [, take] of turns) await take(warmUpSeconds(seconds));
  const measured: Map<string, Slice>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    stop.throwIfAborted();
    const slices = new Map<string, Slice>();
    // Who comes after whom changes, so that nobody is always the one after a pause.
    for (const [name, take] of round % 2 === 0 ? turns : turns.toReversed()) {
      slices.set(name, await take(seconds));
    }
    measured.push(slices);
  }
  return measured;
}
