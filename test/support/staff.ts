/** People of every role, to act through operations: two organisations, `acme` and `globex`. */
import type { Performed } from '../../src/audit/performed.ts';
import { personCollection, ROLES, type Person, type Role } from '../../src/records/person.ts';
import type { Store } from '../../src/storage/store.ts';
import { byOperator } from './by-operator.ts';
import type { FreshStore } from './fresh-store.ts';

/** Each is called as their role, belongs to acme and has an authenticator. */
export async function addStaff(fresh: FreshStore): Promise<void> {
  const operator = byOperator({ ...fresh, now: () => fresh.clock.now });
  for (const name of ['Acme', 'Globex']) await operator.addOrganisation({ name, mfa: 'required' });
  for (const role of ROLES) {
    const names = { login: role, email: `${role}@acme.test`, name: role };
    const authenticators = [{ id: role, secret: 'sealed', createdAt: 0 }];
    const who = { id: role, organisation: 'acme', ...names, authenticators };
    const person = { ...who, role, active: true } as Person;
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
  const { insert, put, update } = store;
  const remove = store.delete;
  const noting =
    (verb: string, call: (...args: never[]) => unknown) =>
    (...args: [{ name: string }]): unknown => {
      writes.push(`${verb} ${args[0].name}`);
      return Reflect.apply(call, store, args);
    };
  const updating: Store['update'] = async (kind, id, change, ...rest) => {
    let wrote = false;
    const noted: typeof change = (value) => {
      const decided = change(value);
      wrote = 'put' in decided || 'remove' in decided;
      return decided;
    };
    const result = await Reflect.apply(update, store, [kind, id, noted, ...rest]);
    if (wrote) writes.push(`update ${kind.name}`);
    return result;
  };
  Object.assign(store, {
    insert: noting('insert', insert),
    put: noting('put', put),
    delete: noting('delete', remove),
    update: updating,
  });
  try {
    await act();
  } finally {
    Object.assign(store, { insert, put, update, delete: remove });
  }
  return writes;
}
