/** Deleting a person: disabled now, removed after a week in which it can be taken back. */
import { OPERATOR_ORIGIN } from '../../net/request-origin.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import {
  changePerson,
  claimsOf,
  personCollection,
  type People,
  type Person,
} from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { entries } from '../../storage/pages.ts';
import { dayOf } from '../../text/day-of.ts';
import { changes } from '../changes.ts';
import { administer, type AdministerParts } from './administer.ts';
import { giveUpNames } from './claims.ts';
import { withoutPerson } from './remove-person.ts';

/** Milliseconds in which a deletion can be taken back. */
export const DELETED_AFTER = 7 * 86_400_000;

/**
 * What disabling ends, ends at once. Answers when the person is removed (milliseconds since the epoch); for
 * somebody who is to be deleted already that is as before, and nothing is written. `id`: subject identifier.
 * Problem `last-administrator`.
 */
export function deletePerson(
  parts: AdministerParts,
  performed: Performed,
  id: string,
): Promise<Result<number>> {
  return resultOf(() =>
    administer(parts, performed, 'person.delete', id, (person) => {
      if (person.deletion) return { result: person.deletion.dueAt };
      const { actor, now } = performed;
      const dueAt = now + DELETED_AFTER;
      const details = { due: dayOf(dueAt) };
      const event = eventAbout(person, performed, { type: 'person.deletion-ordered', details });
      const deletion = { dueAt, wasActive: person.active, actor };
      const ended = endedBy(person, 'disabled');
      const set = { active: false, deletion, ...ended, ...withMessages(person, event) };
      return { set, result: dueAt };
    }),
  );
}

/**
 * They are as they were before, but for what has ended. Answers false when they were not to be deleted.
 * `id`: subject identifier.
 */
export function keepPerson(
  parts: AdministerParts,
  performed: Performed,
  id: string,
): Promise<Result<boolean>> {
  return resultOf(() =>
    administer(parts, performed, 'person.delete', id, (person) => {
      if (!person.deletion) return { result: false };
      const isOver = (person.activeUntil ?? Infinity) <= performed.now;
      const kept = { active: person.deletion.wasActive && !isOver, deletion: null };
      const details = changes(person, kept);
      const event = eventAbout(person, performed, { type: 'person.changed', details });
      const ended = kept.active ? endedBy(person, 'enabled') : {};
      return { set: { ...kept, ...ended, ...withMessages(person, event) }, result: true };
    }),
  );
}

/**
 * Removes those whose week is over, in the name of whoever ordered it. May run twice at once, and be broken
 * off anywhere. `now`: milliseconds since the epoch.
 */
export async function removeDuePeople(
  { store, relay }: AdministerParts,
  now: number,
  isClosed: () => boolean = () => false,
): Promise<void> {
  const due = { index: 'deletionDue', below: now + 1 };
  for await (const { id } of entries((after) => store.find(personCollection, { ...due, after }))) {
    if (isClosed()) return;
    const removed = await resultOf(() => removeIfDue(store, id, now));
    // Somebody else was faster.
    if (!removed.ok || !removed.value) continue;
    await giveUpNames(store, removed.value, claimsOf(removed.value), now);
    relay.soon(personCollection, id);
  }
}

async function removeIfDue(store: People, id: string, now: number): Promise<Person | undefined> {
  return changePerson<Person | undefined>(store, id, (person) => {
    const { deletion } = person;
    if (!deletion || deletion.dueAt > now) return { result: undefined };
    const { actor } = deletion;
    const performed = { actor, origin: OPERATOR_ORIGIN, language: 'en', fresh: true, now } as const;
    return { set: withoutPerson(person, performed), result: person };
  });
}
