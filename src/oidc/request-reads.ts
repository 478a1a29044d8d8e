/**
 * What of a request's person is read before it is asked for, beside what the token or session hangs on: their
 * profile, their organisation. As fresh as if it was read where it is asked for: the request has only just begun.
 */
import { Provider } from 'oidc-provider';
import { getOrganisation, type Organisation } from '../records/organisation.ts';
import { getProfile, type Profile } from '../records/profile.ts';
import type { Store } from '../storage/store.ts';

type GetOnly = Pick<Store, 'get'>;

interface Begun<T> {
  id: string;
  reading: Promise<T>;
}

function readBefore<T>(read: (store: GetOnly, id: string) => Promise<T>) {
  const begun = new WeakMap<object, Begun<T>>();
  return {
    begin(request: object, store: GetOnly, id: string): void {
      if (begun.has(request)) return;
      const reading = read(store, id);
      // Told by whoever needs it.
      reading.catch(() => {});
      begun.set(request, { id, reading });
    },
    /** As the present request has begun to read it; else it is read now. */
    of(store: GetOnly, id: string): Promise<T> {
      const found = Provider.ctx && begun.get(Provider.ctx);
      return found?.id === id ? found.reading : read(store, id);
    },
  };
}

/** By person. */
export const requestProfiles = readBefore<Profile>(getProfile);
export const requestOrganisations = readBefore<Organisation | undefined>(getOrganisation);
