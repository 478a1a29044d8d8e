/** The profile of a request's person, where it is read before it is asked for: beside what its token hangs on. */
import { Provider } from 'oidc-provider';
import { getProfile, type Profile } from '../../records/profile.ts';
import type { Store } from '../../storage/store.ts';

interface Begun {
  person: string;
  reading: Promise<Profile>;
}

const begun = new WeakMap<object, Begun>();

export function beginProfile(request: object, store: Pick<Store, 'get'>, person: string): void {
  if (begun.has(request)) return;
  const reading = getProfile(store, person);
  // Told by whoever needs it.
  reading.catch(() => {});
  begun.set(request, { person, reading });
}

/** As the present request has begun to read it; else it is read now. */
export function profileOf(store: Pick<Store, 'get'>, person: string): Promise<Profile> {
  const found = Provider.ctx && begun.get(Provider.ctx);
  return found?.person === person ? found.reading : getProfile(store, person);
}
