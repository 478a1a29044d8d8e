/**
 * What is to be told of a change rides in the document that is changed, so that both are one write:
 * an audit event, a mail, the end of a session to a relying app, a mailbox to be closed, or a list of people that has
 * to follow. It is moved to its own place afterwards, each once by its id (relay.ts).
 */
import type { SealedMail } from '../mail/mail.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { Change } from '../storage/store.ts';
import type { ClosingNotice } from './closing.ts';

/** That a relying app has to be told of the end of a session (OIDC Back-Channel Logout 1.0). */
export interface LogoutNotice {
  /** The `sid` that the app knows the session by: random, and another one for each app and session. */
  id: string;
  /** `client_id` of the app. */
  client: string;
  /** Subject identifier. */
  person: string;
  /** Milliseconds since the epoch. */
  orderedAt: number;
}

/** That the list of people, and those of these groups, have to follow what the person's documents say by then. */
export interface MembershipNotice {
  id: string;
  /** Subject identifier. */
  person: string;
  /** Ids. */
  groups: readonly string[];
}

export type OutboxMessage =
  | { event: AuditEvent }
  | { mail: SealedMail }
  | { logout: LogoutNotice }
  | { closing: ClosingNotice }
  | { memberships: MembershipNotice };

/** A document that messages ride in; absent means none. */
export interface MessageCarrier {
  postings?: readonly OutboxMessage[];
  /** It was removed, and is nobody's: it goes with the last of its messages. */
  gone?: true;
}

/** The index that finds carriers; every collection of carriers declares it under the name `postings`. */
export function outboxIndex({ postings }: MessageCarrier): number | undefined {
  return postings && postings.length > 0 ? 1 : undefined;
}

export function messageId(message: OutboxMessage): string {
  if ('event' in message) return message.event.id;
  if ('mail' in message) return message.mail.id;
  if ('closing' in message) return message.closing.id;
  return 'logout' in message ? message.logout.id : message.memberships.id;
}

/** The `postings` field of a carrier with these added. */
export function withMessages(
  { postings = [] }: MessageCarrier,
  ...more: readonly OutboxMessage[]
): { postings: readonly OutboxMessage[] } {
  return { postings: [...postings, ...more] };
}

/**
 * Milliseconds: a tombstone waits for the relay so long, also where the server stands still for weeks. It
 * goes with the last of its messages; its document's own days may be over before.
 */
const TOMBSTONE = 365 * 86_400_000;

/**
 * The removal of a carrier, with what is told of it. It is `gone` at once, so every reader has to pass it
 * by; the document stays until its messages are moved, and where it has none it goes with this write.
 */
export function removal<T extends MessageCarrier, R>(
  carrier: T,
  { messages, now }: { messages: readonly OutboxMessage[]; now: number },
  result: R,
): Change<T, R> {
  const put = { ...carrier, ...withMessages(carrier, ...messages), gone: true as const };
  if (put.postings.length === 0) return { remove: true, result };
  return { put, expiresAt: now + TOMBSTONE, result };
}
