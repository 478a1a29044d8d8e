/**
 * The person behind a request, read once for each request. The epoch is never cached beyond it:
 * a write of a new epoch is seen by the very next request, on every process.
 */
import { isActive } from '../../policy/assurance.ts';
import { getPerson, type People, type Person } from '../../records/person.ts';

export interface RequestPeople {
  /** `request` is any object that lives as long as the request; without one nothing is remembered. */
  get(request: object | undefined, id: string): Promise<Person | undefined>;
}

/**
 * Whoever's date is over is not active here, before the server has come to disabling them. `now`:
 * milliseconds since the epoch.
 */
export function createRequestPeople(store: People, now: () => number): RequestPeople {
  const read = async (id: string): Promise<Person | undefined> => {
    const person = await getPerson(store, id);
    if (!person?.active || isActive(person, now())) return person;
    return { ...person, active: false };
  };
  const remembered = new WeakMap<object, Map<string, Promise<Person | undefined>>>();
  return {
    get(request, id) {
      if (!request) return read(id);
      const known = remembered.get(request) ?? new Map<string, Promise<Person | undefined>>();
      remembered.set(request, known);
      const person = known.get(id) ?? read(id);
      known.set(id, person);
      return person;
    },
  };
}
