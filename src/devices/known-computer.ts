/**
 * Computers from which a person has completed a sign-in, recognised by the secret that every browser
 * has of its own. Being known proves nothing: it only gives the computer its own budget of tries, and
 * tells a sign-in from a new one apart.
 */
import type { Vault } from '../secrets/vault.ts';
import { kind, type Change, type Store } from '../storage/store.ts';

/** All times are milliseconds since the epoch. */
interface KnownComputer {
  person: string;
  browser: string;
  firstAt: number;
  lastAt: number;
}
export const knownComputerKind = kind<KnownComputer>('known_computer', { key: 'hash' });

interface Parts {
  store: Pick<Store, 'get' | 'update'>;
  vault: Vault;
}

const DAY = 86_400_000;
const FORGOTTEN_AFTER = 400 * DAY;

/** `browser`: the hash of the browser's own secret. */
export async function isKnown(parts: Parts, person: string, browser: string): Promise<boolean> {
  return (await parts.store.get(knownComputerKind, idOf(parts, person, browser))) !== undefined;
}

/** After a completed sign-in. Of many at once from a new computer, exactly one is told that it is new. */
export async function remember(
  parts: Parts,
  person: string,
  browser: string,
  name: string,
  now: number,
): Promise<{ isNew: boolean }> {
  const id = idOf(parts, person, browser);
  // Mostly there is nothing to write, and reading is all that it takes.
  if (isRecent(await parts.store.get(knownComputerKind, id), now)) return { isNew: false };
  return parts.store.update(
    knownComputerKind,
    id,
    (current): Change<KnownComputer, { isNew: boolean }> => {
      if (isRecent(current, now)) return { result: { isNew: false } };
      const put = { person, browser: name, firstAt: current?.firstAt ?? now, lastAt: now };
      const result = { isNew: current === undefined };
      return { put, expiresAt: now + FORGOTTEN_AFTER, result };
    },
  );
}

/** The last use is written once a day at most: a computer is used many times. */
function isRecent(known: KnownComputer | undefined, now: number): boolean {
  return known !== undefined && now - known.lastAt < DAY;
}

function idOf({ vault }: Parts, person: string, browser: string): string {
  return vault.hash('known computer', `${person} ${browser}`);
}
