/** Tries at a person's secrets: counted for the computer if it is known, else for the account. */
import { adding } from '../src/audit/posting.ts';
import { changePerson } from '../src/accounts/person.ts';
import { isKnown } from '../src/devices/known-computer.ts';
import { CODE_RULE, suspensionToTell, type Counted } from '../src/factors/attempts.ts';
import { eventOf, noticeOf, postPerson } from './report.ts';
import type { Visit } from './step.ts';

export async function countedFor(visit: Visit, person: string): Promise<Counted> {
  const known = await isKnown(visit.parts, person, visit.browser);
  return { person, known: known ? visit.browser : undefined };
}

/** After a failure: tells the owner, once, when it was the one that suspended the codes. */
export async function tellSuspension(visit: Visit, counter: string): Promise<void> {
  const { parts, person } = visit;
  if (!person || !(await suspensionToTell(parts.store, counter, CODE_RULE))) return;
  const postings = [
    { event: eventOf(visit, 'attempts.suspended', { outcome: 'refused' }) },
    ...(await noticeOf(visit, 'suspended')),
  ];
  await changePerson(parts.store, person.id, (current) => ({
    set: adding(current, ...postings),
    result: undefined,
  }));
  postPerson(visit, person.id);
}
