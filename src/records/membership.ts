/**
 * Who is in a group, to be listed: derived from what people's own documents say (`Person.groups`), a
 * moment later. Nothing is decided by it.
 */
import { collection } from '../storage/store.ts';
import { fold } from '../text/fold.ts';
import type { Person } from './person.ts';

export interface Membership {
  /** Its id. */
  group: string;
  /** Subject identifier. */
  person: string;
  /** Folded. */
  login: string;
}

export const membershipCollection = collection<Membership>('membership', {
  indexes: {
    /** `GROUP LOGIN`: the people of a group, in the order of their login names. */
    group: ({ group, login }) => `${group} ${login}`,
  },
});

/** Neither part has a space. */
export function membershipId(group: string, person: string): string {
  return `${group} ${person}`;
}

export function membershipOf(group: string, { id, login }: Pick<Person, 'id' | 'login'>) {
  return { group, person: id, login: fold(login) } satisfies Membership;
}

/** The range of the index `group` that is one group's. Logins have no space, and `!` comes after it. */
export function membersOf(group: string) {
  return { index: 'group', from: `${group} `, below: `${group}!` } as const;
}
