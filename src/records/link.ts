/** One-time links: whoever holds the token may do the one thing that it is for, once. */
import { randomBytes } from 'node:crypto';
import {
  outboxIndex,
  withMessages,
  type MessageCarrier,
  type OutboxMessage,
} from '../outbox/message.ts';
import { Problem } from '../problem.ts';
import type { Vault } from '../secrets/vault.ts';
import { collection, type Change, type Store } from '../storage/store.ts';

/** A set-up link belongs to nobody. */
export type LinkPurpose = { purpose: 'set-up' } | PasswordLink;

/** Good for one password of one person, while the epoch is still the one that it was made under. */
export interface PasswordLink {
  purpose: 'set-password';
  person: string;
  epoch: number;
  /** Where it was mailed to, as the person had asked; absent: the operator hands it over. */
  mailedTo?: MailedTo;
  /** The mailbox that it was mailed to, folded: whoever uses it reads mail there. */
  mailbox?: string;
}

/** The mailbox that the sign-in protects, or the verified secondary address. */
export type MailedTo = 'mailbox' | 'secondary';

interface Link extends MessageCarrier {
  for: LinkPurpose;
  expiresAt: number;
  spent: boolean;
}
export const linkCollection = collection<Link>('link', {
  key: 'hash',
  indexes: { postings: outboxIndex },
});

/** How long a dead link can still be told from one that never was (milliseconds). */
const REMEMBERED = 30 * 24 * 3600_000;

export interface LinkParts {
  store: Pick<Store, 'insert' | 'get' | 'update'>;
  vault: Vault;
}

/** The id of the link's document. */
export function linkId(vault: Vault, token: string): string {
  return vault.hash('link', token);
}

/** A new link's token: 256 random bits. `lifetime` in seconds; `messages`: told of it, in the same write. */
export async function makeLink(
  { store, vault }: LinkParts,
  purpose: LinkPurpose,
  lifetime: number,
  now: number,
  messages: readonly OutboxMessage[] = [],
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const expiresAt = now + lifetime * 1000;
  const told = messages.length > 0 ? withMessages({}, ...messages) : {};
  const link = { for: purpose, expiresAt, spent: false, ...told };
  await store.insert(linkCollection, linkId(vault, token), link, {
    expiresAt: expiresAt + REMEMBERED,
  });
  return token;
}

/** Looks without spending. Problems: `link-unknown`, `link-expired`, `link-spent`. */
export async function readLink<P extends LinkPurpose['purpose']>(
  { store, vault }: LinkParts,
  token: string,
  purpose: P,
  now: number,
): Promise<Extract<LinkPurpose, { purpose: P }>> {
  const link = await store.get(linkCollection, linkId(vault, token));
  if (link?.for.purpose !== purpose) throw new Problem('link-unknown', { status: 404 });
  if (link.spent) throw new Problem('link-spent', { status: 410 });
  if (link.expiresAt <= now) throw new Problem('link-expired', { status: 410 });
  return link.for as Extract<LinkPurpose, { purpose: P }>;
}

/** Spends it: of two at once, one gets through. Problem `link-spent` for the other. */
export async function spendLink({ store, vault }: LinkParts, token: string): Promise<void> {
  const won = await store.update(
    linkCollection,
    linkId(vault, token),
    (link): Change<Link, boolean> =>
      !link || link.spent ? { result: false } : { put: { ...link, spent: true }, result: true },
  );
  if (!won) throw new Problem('link-spent', { status: 410 });
}
