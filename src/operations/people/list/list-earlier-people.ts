/**
 * People who were there before the list of people was: they are put into it at leisure. It may be broken off
 * anywhere and run twice at once, goes on where it was, and is done once.
 */
import { recentActivity } from '../../../audit/activity.ts';
import {
  derivationCollection,
  isListComplete,
  personEntryCollection,
} from '../../../records/lists/person-entry.ts';
import { isRemoved, personCollection, type Person } from '../../../records/person.ts';
import { fromCursor } from '../../../storage/pages.ts';
import type { Page, Store } from '../../../storage/store.ts';
import { dayOf } from '../../../text/day-of.ts';
import { deriveEntry } from './derive-entry.ts';

type Lists = Pick<Store, 'get' | 'put' | 'find' | 'scan' | 'update' | 'delete'>;

/** People of a step. */
const STEP = 100;

/** `rest`: waited for after each step; what it answers tells whether to stop. */
export async function listEarlierPeople(
  store: Lists,
  rest: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<void> {
  if (await isListComplete(store)) return;
  const { name } = personEntryCollection;
  let after = (await store.get(derivationCollection, name))?.after;
  do {
    const page = await readPage(store, after);
    const there = page.items.filter(({ value }) => !isRemoved(value));
    await Promise.all(there.map(({ id }) => listPerson(store, id)));
    after = page.next;
    const progress = after === undefined ? { isComplete: true } : { isComplete: false, after };
    await store.put(derivationCollection, name, progress);
  } while (after !== undefined && !(await rest()));
}

function readPage(store: Lists, after: string | undefined): Promise<Page<Person>> {
  return fromCursor(after, (from) => store.scan(personCollection, { limit: STEP, after: from }));
}

async function listPerson(store: Lists, person: string): Promise<void> {
  if ((await store.get(personEntryCollection, person)) !== undefined) return;
  const asked = {
    appName: () => Promise.resolve(null),
    only: 'sign-in.completed',
    limit: 1,
  } as const;
  const { items } = await recentActivity(store, person, asked);
  await deriveEntry(store, person, items[0] ? dayOf(items[0].at) : null);
}
