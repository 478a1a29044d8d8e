/**
 * Tells relying apps of the end of sessions, a few at a time, in the background: an app that is slow or
 * down holds up nobody's sign-out.
 */
import type { Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import { getPerson } from '../../records/person.ts';
import { newEvent } from '../../audit/event.ts';
import type { LogoutNotice } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { Store } from '../../storage/store.ts';
import { createLoop, type Loop } from '../../timing/loop.ts';
import { claimLogouts, orderLogout, settleLogout, type ClaimedLogout } from './logout-queue.ts';

/** Rejects when the app was not reached or refused; resolves for one that does not want to be told. */
export type TellApp = (notice: Pick<ClaimedLogout, 'client' | 'person' | 'id'>) => Promise<void>;

export interface LogoutSenderParts {
  store: Store;
  relay: Pick<Relay, 'record'>;
  tell: TellApp;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** `close` waits for what is in flight, which is bounded in time. */
export type LogoutSender = Pick<Loop, 'wake' | 'settle' | 'close'>;

const AT_ONCE = 10;
/** Milliseconds between two looks for entries of other processes, and for those to be tried again. */
const LOOK_EVERY = 2000;
/** Milliseconds: longer than a call to an app may take (`outgoing.timeout_ms` is 60 s at most). */
const LEASE = 120_000;

/** The library's function outside of a request of the library: the types don't tell of it. */
interface LogoutClient {
  backchannelLogoutUri?: string;
  backchannelLogout(sub: string, sid: string): Promise<void>;
}

/** `id` is the app's `sid` of the session. */
export function tellBy(provider: Provider): TellApp {
  return async ({ client: clientId, person, id }) => {
    const client = (await provider.Client.find(clientId)) as unknown as LogoutClient | undefined;
    if (client?.backchannelLogoutUri) await client.backchannelLogout(person, id);
  };
}

export function startLogoutSender(parts: LogoutSenderParts): LogoutSender {
  const { store, log, now } = parts;
  const look = async (isClosed: () => boolean): Promise<void> => {
    while (!isClosed()) {
      const due = await claimLogouts(store, { now: now(), lease: LEASE, most: AT_ONCE });
      if (due.length === 0) return;
      await Promise.all(due.map((notice) => deliver(parts, notice)));
    }
  };

  const loop = createLoop(look, {
    every: LOOK_EVERY,
    failed: (err) => log.warn({ err }, 'logouts cannot be read'),
  });
  loop.start();
  return loop;
}

/** Never rejects: what can't be written down is claimed again after its lease. */
async function deliver(parts: LogoutSenderParts, notice: ClaimedLogout): Promise<void> {
  const { store, tell, log, now } = parts;
  const about = { client: notice.client, attempt: notice.attempts };
  try {
    const failure = await tell(notice).then(
      () => undefined,
      (err: unknown) => ({ err }),
    );
    const state = await settleLogout(store, notice, failure === undefined, now());
    if (!failure) return;
    log.warn({ ...about, ...failure, state }, 'back-channel logout failed');
    if (notice.attempts === 1 || state === 'failed')
      await recordFailure(parts, notice, state === 'failed' ? 'given up' : 'tried again');
  } catch (err) {
    log.error({ ...about, err }, 'what became of a back-channel logout could not be written down');
  }
}

/** What the library has tried once, as somebody signed out at an app, is tried again. Never throws. */
export function tellLater(
  parts: Pick<LogoutSenderParts, 'store' | 'now'> & { relay: Pick<Relay, 'record' | 'later'> },
  notice: LogoutNotice,
): void {
  parts.relay.later(async () => {
    await orderLogout(parts.store, notice, 1);
    await recordFailure(parts, notice, 'tried again');
  });
}

/** The first failure, and the end of the tries. */
async function recordFailure(
  { store, relay, now }: Pick<LogoutSenderParts, 'store' | 'relay' | 'now'>,
  { client, person: id }: Pick<ClaimedLogout, 'client' | 'person'>,
  reason: 'tried again' | 'given up',
): Promise<void> {
  const person = await getPerson(store, id);
  const origin = { client, address: null, userAgent: null };
  const about = { type: 'logout.failed', outcome: 'refused', at: now(), origin } as const;
  await relay.record(newEvent({ ...about, person, reasons: [reason] }));
}
