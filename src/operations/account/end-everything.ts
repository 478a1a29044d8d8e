/** "This wasn't me": one act that ends everything that was issued to a person. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { withMessages } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { changePerson, personCollection, type People, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { accountChanged } from './account-changed.ts';

export interface EndEverythingParts {
  notices: Notices;
  store: People;
  relay: Pick<Relay, 'soon'>;
}

/**
 * Sessions, half sign-ins, apps' access with their refresh tokens, trusted computers, passcodes and
 * mailed links end in one conditional write, whatever somebody else is changing meanwhile. `epoch`: the
 * new one, under which the browser that asked can go on. Problem `person-unknown`.
 */
export function endEverything(
  parts: EndEverythingParts,
  performed: Performed,
  person: Person,
): Promise<Result<{ epoch: number }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'account.end-everything');
    may({ person });
    const change = { what: 'everything-ended', name: '' };
    const messages = [
      eventAbout(person, performed, { type: 'everything.ended' }),
      ...(await accountChanged(parts, performed, person, change)),
    ];
    const epoch = await changePerson(parts.store, person.id, (current) => {
      may({ person: current });
      // The password and the factors are their owner's to change.
      const set = endedBy(current, 'not-me');
      return { set: { ...set, ...withMessages(current, ...messages) }, result: set.epoch };
    });
    parts.relay.soon(personCollection, person.id);
    return { epoch };
  });
}
