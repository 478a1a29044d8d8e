import { closingOf } from '../../outbox/closing.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import { shutsOut } from '../../policy/policy-change.ts';
import { BUILT_IN, MAIL_RESOURCE } from '../../records/resource.ts';
import type { ClientRecord } from '../../records/client.ts';

const MAIL_SCOPES = BUILT_IN.get(MAIL_RESOURCE)?.scopes.map(({ name }) => name) ?? [];

type Fields = Pick<
  ClientRecord,
  'gone' | 'scopes' | 'organisations' | 'registration' | 'requireAcr' | 'acceptTrust'
>;

/**
 * Message for the write that changes a client with which mailboxes are opened, where it opens fewer afterwards.
 * Nobody knows which are open by it, so all of them are closed: what may still open one connects again.
 */
export function closedMailboxes(
  before: ClientRecord,
  set: Partial<Fields>,
  now: number,
): OutboxMessage[] {
  const opens = before.resource === MAIL_RESOURCE || asksForMail(before);
  return opens && opensFewer(before, { ...before, ...set }) ? [closingOf(null, now)] : [];
}

function opensFewer(before: Fields, after: Fields): boolean {
  return (
    after.gone === true ||
    after.registration !== before.registration ||
    shutsOut(before.organisations, after.organisations) ||
    (asksForMail(before) && !asksForMail(after)) ||
    (after.requireAcr !== before.requireAcr && after.requireAcr !== null) ||
    (before.acceptTrust && !after.acceptTrust)
  );
}

const asksForMail = ({ scopes }: Pick<ClientRecord, 'scopes'>): boolean =>
  MAIL_SCOPES.some((name) => scopes.includes(name));
