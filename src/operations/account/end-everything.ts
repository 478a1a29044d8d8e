/** "This wasn't me": one act that ends everything that was issued to a person. */
import { adding } from '../../outbox/message.ts';
import type { Poster } from '../../outbox/relay.ts';
import { changePerson, personKind, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { eventAbout, mailAbout, type Doing, type TellingParts } from '../telling.ts';

export interface EndEverythingParts extends TellingParts {
  store: Parameters<typeof changePerson>[0];
  poster: Pick<Poster, 'soon'>;
}

/**
 * Sessions, half sign-ins, apps' access with their refresh tokens, trusted computers, passcodes and
 * mailed links end in one conditional write, whatever somebody else is changing meanwhile. Answers the new epoch,
 * under which the browser that asked can go on. Problem `person-unknown`.
 */
export async function endEverything(
  parts: EndEverythingParts,
  person: Person,
  doing: Doing,
): Promise<{ epoch: number }> {
  const template = 'account-changed';
  const values = { what: 'everything-ended', name: '' };
  const postings = [
    eventAbout(person, doing, { type: 'everything.ended' }),
    ...(await mailAbout(parts, person, doing, { template, values })),
  ];
  const epoch = await changePerson(parts.store, person.id, (current) => {
    // The password and the factors are their owner's to change.
    const set = endedBy(current, 'not-me');
    return { set: { ...set, ...adding(current, ...postings) }, result: set.epoch };
  });
  parts.poster.soon(personKind, person.id);
  return { epoch };
}
