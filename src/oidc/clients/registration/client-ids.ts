/** Ids that a client gets by itself: read aloud and typed, so made of its name. */
import { randomBase32 } from '../../../secrets/base32.ts';
import { slug } from '../../../text/slug.ts';

/** Clients of this installation's own begin with it. */
export const OWN_PREFIX = 'latchkey-';
/** Of one name that are counted. */
const COUNTED = 50;

/**
 * To be tried in this order: `my-app`, `my-app-2`, …; of a name without Latin letters and digits, `app-` and
 * six random characters.
 */
export function* clientIdsFor(name: string): Generator<string> {
  const made = slug(name);
  const base = made === 'latchkey' || made.startsWith(OWN_PREFIX) ? `app-${made}` : made;
  if (base !== '') {
    yield base;
    for (let count = 2; count <= COUNTED; count += 1) yield `${base}-${count}`;
  }
  for (let tries = 0; tries < 5; tries += 1)
    yield `${base || 'app'}-${randomBase32(6).toLowerCase()}`;
}
