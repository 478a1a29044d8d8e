/** The frame of what somebody changes in their own account, by what they were shown of it. */
import type { Relay } from '../../outbox/relay.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import type { PersonCause } from '../../policy/revocation.ts';
import { Problem, type ProblemCode } from '../../problem.ts';
import { changePerson, personCollection, type People, type Person } from '../../records/person.ts';
import type { Permission } from '../permission.ts';

export interface ChangeAsRead {
  /** What ends by it; absent: nothing. */
  cause?: PersonCause;
  messages: readonly OutboxMessage[];
  /** The new fields; undefined: it is not there any more. */
  fields(person: Person): Partial<Person> | undefined;
  /** Thrown (409) where the person is not as they were read; `changed-meanwhile` unless told. */
  problem?: ProblemCode;
}

/**
 * One conditional write: who may, is it still so, the change, what ends by it, what is told of it. `read`: as
 * the rules have looked at them. `epoch`: the one that the present session goes on under.
 */
export async function changeAsRead(
  { store, relay }: { store: People; relay: Pick<Relay, 'soon'> },
  may: Permission,
  read: Person,
  { cause, messages, fields, problem = 'changed-meanwhile' }: ChangeAsRead,
): Promise<{ epoch: number }> {
  const epoch = await changePerson(store, read.id, (person) => {
    may({ person, organisation: person.organisation });
    // Nothing that the rules looked at has changed since: whatever matters raises the epoch.
    const isAsRead = person.epoch === read.epoch && person.active;
    const changed = isAsRead ? fields(person) : undefined;
    if (!changed) throw new Problem(problem, { status: 409 });
    const ended = endedBy(person, ...(cause ? [cause] : []));
    return {
      set: { ...changed, ...ended, ...withMessages(person, ...messages) },
      result: ended.epoch,
    };
  });
  relay.soon(personCollection, read.id);
  return { epoch };
}
