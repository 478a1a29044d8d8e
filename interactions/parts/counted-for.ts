/** Tries at a person's secrets: counted for the computer if it is known, else for the account. */
import { getKnown, levelOf, type KnownComputer } from '../../src/devices/known-computer.ts';
import type { Counted } from '../../src/throttling/attempts.ts';
import type { Visit } from '../step.ts';

/** `computer`: as it is known; null: not at all. */
export async function countedFor(
  visit: Visit,
  person: string,
): Promise<Counted & { computer: KnownComputer | null }> {
  const begun = visit.computer?.person === person ? visit.computer.known : undefined;
  const computer = (await (begun ?? getKnown(visit.parts, person, visit.browser))) ?? null;
  const level = computer ? levelOf(computer) : undefined;
  return { person, known: level && visit.browser, level, computer };
}
