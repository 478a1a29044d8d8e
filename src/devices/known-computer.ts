/**
 * Computers from which a person has completed a sign-in, recognised by the secret that every browser
 * has of its own. Being known proves nothing: it only gives the computer its own budget of tries, and
 * tells a sign-in from a new one apart. A factor's codes have a budget of their own only where one that
 * is no weaker was proven: else whoever reads somebody's mail would make known computers, and with each
 * of them new tries at the authenticator.
 */
import type { Level } from '../records/proof.ts';
import { compareLevels } from '../policy/factors.ts';
import type { Vault } from '../secrets/vault.ts';
import { collection, type Change, type Store } from '../storage/store.ts';

/** All times are milliseconds since the epoch. */
export interface KnownComputer {
  person: string;
  browser: string;
  firstAt: number;
  lastAt: number;
  /** The strongest that was proven here; absent: the version before did not tell them apart. */
  level?: Level;
}
export const knownComputerCollection = collection<KnownComputer>('known_computer', { key: 'hash' });

interface Parts {
  store: Pick<Store, 'get' | 'insert' | 'update'>;
  vault: Vault;
}

const DAY = 86_400_000;
export const FORGOTTEN_AFTER = 400 * DAY;

/** `browser`: the hash of the browser's own secret. */
export async function isKnown(parts: Parts, person: string, browser: string): Promise<boolean> {
  return (await getKnown(parts, person, browser)) !== undefined;
}

/** The strongest that the person has proven there; undefined: it is not known. `browser`: as above. */
export async function knownFrom(
  parts: Parts,
  person: string,
  browser: string,
): Promise<Level | undefined> {
  const known = await getKnown(parts, person, browser);
  return known && levelOf(known);
}

/** As it is kept. `browser`: as above. */
export function getKnown(
  parts: Parts,
  person: string,
  browser: string,
): Promise<KnownComputer | undefined> {
  return parts.store.get(knownComputerCollection, idOf(parts, person, browser));
}

export const levelOf = ({ level }: KnownComputer): Level => level ?? 'phr';

/** A completed sign-in. */
export interface Completed {
  person: string;
  /** The hash of the browser's own secret. */
  browser: string;
  /** As the computer is shown. */
  name: string;
  now: number;
  /** What was proven; `password` unless told. */
  level?: Level;
  /** As it was kept a moment ago, null for nothing; absent: it is read. */
  before?: KnownComputer | null | undefined;
}

/** After a completed sign-in. Of many at once from a new computer, exactly one is told that it is new. */
export async function remember(parts: Parts, completed: Completed): Promise<{ isNew: boolean }> {
  const { person, browser, name, now, level = 'password' } = completed;
  const id = idOf(parts, person, browser);
  // Mostly there is nothing to write, and reading is all that it takes.
  const isWritten = (known: KnownComputer | undefined): boolean =>
    isRecent(known, now) && known !== undefined && compareLevels(levelOf(known), level) >= 0;
  const { before = (await getKnown(parts, person, browser)) ?? null } = completed;
  if (before && isWritten(before)) return { isNew: false };
  const used = (current: KnownComputer | undefined): KnownComputer => {
    const firstAt = current?.firstAt ?? now;
    const strongest = strongerOf(level, current && levelOf(current));
    return { person, browser: name, firstAt, lastAt: now, level: strongest };
  };
  const expiresAt = now + FORGOTTEN_AFTER;
  const { store } = parts;
  if (!before && (await store.insert(knownComputerCollection, id, used(undefined), { expiresAt })))
    return { isNew: true };
  return store.update(
    knownComputerCollection,
    id,
    (current): Change<KnownComputer, { isNew: boolean }> =>
      isWritten(current)
        ? { result: { isNew: false } }
        : { put: used(current), expiresAt, result: { isNew: current === undefined } },
  );
}

function strongerOf(level: Level, before: Level | undefined): Level {
  return before !== undefined && compareLevels(before, level) > 0 ? before : level;
}

/** The last use is written once a day at most: a computer is used many times. */
function isRecent(known: KnownComputer | undefined, now: number): boolean {
  return known !== undefined && now - known.lastAt < DAY;
}

function idOf({ vault }: Parts, person: string, browser: string): string {
  return vault.hash('known computer', `${person} ${browser}`);
}
