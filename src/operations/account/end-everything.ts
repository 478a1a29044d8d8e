/** "This wasn't me": one act that ends everything that was issued to a person. */
import { withMessages } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';

export interface EndEverythingParts {
  notices: Notices;
  store: Parameters<typeof changePerson>[0];
  relay: Pick<Relay, 'soon'>;
}

/**
 * Sessions, half sign-ins, apps' access with their refresh tokens, trusted computers, passcodes and
 * mailed links end in one conditional write, whatever somebody else is changing meanwhile. Answers the new epoch,
 * under which the browser that asked can go on. Problem `person-unknown`.
 */
export async function endEverything(
  parts: EndEverythingParts,
  person: Person,
  performed: Performed,
): Promise<{ epoch: number }> {
  const template = 'account-changed';
  const values = { what: 'everything-ended', name: '' };
  const messages = [
    eventAbout(person, performed, { type: 'everything.ended' }),
    ...(await parts.notices.about(person, performed, { template, values })),
  ];
  const epoch = await changePerson(parts.store, person.id, (current) => {
    // The password and the factors are their owner's to change.
    const set = endedBy(current, 'not-me');
    return { set: { ...set, ...withMessages(current, ...messages) }, result: set.epoch };
  });
  parts.relay.soon(personCollection, person.id);
  return { epoch };
}
