/** Ids that a client gets by itself: read aloud and typed, so made of its name. */
import { randomBase32 } from '../../../secrets/base32.ts';
import { slug } from '../../../text/slug.ts';

/** Clients of this installation's own begin with it. */
export const OWN_PREFIX = 'latchkey-';
/** Of one name that are counted. */
const COUNTED = 50;

/** Characters that end an id, and how often they are tried. */
const [RANDOM, TRIES] = [6, 5];

/** As many random characters as ids may end with: whoever brings the same ones is given the same ids. */
export function randomForIds(): string {
  return randomBase32(RANDOM * TRIES).toLowerCase();
}

export function isRandomForIds(text: string): boolean {
  return /^[a-z2-7]{30}$/u.test(text);
}

/**
 * To be tried in this order: `my-app`, `my-app-2`, …; of a name without Latin letters and digits, `app-` and
 * six random characters.
 */
export function* clientIdsFor(name: string, random = randomForIds()): Generator<string> {
  const made = slug(name);
  const base = made === 'latchkey' || made.startsWith(OWN_PREFIX) ? `app-${made}` : made;
  if (base !== '') {
    yield base;
    for (let count = 2; count <= COUNTED; count += 1) yield `${base}-${count}`;
  }
  for (let at = 0; at < RANDOM * TRIES; at += RANDOM)
    yield `${base || 'app'}-${random.slice(at, at + RANDOM)}`;
}
