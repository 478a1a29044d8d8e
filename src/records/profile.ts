/**
 * What apps can be told of a person besides their names and address. It is read for claims only: nothing is
 * decided by it.
 */
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import { collection, type Store } from '../storage/store.ts';

export type AttributeValue = string | number | boolean | readonly string[];

export interface Profile extends MessageCarrier {
  givenName: string | null;
  familyName: string | null;
  phone: string | null;
  department: string | null;
  employeeNumber: string | null;
  /** BCP 47; null: that of their pages (`Person.language`). The person's own. */
  locale: string | null;
  /** IANA; the person's own. */
  zone: string | null;
  /** What the administrator calls so, by name (`[a-z][a-z0-9_]{0,39}`). */
  attributes: Readonly<Record<string, AttributeValue>>;
  /** Milliseconds since the epoch; null: nobody ever said anything. */
  updatedAt: number | null;
}

/** The id of a document is that of its person. */
export const profileCollection = collection<Profile>('profile', {
  indexes: { postings: outboxIndex },
  shared: true,
});

/** The attributes that have a meaning of their own, as they are called on the command line and in `--claim`. */
export const STANDARD_ATTRIBUTES = {
  given_name: 'givenName',
  family_name: 'familyName',
  phone: 'phone',
  department: 'department',
  employee_number: 'employeeNumber',
  locale: 'locale',
  zone: 'zone',
} as const satisfies Readonly<Record<string, keyof Profile>>;
export type StandardAttribute = keyof typeof STANDARD_ATTRIBUTES;

const EMPTY: Profile = {
  givenName: null,
  familyName: null,
  phone: null,
  department: null,
  employeeNumber: null,
  locale: null,
  zone: null,
  attributes: {},
  updatedAt: null,
};

/** Complete, whatever an older version wrote; an empty one where there is none. */
export function completeProfile(stored: Partial<Profile> | undefined): Profile {
  return { ...EMPTY, ...stored };
}

export async function getProfile(store: Pick<Store, 'get'>, person: string): Promise<Profile> {
  return completeProfile(await store.get(profileCollection, person));
}

export function isStandardAttribute(name: string): name is StandardAttribute {
  return Object.hasOwn(STANDARD_ATTRIBUTES, name);
}

/** By the name that the administrator knows it by; undefined: the person has none such. */
export function attributeOf(profile: Profile, name: string): AttributeValue | undefined {
  if (isStandardAttribute(name)) return profile[STANDARD_ATTRIBUTES[name]] ?? undefined;
  return Object.hasOwn(profile.attributes, name) ? profile.attributes[name] : undefined;
}
