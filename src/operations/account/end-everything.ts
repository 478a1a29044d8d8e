/** "This wasn't me": one act that ends everything that was issued to a person. */
import { type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { changeTold, type AccountChangeParts } from './account-changed.ts';

/**
 * Sessions, half sign-ins, apps' access with their refresh tokens, trusted computers, passcodes and
 * mailed links end in one conditional write, whatever somebody else is changing meanwhile. `epoch`: the
 * new one, under which the browser that asked can go on. Problem `person-unknown`.
 */
export function endEverything(
  parts: AccountChangeParts,
  performed: Performed,
  person: Person,
): Promise<Result<{ epoch: number }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'account.end-everything');
    may({ person });
    const messages = await changeTold(parts, performed, person, {
      event: { type: 'everything.ended' },
      values: { what: 'everything-ended', name: '' },
    });
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
