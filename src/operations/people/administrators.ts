/** Who can administrate this installation: there is always somebody left. */
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Change } from '../../storage/store.ts';
import { Problem } from '../../problem.ts';
import { changePerson, personCollection, type People, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';

/** Is there anybody who can administrate this installation? */
export async function hasAdministrator(store: People): Promise<boolean> {
  const page = await store.find(personCollection, { index: 'administrator', equals: 1, limit: 1 });
  return page.items.length > 0;
}

/**
 * Changes a person who may be the last administrator. Problem `last-administrator` refuses to lock
 * everybody out by disabling, demoting, removing or moving that one.
 */
export async function changeAdministrator(
  store: People,
  id: string,
  change: (person: Person) => Partial<Person>,
): Promise<Person> {
  const found = await store.find(personCollection, { index: 'administrator', equals: 1, limit: 2 });
  const others = found.items.filter((entry) => entry.id !== id);
  const { before, after } = await changePerson(store, id, (person) => {
    const set = change(person);
    const changed = { ...person, ...set };
    const stays = isAdministrator(changed) && changed.organisation === person.organisation;
    if (isAdministrator(person) && !stays && others.length === 0)
      throw new Problem('last-administrator', { status: 409 });
    return { set, result: { before: person, after: changed } };
  });
  if (isAdministrator(before) && !isAdministrator(after)) await restoreIfLast(store, before);
  return after;
}

/** Nobody is left: two that demoted, disabled or removed each other at once are both put back. */
async function restoreIfLast(store: People, before: Person): Promise<void> {
  if (!isAdministrator(before) || (await hasAdministrator(store))) return;
  const { role, active } = before;
  await store.update(personCollection, before.id, (stored): Change<Person, void> => {
    if (!stored) return { result: undefined };
    const { removedAt: _, ...there } = stored;
    return { put: { ...there, role, active }, result: undefined };
  });
  throw new Problem('last-administrator', { status: 409 });
}

function isAdministrator({ role, active }: Person): boolean {
  return role === 'administrator' && active;
}

/** What it ends, it ends at once. Problem `last-administrator`. */
export async function disablePerson(
  store: People,
  id: string,
  messages: readonly OutboxMessage[] = [],
): Promise<void> {
  await changeAdministrator(store, id, (person) => ({
    active: false,
    ...endedBy(person, 'disabled'),
    ...withMessages(person, ...messages),
  }));
}
