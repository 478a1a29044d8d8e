/** What the commands for groups share. */
import { groupNamed, type Group } from '../../records/group.ts';
import { membersOf, membershipCollection } from '../../records/membership.ts';
import type { Store } from '../../storage/store.ts';
import { pages } from '../../storage/pages.ts';
import { printable } from '../../text/printable.ts';
import { UsageError } from '../usage-error.ts';

/** `ORGANISATION/NAME` as it was typed. */
export function organisationAndName(typed: string): { organisation: string; name: string } {
  const slash = typed.indexOf('/');
  if (slash < 1 || slash === typed.length - 1)
    throw new UsageError(`A group is written ORGANISATION/NAME. This is "${printable(typed)}".`);
  return { organisation: typed.slice(0, slash), name: typed.slice(slash + 1) };
}

/** Problem `group-unknown`. `organisation`: whose it is, where it is written without one. */
export function groupTyped(
  { store }: { store: Pick<Store, 'get'> },
  typed: string,
  organisation?: string,
): Promise<Group> {
  const isShort = organisation !== undefined && !typed.includes('/');
  const whole = isShort ? `${organisation}/${typed}` : typed;
  organisationAndName(whole);
  return groupNamed(store, whole);
}

export async function countMembers(store: Pick<Store, 'find'>, id: string): Promise<number> {
  const query = { ...membersOf(id), limit: 1_000 };
  let people = 0;
  for await (const { items } of pages((after) =>
    store.find(membershipCollection, { ...query, after }),
  ))
    people += items.length;
  return people;
}

export function view({ id, organisation, name, description, createdAt }: Group) {
  return { id, organisation, name, description, created_at: createdAt };
}
