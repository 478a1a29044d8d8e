/**
 * Why the requests of an app were refused, for whoever has to find out: one document a client, written at most
 * once a second by a process. Anybody can cause them, so their number is bounded, and they are text to look at;
 * values of queries, codes and secrets are in none of them (authorization/refused-requests.ts).
 */
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { collection, type Change, type Store } from '../../../storage/store.ts';
import type { ClientRecord } from '../../../records/client.ts';
import { fairShare } from './fair-share.ts';
import type { ClientRefusal } from './client-refusal.ts';

export interface ClientRefusals {
  /** Of which registration of the id; another one is another app. */
  registration: string | null;
  refusals: ClientRefusal[];
}

/** By client id; removed with the client. */
export const clientRefusalsCollection = collection<ClientRefusals>('client_refusals');

/** Distinct ones that are kept of a client, each reason's by its share (fair-share.ts). */
export const MOST_REFUSALS = 100;
/** Milliseconds since it came last. */
export const REFUSALS_KEPT = 30 * 86_400_000;
/** Milliseconds between two writes of one client. */
export const REFUSALS_EVERY = 1000;
/** Clients that a process has refusals of that are not written yet. */
const MOST_CLIENTS = 1000;

export interface RefusalNotesParts {
  store: Pick<Store, 'update'>;
  log: Pick<Logger, 'warn'>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Does it so many milliseconds from now; a process that ends does not wait for it. */
  later(milliseconds: number, work: () => void): void;
}

type What = Pick<ClientRefusal, 'endpoint' | 'reason' | 'value' | 'fits'>;
type Whose = Pick<ClientRecord, 'id' | 'registration'>;

export interface RefusalNotes {
  /** Written now, where that may be; never rejects. `unhurried`: nobody may learn from the time that it takes. */
  note(client: Whose, what: What, unhurried: boolean): Promise<void> | undefined;
}

interface Waiting {
  client: Whose;
  refusals: Map<string, ClientRefusal>;
  writtenAt: number;
  isDue: boolean;
}

export function createRefusalNotes(parts: RefusalNotesParts): RefusalNotes {
  const waiting = new LRUCache<string, Waiting>({ max: MOST_CLIENTS });
  const write = (one: Waiting): Promise<void> => {
    const { client, refusals } = one;
    // Of a client that has been registered anew, or of too many at once.
    if (waiting.peek(client.id) !== one) return Promise.resolve();
    Object.assign(one, { refusals: new Map(), writtenAt: parts.now(), isDue: false });
    return writeRefusals(parts.store, client, [...refusals.values()], parts.now()).catch(
      (err: unknown) =>
        parts.log.warn({ err, client: client.id }, 'refusals were not written down'),
    );
  };
  return {
    note(client, what, unhurried) {
      const now = parts.now();
      const known = waiting.get(client.id);
      const isSame = known?.client.registration === client.registration;
      const one =
        known && isSame
          ? known
          : { client, refusals: new Map(), writtenAt: -Infinity, isDue: false };
      waiting.set(client.id, one);
      one.refusals = withOneMore(one.refusals, what, now);
      if (one.isDue) return undefined;
      const rest = one.writtenAt + REFUSALS_EVERY - now;
      if (rest <= 0 && !unhurried) return write(one);
      one.isDue = true;
      parts.later(Math.max(1, Math.min(rest, REFUSALS_EVERY)), () => void write(one));
      return undefined;
    },
  };
}

/** Those of a second are as many as are kept, and have the same shares; sorted out once they are twice as many. */
function withOneMore(
  refusals: Map<string, ClientRefusal>,
  what: What,
  now: number,
): Map<string, ClientRefusal> {
  const known = refusals.get(keyOf(what));
  if (known) Object.assign(known, { count: known.count + 1, lastAt: now });
  else refusals.set(keyOf(what), { ...what, count: 1, firstAt: now, lastAt: now });
  if (refusals.size < 2 * MOST_REFUSALS) return refusals;
  const kept = fairShare([...refusals.values()], MOST_REFUSALS);
  return new Map(kept.map((one) => [keyOf(one), one]));
}

const keyOf = ({ endpoint, reason, value }: What): string =>
  JSON.stringify([endpoint, reason, value]);

function writeRefusals(
  store: Pick<Store, 'update'>,
  { id, registration = null }: { id: string; registration?: string | null | undefined },
  more: readonly ClientRefusal[],
  now: number,
): Promise<void> {
  return store.update(clientRefusalsCollection, id, (there): Change<ClientRefusals, void> => {
    const before = there?.registration === registration ? there.refusals : [];
    const put = { registration, refusals: merged(before, more, now) };
    return { put, expiresAt: now + REFUSALS_KEPT, result: undefined };
  });
}

/** Those that came last are first. */
export function merged(
  before: readonly ClientRefusal[],
  more: readonly ClientRefusal[],
  now: number,
): ClientRefusal[] {
  const all = new Map<string, ClientRefusal>();
  for (const one of [...before, ...more]) {
    const known = all.get(keyOf(one));
    const count = one.count + (known?.count ?? 0);
    const firstAt = Math.min(one.firstAt, known?.firstAt ?? one.firstAt);
    all.set(keyOf(one), { ...one, count, firstAt });
  }
  const fresh = [...all.values()].filter(({ lastAt }) => now - lastAt < REFUSALS_KEPT);
  return fairShare(fresh, MOST_REFUSALS).toSorted((a, b) => b.lastAt - a.lastAt);
}

/** Those that came last are first. */
export async function refusalsOf(
  store: Pick<Store, 'get'>,
  { id, registration = null }: { id: string; registration?: string | null | undefined },
  now: number,
): Promise<ClientRefusal[]> {
  const known = await store.get(clientRefusalsCollection, id);
  if (known?.registration !== registration) return [];
  return merged(known.refusals, [], now).map(({ fits: _, ...told }) => told);
}
