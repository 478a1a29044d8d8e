/** What apps are told of a person, as far as it is the administrator's to say. */
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import { Problem } from '../../problem.ts';
import { listsToFollow } from '../../records/lists/lists-told.ts';
import { getPerson, type Person } from '../../records/person.ts';
import {
  attributeOf,
  completeProfile,
  profileCollection,
  type AttributeValue,
  type Profile,
} from '../../records/profile.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change, Store } from '../../storage/store.ts';
import { checkSeen, type Seen } from '../as-seen.ts';
import type { Changes } from '../changes.ts';
import { boundedText } from '../input.ts';
import { permission } from '../permission.ts';
import {
  ATTRIBUTES_BYTES,
  checkAttributes,
  withAttributes,
  type AttributesGiven,
} from './attribute-rules.ts';

/** Far longer than any of them can be: `checkAttributes` tells what is wrong, in its own words. */
const text = z.string().max(4 * ATTRIBUTES_BYTES);
const value = z.union([
  text,
  z.number(),
  z.boolean(),
  z.array(text).max(ATTRIBUTES_BYTES).readonly(),
  z.null(),
]);

/** By name; null takes one away. What is absent stays. */
export const changeAttributesInput = z
  .record(boundedText, value)
  .refine((given) => Object.keys(given).length <= 200, { error: 'too many at once' });

export interface ChangedAttributes {
  profile: Profile;
  /** Empty: it was like that already, and nothing was written. */
  changed: Changes;
}

export interface AttributesParts {
  store: Pick<Store, 'get' | 'update' | 'delete'>;
  relay: Pick<Relay, 'soon'>;
}

/**
 * One write of the profile, with its event, which has the names of what is different and no values. `id`:
 * subject identifier. `seen`: of the profile. Problems: those of `checkAttributes`, `attribute-limit`, `changed-meanwhile`, `person-unknown` (for
 * everybody but the operator `not-found`), and those of who may.
 */
export function changeAttributes(
  { store, relay }: AttributesParts,
  performed: Performed,
  id: string,
  given: AttributesGiven,
  seen?: Seen,
): Promise<Result<ChangedAttributes>> {
  return resultOf(async () => {
    checkAttributes(given);
    const person = await personToChange(store, performed, id);
    const result = await store.update(
      profileCollection,
      id,
      (stored): Change<Profile, ChangedAttributes> => {
        const profile = completeProfile(stored);
        checkSeen(profile, seen);
        const after = { ...profile, ...withAttributes(profile, given), updatedAt: performed.now };
        const changed = changesOf(profile, after, Object.keys(given));
        const names = Object.keys(changed);
        if (names.length === 0) return { result: { profile, changed } };
        const details = { attributes: names.join(', ') };
        const event = eventAbout(person, performed, { type: 'person.changed', details });
        const lists = profile.familyName === after.familyName ? [] : [listsToFollow(id)];
        const put = { ...after, ...withMessages(profile, event, ...lists) };
        return { put, result: { profile: put, changed } };
      },
    );
    await checkStillThere(store, performed, id);
    relay.soon(profileCollection, id);
    return result;
  });
}

async function personToChange(
  store: AttributesParts['store'],
  performed: Performed,
  id: string,
): Promise<Person> {
  const may = await permission(store, performed, 'person.change-attributes');
  const person = await getPerson(store, id);
  may(person ? { person, organisation: person.organisation } : {});
  if (!person) throw nobody(performed);
  return person;
}

/** Nothing is kept of somebody who was removed at the same moment. */
async function checkStillThere(
  store: AttributesParts['store'],
  performed: Performed,
  id: string,
): Promise<void> {
  if (await getPerson(store, id)) return;
  await store.delete(profileCollection, id);
  throw nobody(performed);
}

function nobody({ actor }: Performed): Problem {
  return new Problem(actor.kind === 'operator' ? 'person-unknown' : 'not-found', { status: 404 });
}

function changesOf(before: Profile, after: Profile, names: readonly string[]): Changes {
  const told = names.map((name) => {
    const [was, is] = [attributeOf(before, name), attributeOf(after, name)].map(attributeText);
    return [name, was, is] as const;
  });
  const different = told.filter(([, was, is]) => was !== is);
  return Object.fromEntries(different.map(([name, was, is]) => [name, `${was} → ${is}`]));
}

/** As `user show` and the command line write it: text as it is, everything else as JSON. */
export function attributeText(value: AttributeValue | undefined): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
