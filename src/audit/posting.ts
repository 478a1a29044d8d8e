/**
 * What is to be told of a change rides in the document that is changed, so that both are one write:
 * an audit event, or a mail. It is moved to its own place afterwards, each once by its id (poster.ts).
 */
import type { SealedMail } from '../mail/mail.ts';
import type { AuditEvent } from './event.ts';

export type Posting = { event: AuditEvent } | { mail: SealedMail };

/** A document that postings ride in; absent means none. */
export interface Carrier {
  postings?: readonly Posting[];
}

/** The index that finds carriers; every kind of carrier declares it under the name `postings`. */
export function carries({ postings }: Carrier): number | undefined {
  return postings && postings.length > 0 ? 1 : undefined;
}

export function postingId(posting: Posting): string {
  return 'event' in posting ? posting.event.id : posting.mail.id;
}

/** The `postings` field of a carrier with these added. */
export function adding(
  { postings = [] }: Carrier,
  ...more: readonly Posting[]
): { postings: readonly Posting[] } {
  return { postings: [...postings, ...more] };
}
