/** Tries at a person's secrets: counted for the computer if it is known, else for the account. */
import { withMessages } from '../../src/outbox/message.ts';
import { changePerson } from '../../src/records/person.ts';
import { knownFrom } from '../../src/devices/known-computer.ts';
import { suspendedToTell } from '../../src/throttling/attempt.ts';
import type { Counted } from '../../src/throttling/attempts.ts';
import { eventOf, noticeOf, postPerson } from './report.ts';
import type { Visit } from '../step.ts';

export async function countedFor(visit: Visit, person: string): Promise<Counted> {
  const level = await knownFrom(visit.parts, person, visit.browser);
  return { person, known: level && visit.browser, level };
}

/** After a failure: tells the owner, once, when it was the one that suspended a kind of codes. */
export async function tellSuspension(
  visit: Visit,
  counted: Counted,
  factors: readonly ('totp' | 'email-code')[],
): Promise<void> {
  const { parts, person } = visit;
  if (!person) return;
  const suspended = await suspendedToTell(parts.store, counted, factors);
  if (suspended.length === 0) return;
  const [first = '', second] = suspended;
  const details = { codes: suspended.join(' ') };
  const messages = [
    { event: eventOf(visit, 'attempts.suspended', { outcome: 'refused', details }) },
    ...(await noticeOf(visit, 'suspended', { codes: second ? '' : first })),
  ];
  await changePerson(parts.store, person.id, (current) => ({
    set: withMessages(current, ...messages),
    result: undefined,
  }));
  postPerson(visit, person.id);
}
