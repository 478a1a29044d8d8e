/**
 * Removing a person. One conditional write hides them from everybody at once, on every process, and ends
 * what was issued to them; it keeps the document, in which the event rides and by which sessions are
 * found, until apps are told of their end (installation/revocation-clean-up.ts). Then nothing is left but the audit log.
 */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { removal, withMessages, type MessageCarrier } from '../../outbox/message.ts';
import { trustedComputerCollection } from '../../devices/trusted-computer.ts';
import { clearAllAttempts } from '../../throttling/clear-attempts.ts';
import { forgetFactors } from '../../factors/forget-factors.ts';
import { listFactors } from '../../policy/enrolled-factors.ts';
import { passcodeUseCollection } from '../../passcodes/use.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Change, Collection, Store } from '../../storage/store.ts';
import { resultOf, type Result } from '../../result.ts';
import { administer, type AdministerParts } from './administer.ts';
import { giveUpNames } from './claims.ts';
import { claimsOf, personCollection, type Person } from '../../records/person.ts';
import { completeProfile, profileCollection, type Profile } from '../../records/profile.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';

/**
 * At once, and for good. Their names are nobody's for a while (claims.ts); the subject identifier is never
 * used again. Problem `last-administrator`.
 */
export function removePerson(
  parts: AdministerParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const removed = await administer(parts, performed, 'person.remove', id, (person) => ({
      set: withoutPerson(person, performed),
      result: person,
    }));
    await giveUpNames(parts.store, removed, claimsOf(removed), performed.now);
  });
}

/** The fields of somebody who is removed. */
export function withoutPerson(person: Person, performed: Performed): Partial<Person> {
  const event = eventAbout(person, performed, { type: 'person.removed' });
  const gone = { active: false, removedAt: performed.now, ...endedBy(person, 'removed') };
  return { ...gone, ...withMessages(person, event) };
}

/** Forgets what is kept about somebody who was removed. May be broken off, and run again. */
export async function forgetPerson(
  { store, vault }: { store: Store; vault: Vault },
  person: Person,
  now: number,
): Promise<void> {
  await giveUpNames(store, person, claimsOf(person), person.removedAt ?? now);
  for (const kind of [trustedComputerCollection, passcodeUseCollection])
    await removeOf(store, kind, person.id, now);
  await store.update(profileCollection, person.id, (profile): Change<Profile, void> =>
    // Nothing of it stays but what is to be told.
    profile ? forgotten(profile, now) : { result: undefined },
  );
  await clearAllAttempts(store, person.id);
  await forgetFactors({ store, vault }, listFactors(person));
  await store.update(personCollection, person.id, (stored): Change<Person, void> => {
    if (stored?.removedAt === undefined) return { result: undefined };
    // What is still to be told of them takes the document along.
    return stored.postings && stored.postings.length > 0
      ? { put: { ...stored, appsToldEpoch: stored.epoch, gone: true }, result: undefined }
      : { remove: true, result: undefined };
  });
}

function forgotten({ postings = [] }: Profile, now: number): Change<Profile, void> {
  return removal(completeProfile({ postings }), { messages: [], now }, undefined);
}

/** `kind` has an index `person`, without those that are gone. What they have to tell is told. */
async function removeOf(
  store: Store,
  kind: Collection<any>,
  person: string,
  now: number,
): Promise<void> {
  const remove = (carrier: MessageCarrier | undefined): Change<MessageCarrier, void> =>
    carrier ? removal(carrier, { messages: [], now }, undefined) : { result: undefined };
  for (;;) {
    const { items } = await store.find(kind, { index: 'person', equals: person, limit: 200 });
    if (items.length === 0) return;
    await Promise.all(items.map(({ id }) => store.update(kind, id, remove)));
  }
}
