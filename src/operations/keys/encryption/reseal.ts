/** Seals anew, with the active key, whatever was sealed with another one, in every document there is. */
import { eventAbout, type Performed } from '../../../audit/performed.ts';
import { resultOf, type Result } from '../../../result.ts';
import { sealedWith, type Vault } from '../../../secrets/vault.ts';
import { fromCursor } from '../../../storage/pages.ts';
import type { Change, Collection, Store } from '../../../storage/store.ts';
import { permission } from '../../permission.ts';
import type { KeyParts } from '../change-signing-keys.ts';
import { changeKeyring, readKeyring, type Keyring } from './keyring.ts';

export interface Resealed {
  /** Documents that were looked at, and those that were changed. */
  looked: number;
  resealed: number;
  /** What does not open: collection and id. */
  unreadable: string[];
}

export interface ResealParts extends KeyParts {
  store: Store;
  /** Every collection there is. */
  collections: readonly Collection<any>[];
  onProgress(done: Resealed, collection: string): void;
  /** Aborted: it ends, and can be gone on with. */
  stop: AbortSignal;
}

const PAGE = 200;

/** Goes on where it was broken off; run again, it finds nothing to do. Problem `keys-changed`: another key is active now. */
export function resealEverything(
  parts: ResealParts,
  performed: Performed,
): Promise<Result<Resealed>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'keys.reseal');
    may({});
    const done: Resealed = { looked: 0, resealed: 0, unreadable: [] };
    let keyring = await readKeyring(parts);
    for (const kind of parts.collections) {
      const { resealing } = keyring;
      if (resealing?.to === keyring.active && resealing.done.includes(kind.name)) continue;
      keyring = await resealCollection(parts, keyring, kind, done);
    }
    const { active: kid } = keyring;
    const details = { kind: 'encryption', kid, documents: done.resealed };
    const event = eventAbout(undefined, performed, { type: 'key.resealed', details });
    const events = done.resealed > 0 ? [event] : [];
    await changeKeyring(parts, keyring, ({ resealing: _, ...rest }) => rest, ...events);
    return done;
  });
}

async function resealCollection(
  parts: ResealParts,
  before: Keyring,
  kind: Collection<any>,
  done: Resealed,
): Promise<Keyring> {
  const begun = before.resealing?.to === before.active ? before.resealing : undefined;
  const finished = begun?.done ?? [];
  const at = (more: { done: string[]; after?: string }) =>
    changeKeyring(parts, before, (keyring) => ({
      ...keyring,
      resealing: { to: before.active, ...more },
    }));
  let after = begun?.after;
  let keyring = before;
  do {
    parts.stop.throwIfAborted();
    const page = await fromCursor(after, (from) =>
      parts.store.scan(kind, { limit: PAGE, after: from }),
    );
    for (const { id, value } of page.items) await resealDocument(parts, kind, { id, value }, done);
    after = page.next;
    parts.onProgress(done, kind.name);
    if (after !== undefined) keyring = await at({ done: finished, after });
  } while (after !== undefined);
  keyring = await at({ done: [...finished, kind.name] });
  return keyring;
}

async function resealDocument(
  { store, vault }: Pick<ResealParts, 'store' | 'vault'>,
  kind: Collection<any>,
  { id, value }: { id: string; value: unknown },
  done: Resealed,
): Promise<void> {
  done.looked += 1;
  const { anew, isBad } = await resealedIn(vault, value);
  if (isBad) done.unreadable.push(`${kind.name} ${id}`);
  if (anew.size === 0) return;
  const isChanged = await store.update(kind, id, (current: unknown): Change<any, boolean> => {
    const isThere = sealedIn(current).some((sealed) => anew.has(sealed));
    return isThere ? { put: replaced(current, anew), result: true } : { result: false };
  });
  if (isChanged) done.resealed += 1;
}

/** By what was there before. */
async function resealedIn(
  vault: Vault,
  value: unknown,
): Promise<{ anew: Map<string, string>; isBad: boolean }> {
  const anew = new Map<string, string>();
  let isBad = false;
  for (const text of sealedIn(value)) {
    if (sealedWith(text) === vault.ring.active) continue;
    const sealed = await vault.reseal(text).catch(() => undefined);
    if (sealed === undefined) isBad = true;
    else anew.set(text, sealed);
  }
  return { anew, isBad };
}

/** Every sealed value in it, however deep. */
export function sealedIn(value: unknown): string[] {
  if (typeof value === 'string') return sealedWith(value) === undefined ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(sealedIn);
}

function replaced(value: unknown, anew: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return anew.get(value) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => replaced(each, anew));
  const entries = Object.entries(value).map(([name, each]) => [name, replaced(each, anew)]);
  return Object.fromEntries(entries) as unknown;
}

/** How many documents have something that was sealed with that key. */
export async function countSealedWith(
  { store }: { store: Pick<Store, 'scan'> },
  collections: readonly Collection<any>[],
  kid: string,
): Promise<number> {
  let count = 0;
  for (const kind of collections) {
    let after: string | undefined;
    do {
      const page = await store.scan(kind, { limit: PAGE, after });
      count += page.items.filter(({ value }) =>
        sealedIn(value).some((sealed) => sealedWith(sealed) === kid),
      ).length;
      after = page.next;
    } while (after !== undefined);
  }
  return count;
}
