/** Tries at a person's secrets: counted for the computer if it is known, else for the account. */
import { knownFrom } from '../../src/devices/known-computer.ts';
import type { Counted } from '../../src/throttling/attempts.ts';
import type { Visit } from '../step.ts';

export async function countedFor(visit: Visit, person: string): Promise<Counted> {
  const level = await knownFrom(visit.parts, person, visit.browser);
  return { person, known: level && visit.browser, level };
}
