/**
 * The person behind a request, read once for each request. The epoch is never cached beyond it:
 * a write of a new epoch is seen by the very next request, on every process.
 */
import { getPerson, type People, type Person } from '../../records/person.ts';

export interface RequestPeople {
  /** `request` is any object that lives as long as the request; without one nothing is remembered. */
  get(request: object | undefined, id: string): Promise<Person | undefined>;
}

export function createRequestPeople(store: People): RequestPeople {
  const remembered = new WeakMap<object, Map<string, Promise<Person | undefined>>>();
  return {
    get(request, id) {
      if (!request) return getPerson(store, id);
      const known = remembered.get(request) ?? new Map<string, Promise<Person | undefined>>();
      remembered.set(request, known);
      const person = known.get(id) ?? getPerson(store, id);
      known.set(id, person);
      return person;
    },
  };
}
