/** The time zone that apps are told of a person (`zoneinfo`): their own to choose. */
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { getPerson, type Person } from '../../records/person.ts';
import { completeProfile, profileCollection, type Profile } from '../../records/profile.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change } from '../../storage/store.ts';
import { isZone } from '../../text/zone.ts';
import { found } from '../found.ts';
import { permission } from '../permission.ts';
import type { AttributesParts } from './change-attributes.ts';

/** Null: apps are told none. */
export const chooseZoneInput = z.object({
  zone: z.string().max(50).refine(isZone, { error: 'zone-unknown' }).nullable(),
});

/** Nothing is written where it is theirs already. Problem `not-found`: they were removed at the same moment. */
export function chooseZone(
  { store, relay }: AttributesParts,
  performed: Performed,
  person: Person,
  { zone }: z.output<typeof chooseZoneInput>,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'zone.choose');
    may({ person });
    await store.update(profileCollection, person.id, (stored): Change<Profile, void> => {
      const profile = completeProfile(stored);
      if (profile.zone === zone) return { result: undefined };
      const details = { attributes: 'zone' };
      const event = eventAbout(person, performed, { type: 'person.changed', details });
      const told = withMessages(profile, event);
      return { put: { ...profile, zone, updatedAt: performed.now, ...told }, result: undefined };
    });
    const still = await getPerson(store, person.id);
    if (!still) await store.delete(profileCollection, person.id);
    found(still);
    relay.soon(profileCollection, person.id);
  });
}
