/**
 * What of a request's person is read before it is asked for, beside what the token or session hangs on: their
 * profile, their organisation. As fresh as if it was read where it is asked for: the request has only just begun.
 */
import { getOrganisation, type Organisation } from '../records/organisation.ts';
import { getProfile, type Profile } from '../records/profile.ts';
import type { StoredSession } from '../records/session.ts';
import type { Store } from '../storage/store.ts';
import { presentRequest } from './present-request.ts';

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
      const request = presentRequest();
      const found = request && begun.get(request);
      return found?.id === id ? found.reading : read(store, id);
    },
  };
}

/** By person. */
export const requestProfiles = readBefore<Profile>(getProfile);
export const requestOrganisations = readBefore<Organisation | undefined>(getOrganisation);

/** The session as a request has read it. */
const sessions = new WeakMap<object, StoredSession>();

export function noteFound(session: StoredSession | undefined): void {
  const request = presentRequest();
  if (session && request) sessions.set(request, session);
}

/** The one that was read in that request, whichever it is; not to be changed. */
export function sessionReadIn(request: object): StoredSession | undefined {
  return sessions.get(request);
}

/** Of that `uid`, where the present request has read it; not to be changed. */
export function foundSession(uid: string): StoredSession | undefined {
  const request = presentRequest();
  const session = request && sessions.get(request);
  return session?.payload.uid === uid ? session : undefined;
}
