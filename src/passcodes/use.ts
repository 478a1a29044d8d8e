/**
 * The last use of a passcode: a record of its own, written at most once a minute, so that a busy mail
 * program does not rewrite its owner's document. It also tells when two programs share one passcode.
 */
import {
  outboxIndex,
  withMessages,
  type MessageCarrier,
  type OutboxMessage,
} from '../outbox/message.ts';
import type { Protocol } from '../records/passcode.ts';
import { entries } from '../storage/pages.ts';
import { collection, type Change, type Store } from '../storage/store.ts';
import { addressBlock } from '../net/address.ts';

/** All times are milliseconds since the epoch. */
export interface PasscodeUse extends MessageCarrier {
  person: string;
  at: number;
  protocol: Protocol;
  address: string | null;
  /** The network that it was used from before this one, and when last. */
  before: { network: string; at: number } | null;
  /** When its owner was last told that two programs use it. */
  toldAt: number | null;
}

export const passcodeUseCollection = collection<PasscodeUse>('passcode_use', {
  indexes: {
    person: ({ person, gone }) => (gone ? undefined : person),
    postings: outboxIndex,
  },
});

/** Milliseconds within which another use is not written down. */
export const MINUTE = 60_000;
/** A phone that leaves the house changes its network once; two programs go back and forth. */
const AT_ONCE = 10 * MINUTE;
const TELL_AGAIN = 24 * 60 * MINUTE;
/** A record that nobody's passcode uses any more goes by itself. */
const KEPT_FOR = 400 * 24 * 60 * MINUTE;

/** A use, as it is written down. */
type Use = Pick<PasscodeUse, 'person' | 'protocol' | 'address'>;

/**
 * Writes a use down; `true`: two networks take turns with it, and its owner is told, once a day, by what
 * `told` gives, in the same write. It is asked only then.
 */
export async function recordUse(
  store: Pick<Store, 'update'>,
  id: string,
  use: Use,
  now: number,
  told: () => Promise<readonly OutboxMessage[]>,
): Promise<boolean> {
  const write = (messages?: readonly OutboxMessage[]): Promise<boolean> =>
    store.update(passcodeUseCollection, id, (last) => changeFor(last, use, now, messages));
  return (await write()) && write(await told());
}

/** Without `messages`, nothing is written where there is something to tell. */
function changeFor(
  last: PasscodeUse | undefined,
  use: Use,
  now: number,
  messages?: readonly OutboxMessage[],
): Change<PasscodeUse, boolean> {
  if (last?.gone || (last && now - last.at < MINUTE && now >= last.at)) return { result: false };
  const { tell, ...judged } = judgeUse(last, networkOf(use.address), now);
  if (tell && !messages) return { result: true };
  const { postings } = withMessages(last ?? {}, ...(tell ? (messages ?? []) : []));
  const put = { ...use, at: now, ...judged, ...(postings.length > 0 ? { postings } : {}) };
  return { put, expiresAt: now + KEPT_FOR, result: tell };
}

/** Pure. */
export function judgeUse(
  last: PasscodeUse | undefined,
  network: string,
  now: number,
): Pick<PasscodeUse, 'before' | 'toldAt'> & { tell: boolean } {
  if (!last) return { before: null, toldAt: null, tell: false };
  const { before, toldAt } = last;
  const lastNetwork = networkOf(last.address);
  if (lastNetwork === network) return { before, toldAt, tell: false };
  const isBack = before !== null && before.network === network && now - before.at < AT_ONCE;
  const tell = isBack && (toldAt === null || now - toldAt >= TELL_AGAIN);
  return {
    before: { network: lastNetwork, at: last.at },
    toldAt: tell ? now : toldAt,
    tell,
  };
}

const networkOf = (address: string | null): string => addressBlock(address ?? '');

/** By the passcode's id. */
export async function usesOf(
  store: Pick<Store, 'find'>,
  person: string,
): Promise<ReadonlyMap<string, PasscodeUse>> {
  const query = { index: 'person', equals: person };
  const uses = new Map<string, PasscodeUse>();
  const all = entries((after) => store.find(passcodeUseCollection, { ...query, after }));
  for await (const { id, value } of all) uses.set(id, value);
  return uses;
}
