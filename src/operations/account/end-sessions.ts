/** Ending a person's sessions. Each one's write carries its event and the mail; a mail of many is sent once. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { endStoredSession, type EndingParts } from '../../oidc/logout/session-ending.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import type { SessionCause } from '../../policy/revocation/session-causes.ts';
import type { Person } from '../../records/person.ts';
import { isSessionKey, sessionKey, type StoredSession } from '../../records/session.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { accountChanged } from './account-changed.ts';
import { found } from '../found.ts';
import { browserOfSession, livingSessions } from './sessions.ts';

export interface EndSessionParts extends EndingParts {
  notices: Notices;
}

/**
 * `id`: the key that it is kept by. Problem `not-found`: it is not one of this person's that is alive,
 * and nothing was changed.
 */
export function endSession(
  parts: EndSessionParts,
  performed: Performed,
  person: Person,
  id: string,
): Promise<Result<{ browser: string }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'session.end');
    may({ person });
    const browser = await browserOfSession(parts.store, id, person);
    const change = { what: 'session-ended', name: browser };
    const messages = await accountChanged(parts, performed, person, change);
    const ending = { id, browser, messages, cause: 'session-ended' } as const;
    found((await endOneSession(parts, performed, person, ending)) || undefined);
    return { browser };
  });
}

/** All but the one that asks; answers how many there were. `currentUid`: of the session that asks. */
export function endOtherSessions(
  parts: EndSessionParts,
  performed: Performed,
  person: Person,
  currentUid: string,
): Promise<Result<{ count: number }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'session.end-others');
    may({ person });
    const living = await livingSessions(parts.store, person);
    const others = living.filter(({ id }) => !isSessionKey(parts.vault, currentUid, id));
    const messages = await accountChanged(parts, performed, person, {
      what: 'sessions-ended',
      name: '',
    });
    const rest = { messages, cause: 'other-sessions-ended' } as const;
    const ended = await Promise.all(
      others.map(({ id, signedIn: { browser } }) =>
        endOneSession(parts, performed, person, { id, browser, ...rest }),
      ),
    );
    return { count: ended.filter(Boolean).length };
  });
}

/** Signs the browser out that asks: no mail tells its owner what they just did here. `uid`: of its session. */
export function signOut(
  parts: EndSessionParts,
  performed: Performed,
  person: Person,
  uid: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'session.sign-out');
    may({ person });
    const id = sessionKey(parts.vault, uid);
    const browser = await browserOfSession(parts.store, id, person);
    await endOneSession(parts, performed, person, {
      id,
      browser,
      messages: [],
      cause: 'session-ended',
    });
  });
}

interface OneEnding {
  id: string;
  browser: string;
  messages: readonly OutboxMessage[];
  cause: SessionCause;
}

/** `id`: the key that it is kept by. `false`: it has ended, or is not one of this person's. */
export async function endOneSession(
  parts: EndingParts,
  performed: Performed,
  person: Person,
  { id, browser, messages, cause }: OneEnding,
): Promise<boolean> {
  const mayEnd = ({ payload, epoch }: StoredSession): boolean =>
    payload.accountId === person.id && epoch === person.epoch;
  const event = eventAbout(person, performed, { type: 'session.ended', details: { browser } });
  const told = { messages: [event, ...messages], now: performed.now };
  return endStoredSession(parts, id, { mayEnd, cause, ...told });
}
