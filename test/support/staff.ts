/** People of every role, to act through operations: two organisations, `acme` and `globex`. */
import type { Performed } from '../../src/audit/performed.ts';
import { personCollection, ROLES, type Person, type Role } from '../../src/records/person.ts';
import type { Store } from '../../src/storage/store.ts';
import { byOperator } from './by-operator.ts';
import type { FreshStore } from './fresh-store.ts';
import { noteWrites } from './watched-store.ts';

/** Each is called as their role, belongs to acme and has an authenticator. */
export async function addStaff(fresh: FreshStore): Promise<void> {
  const operator = byOperator({ ...fresh, now: () => fresh.clock.now });
  for (const name of ['Acme', 'Globex']) await operator.addOrganisation({ name, mfa: 'required' });
  for (const role of ROLES) {
    const names = { login: role, email: `${role}@acme.test`, name: role };
    const authenticators = [{ id: role, secret: 'sealed', createdAt: 0 }];
    const who = { id: role, organisation: 'acme', ...names, authenticators };
    const person = { ...who, role, active: true, createdAt: 0, epoch: 1 } as Person;
    await fresh.store.insert(personCollection, role, person);
  }
}

/** Somebody with that role at a browser, who has just proven their second factor. */
export function performedBy(role: Role, now: number): Performed {
  const origin = { client: 'console', address: '192.0.2.7', userAgent: 'Browser' };
  return { actor: { kind: 'administrator', id: role }, origin, language: 'en', fresh: true, now };
}

/** What an act writes: `update client`, one for each document. */
export async function writesOf(store: Store, act: () => Promise<unknown>): Promise<string[]> {
  const writes: string[] = [];
  const end = noteWrites(store, (verb, collection) => writes.push(`${verb} ${collection}`));
  try {
    await act();
  } finally {
    end();
  }
  return writes;
}
