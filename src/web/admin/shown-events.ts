/** Events as the pages of the console show them. */
import type { AuditEvent } from '../../audit/event.ts';
import { addressText } from '../../net/address.ts';
import { shownNames } from '../../oidc/clients/client-names.ts';
import { getPerson } from '../../records/person.ts';
import { browserName } from '../../text/browser-name.ts';
import { remembering } from '../../timing/remembering.ts';
import { wordsOf } from './event-words.ts';
import type { AdminVisit } from './page.ts';
import { personPath } from './person.ts';

/** Whoever is gone is called by their id. */
export async function shownEvents({ parts }: AdminVisit, events: readonly AuditEvent[]) {
  const { store } = parts;
  const nameOf = remembering(async (id) => (await getPerson(store, id))?.name ?? id);
  const appOf = remembering(shownNames(store));
  const one = async (event: AuditEvent) => {
    const { person, actorId, client, userAgent, address, details } = event;
    const about = details['client'];
    const app = typeof about === 'string' ? about : client;
    return {
      at: event.at,
      type: event.type,
      refused: event.outcome === 'refused',
      person: person === null ? null : { name: await nameOf(person), href: personPath(person) },
      actor: event.actor,
      actorName: actorId === undefined ? null : await nameOf(actorId),
      app: app === null ? null : ((await appOf(app)) ?? app),
      where: [userAgent === null ? '' : browserName(userAgent), addressText(address)].filter(
        (word) => word !== '',
      ),
      ...wordsOf(event),
    };
  };
  return Promise.all(events.map(one));
}
