/** Events as the pages of the console show them. */
import type { AuditEvent } from '../../audit/event.ts';
import { addressText } from '../../net/address.ts';
import { shownNames } from '../../oidc/clients/client-names.ts';
import { getPerson, type Person } from '../../records/person.ts';
import { browserName } from '../../text/browser-name.ts';
import { remembering } from '../../timing/remembering.ts';
import { wordsOf } from './event-words.ts';
import { mayDo, type AdminVisit } from './page.ts';
import { personPath, targetOf } from './person.ts';

/** Whoever is gone, to another organisation too, is called by their id. */
export async function shownEvents(visit: AdminVisit, events: readonly AuditEvent[]) {
  const { store } = visit.parts;
  const nameOf = remembering(async (id) => {
    const person = await getPerson(store, id);
    return person && isNamed(visit, person) ? person.name : id;
  });
  const appOf = remembering(shownNames(store));
  const askedBy = async ({ asked_by: id }: AuditEvent['details']) =>
    typeof id === 'string' ? { asked_by: await nameOf(id) } : {};
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
      ...wordsOf({ ...event, details: { ...details, ...(await askedBy(details)) } }),
    };
  };
  return Promise.all(events.map(one));
}

/** Everybody is told which administrator of the installation it was. */
function isNamed(visit: AdminVisit, person: Person): boolean {
  return person.role === 'administrator' || mayDo(visit, 'person.show', targetOf(person));
}
