/**
 * Taking factors away: one conditional write on the epoch that was read, which raises it, so that
 * sessions and trusted computers that rested on them end. Nobody who must have a second factor is
 * left without one. Pure rules first, then the writes.
 */
import { changePerson, type People, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { requiredFrom, type Subject } from '../../policy/assurance.ts';
import {
  findFactor,
  withoutFactor,
  withoutFactors,
  type OneFactor,
} from '../../policy/enrolled-factors.ts';
import type { PersonCause } from '../../policy/revocation.ts';
import { FACTORS } from '../../policy/factors.ts';

export type Removed = { verdict: 'removed'; epoch: number } | { verdict: 'changed' };

/** Does somebody have to have a second factor now, so that it can't be switched off? */
export function isRequiredNow(who: Subject, now: number): boolean {
  const from = requiredFrom(who);
  return from !== undefined && from <= now;
}

/** `changed`: the person is not as they were read any more. The caller has looked at `isLastFactor`. */
export async function removeFactor(
  store: People,
  read: Pick<Person, 'id' | 'epoch'>,
  one: OneFactor,
  messages: readonly OutboxMessage[],
  now: number,
): Promise<Removed> {
  return take(store, read, 'factor-removed', messages, (person) =>
    findFactor(person, one) ? withoutFactor(person, one, now) : undefined,
  );
}

/** Switches two-step authentication off: every factor goes, the one-time codes too; the address stays. */
export async function removeEveryFactor(
  store: People,
  read: Pick<Person, 'id' | 'epoch'>,
  messages: readonly OutboxMessage[],
  now: number,
): Promise<Removed> {
  return take(store, read, 'mfa-disabled', messages, (person) => withoutFactors(person, now));
}

async function take(
  store: People,
  { id, epoch }: Pick<Person, 'id' | 'epoch'>,
  cause: PersonCause,
  messages: readonly OutboxMessage[],
  fields: (person: Person) => Partial<Person> | undefined,
): Promise<Removed> {
  return changePerson<Removed>(store, id, (person) => {
    const set = person.epoch === epoch && person.active ? fields(person) : undefined;
    if (!set) return { result: { verdict: 'changed' } };
    const ended = endedBy(person, cause);
    return {
      set: { ...set, ...ended, ...withMessages(person, ...messages) },
      result: { verdict: 'removed', epoch: ended.epoch },
    };
  });
}

/** Gives it another name. `false`: it is gone, has no names, or has got another one meanwhile. */
export async function renameFactor(
  store: People,
  person: string,
  one: OneFactor,
  names: { before: string; after: string },
  messages: readonly OutboxMessage[],
): Promise<boolean> {
  return changePerson(store, person, (current) => {
    const isAsRead = findFactor(current, one)?.name === names.before;
    const renamed = isAsRead && FACTORS[one.factor].renamed?.(current, one.id, names.after);
    if (!renamed) return { result: false };
    return { set: { ...renamed, ...withMessages(current, ...messages) }, result: true };
  });
}
