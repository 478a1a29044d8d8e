/** People → the person → what they have open: sessions and apps, trusted computers, application codes. */
import { isStanding, listComputers } from '../../../devices/trusted-computer.ts';
import { trustBasis, trustRules } from '../../../devices/trust.ts';
import { addressText } from '../../../net/address.ts';
import { listApps } from '../../../operations/account/apps.ts';
import { listSessions } from '../../../operations/account/sessions.ts';
import type { PersonShown } from '../../../operations/people/security/show-person.ts';
import { usesOf } from '../../../passcodes/use.ts';
import { mayDo, type AdminPage, type AdminVisit } from '../page.ts';
import {
  offered,
  PEOPLE,
  personFrame,
  personOf,
  personPath,
  targetOf,
  type Tab,
} from '../person.ts';
import { THINGS, type ThingKind } from './end-things.ts';

/** With what is shown below the tab. */
function tabPage(
  tab: Tab,
  show: (visit: AdminVisit, shown: PersonShown) => Promise<object>,
): AdminPage {
  return {
    path: `${PEOPLE}/:id/${tab}`,
    operation: 'person.show',
    section: 'people',
    fresh: false,
    async show(visit) {
      const shown = await personOf(visit);
      const context = { ...personFrame(visit, shown, tab), ...(await show(visit, shown)) };
      return { show: `admin/person-${tab}`, context };
    },
  };
}

/** Each with the way to its end, for whoever may. */
function endable<T extends { id: string }>(
  visit: AdminVisit,
  { who }: PersonShown,
  kind: ThingKind,
  things: readonly T[],
): (T & { end: string | null })[] {
  const { person } = who;
  const may = mayDo(visit, THINGS[kind].operation, targetOf(person));
  return things.map((thing) => ({
    ...thing,
    end: may ? personPath(person.id, `${kind}/${encodeURIComponent(thing.id)}/end`) : null,
  }));
}

const sessions = tabPage('sessions', async (visit, shown) => {
  const { parts } = visit;
  const { person } = shown.who;
  return {
    sessions: endable(visit, shown, 'sessions', await listSessions(parts, person, '')),
    apps: endable(visit, shown, 'apps', await listApps(parts, person)),
  };
});

/** As a client that asks for nothing more has it. */
const ANY_CLIENT = { id: '', requireAcr: null, acceptTrust: true, organisations: null };

const computers = tabPage('computers', async (visit, shown) => {
  const { parts, now } = visit;
  const { who } = shown;
  const rules = trustRules(who, ANY_CLIENT, parts.available);
  const all = await listComputers(parts, who.person.id);
  const standing = all.filter((one) => isStanding(one, trustBasis(who), rules, now));
  const told = standing.map((one) => {
    const { id, name, browser, createdAt, lastUsedAt, expiresAt } = one;
    return { id, name, browser, createdAt, lastUsedAt, expiresAt };
  });
  return { computers: endable(visit, shown, 'computers', told), days: rules.days };
});

const passcodes = tabPage('passcodes', async (visit, shown) => {
  const { parts, now } = visit;
  const { person } = shown.who;
  const uses = await usesOf(parts.store, person.id);
  const told = person.passcodes.map(({ id, name, protocols, networks, createdAt, expiresAt }) => {
    const use = uses.get(id);
    const last = use
      ? { at: use.at, protocol: use.protocol, address: addressText(use.address) }
      : null;
    const expired = expiresAt !== null && expiresAt <= now;
    return { id, name, protocols, networks, createdAt, expiresAt, expired, last };
  });
  const [add = null] = offered(visit, person, [
    {
      page: 'passcodes/new',
      operation: 'service-mailbox.add-passcode',
      applies: person.service === true,
    },
  ]);
  return { passcodes: endable(visit, shown, 'passcodes', told), add };
});

export const accessPages: readonly AdminPage[] = [sessions, computers, passcodes];
