/**
 * Groups of people, each of one organisation. That somebody is in one is said by their own document
 * (`Person.groups`, ids); membership.ts is what is derived from it.
 */
import { randomBytes } from 'node:crypto';
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import { Problem } from '../problem.ts';
import { pages } from '../storage/pages.ts';
import { collection, type Change, type Store } from '../storage/store.ts';
import { foldedName, isName } from '../text/printable.ts';

export interface Group extends MessageCarrier {
  /** Random, never reused: what names it by this names no other one of the same name. */
  id: string;
  /** Its id; never another one. */
  organisation: string;
  /** 1 to 100 characters without `/`; unique in its organisation, as `foldedName` compares. */
  name: string;
  /** Empty: there is none. */
  description: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Since when there is no such group any more; the document stays until nobody has its id (milliseconds since the epoch). */
  removedAt?: number;
}

export const groupCollection = collection<Group>('group', {
  indexes: {
    /** `ORGANISATION NAME`: an organisation's groups, in the order of their names. */
    organisation: (group) => (isRemoved(group) ? undefined : nameKey(group)),
    removed: ({ removedAt, gone }) => (gone ? undefined : removedAt),
    postings: outboxIndex,
  },
  fields: {
    text: ['id', 'organisation', 'name', 'description'],
    number: ['createdAt', 'removedAt'],
    list: ['postings'],
  },
});

/** Whose a name is: unique by its id, which is `nameKey`. */
export interface GroupNameClaim {
  group: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Another one each time that it is claimed. */
  act: string;
}
export const groupNameCollection = collection<GroupNameClaim>('group_name');

/** A new id: 128 random bits. */
export function newGroupId(): string {
  return randomBytes(16).toString('base64url');
}

/** Organisations' ids have no space. */
export function nameKey({ organisation, name }: Pick<Group, 'organisation' | 'name'>): string {
  return `${organisation} ${foldedName(name)}`;
}

/** Can a group be called that? Its length counts as it is compared too, as that is a part of an id. */
export function isGroupName(name: string): boolean {
  const folded = foldedName(name);
  return isName(name) && folded !== '' && folded.length <= 100 && !name.includes('/');
}

function isRemoved({ removedAt, gone }: Group): boolean {
  return removedAt !== undefined || gone === true;
}

export async function getGroup(store: Pick<Store, 'get'>, id: string): Promise<Group | undefined> {
  const stored = await store.get(groupCollection, id);
  return stored && !isRemoved(stored) ? stored : undefined;
}

/** By id, in the order of the ids; those that there are. */
export async function getGroups(
  store: Pick<Store, 'getMany'>,
  ids: readonly string[],
): Promise<Map<string, Group>> {
  const stored = await store.getMany(groupCollection, ids);
  return new Map([...stored].filter(([, group]) => !isRemoved(group)));
}

/** By their names; those of one organisation, or of all of them, one after the other. */
export async function* listGroups(
  store: Pick<Store, 'find'>,
  organisation?: string,
): AsyncGenerator<Group> {
  // `!` is the character after the space.
  const range =
    organisation === undefined ? {} : { from: `${organisation} `, below: `${organisation}!` };
  const read = (after: string | undefined) =>
    store.find(groupCollection, { index: 'organisation', ...range, after });
  for await (const { items } of pages(read)) yield* items.map(({ value }) => value);
}

/**
 * Changes a group in one conditional write. `change` gives the new fields and what to answer, or only an
 * answer to leave it as it is. Problem `group-unknown`.
 */
export async function updateGroup<R>(
  store: Pick<Store, 'update'>,
  id: string,
  change: (group: Group) => { set?: Partial<Group>; result: R },
): Promise<R> {
  return store.update(groupCollection, id, (group): Change<Group, R> => {
    if (!group || isRemoved(group)) throw groupUnknown(id);
    const { set, result } = change(group);
    return set ? { put: { ...group, ...set }, result } : { result };
  });
}

/** As it is typed and printed. */
export function writtenGroup({ organisation, name }: Pick<Group, 'organisation' | 'name'>): string {
  return `${organisation}/${name}`;
}

/** The group that is written `ORGANISATION/NAME`, as on the command line. Problem `group-unknown`. */
export async function groupNamed(store: Pick<Store, 'get'>, written: string): Promise<Group> {
  const slash = written.indexOf('/');
  const [organisation, name] = [written.slice(0, slash), written.slice(slash + 1)];
  const key = slash < 1 || !isGroupName(name) ? '' : nameKey({ organisation, name });
  const claim = key === '' ? undefined : await store.get(groupNameCollection, key);
  const group = claim && (await getGroup(store, claim.group));
  // A name that it is about to have, or had, is not its own.
  if (!group || nameKey(group) !== key) throw groupUnknown(written);
  return group;
}

export function groupUnknown(group: string): Problem {
  return new Problem('group-unknown', { status: 404, values: { group } });
}
