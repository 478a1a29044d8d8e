/**
 * Which apps people use, by the day: for what a change of policy would mean to them, and for who still reads mail
 * with the main password. Nothing is decided by it, and what is not used any more is forgotten by itself.
 */
import { entries } from '../../storage/pages.ts';
import { collection, type Change, type Store } from '../../storage/store.ts';
import { dayOf, startOfDay } from '../../text/day-of.ts';

export interface AppUse {
  /** Subject identifier. */
  person: string;
  /** `client_id`. */
  client: string;
  /** The last one in UTC, `YYYY-MM-DD`. */
  day: string;
  /** The last day on which a mail program got in with the main password; null: none that is known. */
  passwordDay: string | null;
}

/** One use. */
export interface UseOfApp {
  person: string;
  client: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Was it a mail program, with the main password? */
  byPassword?: boolean;
}

/** Tells it; nobody waits. */
export type NoteAppUse = (use: UseOfApp) => void;

export const appUseCollection = collection<AppUse>('app_use', {
  indexes: {
    person: ({ person }) => person,
    password: ({ person, passwordDay }) => (passwordDay === null ? undefined : person),
  },
});

/** Days for which an app counts as used. */
export const USED_FOR = 30;
const DAY = 86_400_000;

/** Neither part has a space. */
export function appUseId({ person, client }: Pick<AppUse, 'person' | 'client'>): string {
  return `${person} ${client}`;
}

/** Was it within the last thirty days? `day`: null is never. */
export function isRecent(day: string | null, now: number): boolean {
  return day !== null && usedUntil(day) > now;
}

/** Until when a use of that day counts: milliseconds since the epoch. */
export function usedUntil(day: string): number {
  return (startOfDay(day) ?? 0) + (USED_FOR + 1) * DAY;
}

/** Written once a day. Answers whether a mail program got in with the main password that is not known for one. */
export async function recordAppUse(
  store: Pick<Store, 'get' | 'update'>,
  { person, client, at, byPassword = false }: UseOfApp,
): Promise<boolean> {
  const id = appUseId({ person, client });
  const day = dayOf(at);
  const isKnown = (known: AppUse | undefined): boolean =>
    known !== undefined &&
    known.day >= day &&
    (!byPassword || (known.passwordDay !== null && known.passwordDay >= day));
  if (isKnown(await store.get(appUseCollection, id))) return false;
  return store.update(appUseCollection, id, (known): Change<AppUse, boolean> => {
    if (isKnown(known)) return { result: false };
    const passwordDay = byPassword ? day : (known?.passwordDay ?? null);
    const put = { person, client, day, passwordDay };
    return { put, expiresAt: usedUntil(day), result: byPassword && !known?.passwordDay };
  });
}

/** The apps that somebody has used within thirty days: ids of clients. */
export async function appsUsedBy(
  store: Pick<Store, 'find'>,
  person: string,
  now: number,
): Promise<{ apps: string[]; isOnPassword: boolean }> {
  const { items } = await store.find(appUseCollection, { index: 'person', equals: person });
  const recent = items.map(({ value }) => value).filter(({ day }) => isRecent(day, now));
  return {
    apps: recent.map(({ client }) => client).toSorted(),
    isOnPassword: recent.some(({ passwordDay }) => isRecent(passwordDay, now)),
  };
}

/** Everybody who reads mail with the main password, with the last day of it. */
export async function* onMainPassword(
  store: Pick<Store, 'find'>,
  now: number,
): AsyncGenerator<{ person: string; day: string }> {
  const all = entries((after) => store.find(appUseCollection, { index: 'password', after }));
  for await (const { value } of all)
    if (value.passwordDay !== null && isRecent(value.passwordDay, now))
      yield { person: value.person, day: value.passwordDay };
}
