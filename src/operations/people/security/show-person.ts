/** Everything that whoever looks after somebody sees of them. Reads only. */
import { codesLeft } from '../../../factors/one-time-codes.ts';
import { listComputers } from '../../../devices/trusted-computer.ts';
import { withOrganisation } from '../../../oidc/authorization/with-organisation.ts';
import type { Performed } from '../../../audit/performed.ts';
import { mayEnrol, requiredFrom, type Subject } from '../../../policy/assurance.ts';
import { getGroups, type Group } from '../../../records/group.ts';
import { resultOf, type Result } from '../../../result.ts';
import type { Store } from '../../../storage/store.ts';
import { lockOf, type Lock } from '../../../throttling/locks.ts';
import { livingSessions } from '../../account/sessions.ts';
import { readAdministered } from '../administer.ts';

/** Times are milliseconds since the epoch. */
export interface PersonShown {
  who: Subject;
  /** What organisation and person ask together. */
  effective: 'off' | 'optional' | 'required';
  /** 0: always has been; null: a second factor is not required. */
  requiredFrom: number | null;
  lock: Lock | null;
  groups: Group[];
  /** How many there are. */
  sessions: number;
  computers: number;
  codesLeft: number;
}

/** `id`: subject identifier. Problem `not-found` (404), for somebody of another organisation too; `person-unknown` for the operator. */
export function showPerson(
  { store }: { store: Store },
  performed: Performed,
  id: string,
): Promise<Result<PersonShown>> {
  return resultOf(async () => {
    const person = await readAdministered(store, performed, 'person.show', id);
    const who = await withOrganisation(store, person);
    const [lock, sessions, computers, groups] = await Promise.all([
      lockOf(store, id, performed.now),
      livingSessions(store, person),
      listComputers({ store }, id),
      getGroups(store, person.groups),
    ]);
    const from = requiredFrom(who) ?? null;
    return {
      who,
      effective: from !== null ? 'required' : mayEnrol(who) ? 'optional' : 'off',
      requiredFrom: from,
      lock,
      groups: [...groups.values()].toSorted(byName),
      sessions: sessions.length,
      computers: computers.length,
      codesLeft: codesLeft(person),
    };
  });
}

const byName = (a: Group, b: Group): number => a.name.localeCompare(b.name);
