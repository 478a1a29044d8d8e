/** Who can administrate this installation: there is always somebody left. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import type { Change } from '../../storage/store.ts';
import { Problem } from '../../problem.ts';
import { changePerson, personCollection, type People, type Person } from '../../records/person.ts';
import { withListsTold } from '../../records/lists/lists-told.ts';
import { changes } from '../changes.ts';

/** Is there anybody who can administrate this installation? */
export async function hasAdministrator(store: People): Promise<boolean> {
  const page = await store.find(personCollection, { index: 'administrator', equals: 1, limit: 1 });
  // One who can't be read is no reason to let anybody make themselves the first.
  return page.items.length > 0 || page.damaged !== undefined;
}

/**
 * As `changePerson`, of somebody who may be the last administrator. Problem `last-administrator` refuses
 * to lock everybody out by disabling, demoting, removing or moving that one.
 */
export async function changeAdministrator<R>(
  store: People,
  performed: Performed,
  id: string,
  change: (person: Person) => { set?: Partial<Person>; result: R },
): Promise<R> {
  const found = await store.find(personCollection, { index: 'administrator', equals: 1, limit: 2 });
  const others = found.items.filter((entry) => entry.id !== id);
  const { before, after, result } = await changePerson(store, id, (person) => {
    const { set, result: answer } = change(person);
    const changed = { ...person, ...set };
    const stays = isAdministrator(changed) && changed.organisation === person.organisation;
    if (isAdministrator(person) && !stays && others.length === 0)
      throw new Problem('last-administrator', { status: 409 });
    return { ...(set ? { set } : {}), result: { before: person, after: changed, result: answer } };
  });
  if (isAdministrator(before) && !isAdministrator(after))
    await restoreIfLast(store, performed, before);
  return result;
}

/** Nobody is left: two that demoted, disabled or removed each other at once are both put back. */
async function restoreIfLast(store: People, performed: Performed, before: Person): Promise<void> {
  if (await hasAdministrator(store)) return;
  const { role, active, organisation, groups } = before;
  const put = { role, active, organisation };
  const reasons = ['last-administrator'];
  await store.update(personCollection, before.id, (stored): Change<Person, void> => {
    if (!stored) return { result: undefined };
    const { removedAt: _removed, gone: _gone, deletion: _deletion, ...there } = stored;
    const details = changes(there, put);
    const event = eventAbout(before, performed, { type: 'person.changed', reasons, details });
    const back = { ...there, ...put, groups, ...withMessages(there, event) };
    return { put: withListsTold(stored, back), result: undefined };
  });
  throw new Problem('last-administrator', { status: 409 });
}

function isAdministrator({ role, active }: Person): boolean {
  return role === 'administrator' && active;
}
