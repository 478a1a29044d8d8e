/**
 * Taking factors away: one conditional write on the epoch that was read, which raises it, so that
 * sessions and trusted computers that rested on them end.
 */
import type { Performed } from '../../audit/performed.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Operation } from '../../policy/access.ts';
import { requiredFrom, type Subject } from '../../policy/assurance.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import type { PersonCause } from '../../policy/revocation.ts';
import { Problem } from '../../problem.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { permission } from '../permission.ts';
import type { FactorChangeParts } from './change-told.ts';

/** Does somebody have to have a second factor now, so that it can't be switched off? */
export function isRequiredNow(who: Subject, now: number): boolean {
  const from = requiredFrom(who);
  return from !== undefined && from <= now;
}

export interface Taking {
  operation: Operation;
  cause: PersonCause;
  messages: readonly OutboxMessage[];
  /** The fields without it; undefined: it is not there. */
  fields(person: Person): Partial<Person> | undefined;
}

/** The new epoch. `person`: as read. Throws Problem `changed-meanwhile` (409): they are not so any more. */
export async function takeFactors(
  parts: Pick<FactorChangeParts, 'store' | 'relay'>,
  performed: Performed,
  person: Person,
  { operation, cause, messages, fields }: Taking,
): Promise<{ epoch: number }> {
  const may = await permission(parts.store, performed, operation);
  const epoch = await changePerson(parts.store, person.id, (current) => {
    may({ person: current, organisation: current.organisation });
    // Nothing that the rules looked at has changed since: whatever matters raises the epoch.
    const isAsRead = current.epoch === person.epoch && current.active;
    const set = isAsRead ? fields(current) : undefined;
    if (!set) throw new Problem('changed-meanwhile', { status: 409 });
    const ended = endedBy(current, cause);
    const all = { ...set, ...ended, ...withMessages(current, ...messages) };
    return { set: all, result: ended.epoch };
  });
  parts.relay.soon(personCollection, person.id);
  return { epoch };
}
