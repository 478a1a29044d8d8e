/**
 * The secondary address: its owner names it, a code by mail proves it, and only then it takes the place
 * of the one before. Nothing of the live one is touched until the new one is proven.
 */
import { z } from 'zod';
import type { Relay } from '../../outbox/relay.ts';
import { Problem } from '../../problem.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { withMessages } from '../../outbox/message.ts';
import type { Config } from '../../config/schema.ts';
import {
  canonicalAddress,
  compareEmailCode,
  type IsCode,
  isOwnMailbox,
  sendAgainIn,
  withCode,
} from '../../factors/email-code.ts';
import { orderCode, type OrderedCode } from '../../factors/order-code.ts';
import type { MailState, MailQueue } from '../../mail/queue.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { openCheck } from './address-check.ts';
import { getOrganisation } from '../../records/organisation.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { mailLocale, type Notices } from '../../mail/notices.ts';

export interface AddressParts {
  notices: Notices;
  store: Store;
  vault: Vault;
  config: Pick<Config, 'lifetimes' | 'mail'>;
  relay: Pick<Relay, 'soon' | 'record'>;
}

/** Somebody at their account; `browser`: the hash of the browser's own secret. */
export interface AtAccount {
  person: Person;
  browser: string;
}

/** As it is kept. Problems, when that can't be the person's: `email-format`, `email-own-mailbox`, `email-verified`. */
export function checkedAddress(person: Person, typed: string): string {
  const address = canonicalAddress(typed);
  if (address === undefined) throw new Problem('email-format');
  if (isOwnMailbox(person, address)) throw new Problem('email-own-mailbox');
  const { secondaryEmail: second } = person;
  if (second?.verifiedAt && second.address === address) throw new Problem('email-verified');
  return address;
}

/** Empty: once more to the one that is being verified, else to the one that is not verified yet. */
export const sendAddressCodeInput = z.object({
  address: z.string().max(255, 'too-long').default(''),
});

/**
 * Mails a code to the address, which is verified by it in this browser (`verifyAddress`). Problems:
 * `no-mail`, those of the address, `send-again` (a mail is on its way), `too-many-codes`,
 * `changed-elsewhere`.
 */
export function sendAddressCode(
  parts: AddressParts,
  performed: Performed,
  at: AtAccount,
  { address: typed }: z.output<typeof sendAddressCodeInput>,
): Promise<Result<void>> {
  return resultOf(async () => {
    const { person } = at;
    const may = await permission(parts.store, performed, 'address.send-code');
    may({ person });
    if (parts.config.mail.smtp_url === undefined) throw new Problem('no-mail');
    const address = checkedAddress(person, typed.trim() === '' ? pendingAddress(person) : typed);
    const { sent, mail } = await newCode(parts, at, address, performed);
    const details = { reference: sent.reference, for: 'address' };
    const messages = [{ mail }, eventAbout(person, performed, { type: 'code.sent', details })];
    const ordered = await changePerson(parts.store, person.id, (current) => {
      may({ person: current });
      if (current.epoch !== person.epoch || !current.active)
        throw new Problem('changed-elsewhere', { status: 409 });
      const check = openCheck(current);
      // Two presses of the button at once are one mail.
      const isFirst = sendAgainIn(check?.codes ?? [], performed.now) === 0;
      if (!isFirst) return { result: false };
      const codes = withCode(check?.address === address ? check.codes : [], sent);
      const addressCheck = { address, browser: at.browser, epoch: current.epoch, codes };
      return { set: { addressCheck, ...withMessages(current, ...messages) }, result: true };
    });
    if (ordered) parts.relay.soon(personCollection, person.id);
  });
}

/** Where a code goes when nothing is typed. */
export function pendingAddress(person: Person): string {
  const { secondaryEmail: second } = person;
  return openCheck(person)?.address ?? (second?.verifiedAt ? '' : (second?.address ?? ''));
}

/** A code is good for this person in this browser. */
export function compareAddressCode(
  vault: Vault,
  { person, browser }: AtAccount,
  code: string,
): IsCode {
  return compareEmailCode(vault, goodFor({ person, browser }), code);
}

function goodFor({ person, browser }: AtAccount): string {
  return `${person.id} ${browser}`;
}

/** Mails cost their receivers something: they are bounded. */
async function newCode(
  parts: AddressParts,
  at: AtAccount,
  to: string,
  { now, language, origin }: Performed,
): Promise<Extract<OrderedCode, { verdict: 'ordered' }>> {
  const { person } = at;
  const order = {
    account: person.id,
    organisation: person.organisation,
    to,
    from: origin,
    // Who has entered it by mistake tells a stranger nothing.
    owner: null,
    goodFor: goodFor(at),
    codes: openCheck(person)?.codes ?? [],
    template: 'address-code' as const,
    language: mailLocale(person, language),
    values: async () => ({
      organisation: (await getOrganisation(parts.store, person.organisation))?.name ?? '',
    }),
  };
  const ordered = await orderCode(parts, order, now);
  if (ordered.verdict === 'ordered') return ordered;
  const values = ordered.verdict === 'send-again' ? { seconds: ordered.seconds } : {};
  throw new Problem(ordered.verdict, { status: 429, values });
}

/** What a page tells of the newest code; null: none was sent in this browser. */
export interface AddressNews {
  address: string;
  reference: string;
  state: MailState;
  /** Seconds until "Send again" works; 0: now. */
  again: number;
}

export async function addressNews(
  outbox: Pick<MailQueue, 'status'>,
  { person, browser }: AtAccount,
  now: number,
): Promise<AddressNews | null> {
  const check = openCheck(person);
  const newest = check?.browser === browser ? check.codes.at(-1) : undefined;
  if (!check || !newest) return null;
  const status = await outbox.status(newest.mail);
  return {
    address: check.address,
    reference: newest.reference,
    state: status?.state ?? 'queued',
    again: sendAgainIn(check.codes, now),
  };
}
