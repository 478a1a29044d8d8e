/** Ending one of what somebody has open, with a page before it that says what ends, and for whom. */
import { listComputers } from '../../../devices/trusted-computer.ts';
import { listApps } from '../../../operations/account/apps.ts';
import { listSessions } from '../../../operations/account/sessions.ts';
import {
  endSessionOf,
  revokeComputerOf,
  revokePasscodeOf,
  withdrawAppOf,
} from '../../../operations/people/security/end-one.ts';
import type { Operation } from '../../../policy/access.ts';
import type { Person } from '../../../records/person.ts';
import { found, valueOr } from '../../signed-in/found.ts';
import { ask } from '../confirm.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../page.ts';
import { PEOPLE, personOf, personPath, targetOf, type Tab } from '../person.ts';

interface Thing {
  /** In its address, and of its texts: `confirm.person-<name>-end`, `said.person-<name>-end`. */
  name: string;
  tab: Tab;
  operation: Operation;
  /** What they are called, by their ids. */
  list(visit: AdminVisit, person: Person): Promise<{ id: string; called: string }[]>;
  does: typeof endSessionOf;
}

/** By the part of the address before the id of one. */
export const THINGS = {
  sessions: {
    name: 'session',
    tab: 'sessions',
    operation: 'person.end-session',
    list: async ({ parts }, person) =>
      (await listSessions(parts, person, '')).map(({ id, browser }) => ({ id, called: browser })),
    does: endSessionOf,
  },
  apps: {
    name: 'app',
    tab: 'sessions',
    operation: 'person.withdraw-app',
    list: async ({ parts }, person) =>
      (await listApps(parts, person)).map(({ id, name }) => ({ id, called: name })),
    does: withdrawAppOf,
  },
  computers: {
    name: 'computer',
    tab: 'computers',
    operation: 'person.revoke-computer',
    list: async ({ parts }, person) =>
      (await listComputers(parts, person.id)).map(({ id, name }) => ({ id, called: name })),
    does: revokeComputerOf,
  },
  passcodes: {
    name: 'passcode',
    tab: 'passcodes',
    operation: 'person.revoke-passcode',
    list: async (_visit, person) => person.passcodes.map(({ id, name }) => ({ id, called: name })),
    does: revokePasscodeOf,
  },
} as const satisfies Record<string, Thing>;
export type ThingKind = keyof typeof THINGS;

function endPage(kind: ThingKind): AdminPage {
  const { name, tab, operation, list, does }: Thing = THINGS[kind];
  const key = `person-${name}-end`;
  const asked = async (visit: AdminVisit) => {
    const { person } = (await personOf(visit)).who;
    const back = personPath(person.id, tab);
    const all = await list(visit, person);
    const { id, called } = found(
      all.find((one) => one.id === visit.params[name]),
      back,
    );
    return {
      person,
      item: id,
      back,
      values: { what: called, name: person.name, login: person.login },
    };
  };
  return {
    path: `${PEOPLE}/:id/${kind}/:${name}/end`,
    operation,
    section: 'people',
    fresh: true,
    async show(visit) {
      const { person, back, values } = await asked(visit);
      requireMay(visit, operation, targetOf(person), back);
      return ask(key, { back, values });
    },
    async submit(visit) {
      const { person, item, back, values } = await asked(visit);
      const { parts, performed } = visit;
      valueOr(await does(parts, performed, person.id, item), back);
      return { to: back, said: { what: key, values } };
    },
  };
}

export const endPages: readonly AdminPage[] = (Object.keys(THINGS) as ThingKind[]).map(endPage);
