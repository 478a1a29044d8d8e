/** Ordering a code by mail, for a sign-in or for an address that is verified: one bound, one kind of record. */
import type { Config } from '../config/schema.ts';
import { sealMail, type Mail, type SealedMail } from '../mail/mail.ts';
import { addressBlock } from '../net/address.ts';
import type { SentCode } from '../records/factors/sent-code.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';
import { browserName } from '../text/browser-name.ts';
import { maySendCode } from '../throttling/sending-limits.ts';
import { hashEmailCode, newEmailCode, sendAgainIn } from './email-code.ts';

export interface CodeOrder {
  /** Id of the person. */
  account: string;
  /** Id of theirs. */
  organisation: string;
  to: string;
  /** The address and the browser that it is asked for from. */
  from: { address: string | null; userAgent: string | null };
  /** Whose mailbox `to` is known to be: greeted by name, and told the address. Null: it may be a stranger's. */
  owner: string | null;
  /** Where the code is good (`hashEmailCode`): a sign-in, or a person in a browser. */
  goodFor: string;
  /** Those that were sent before. */
  codes: readonly SentCode[];
  template: 'email-code' | 'address-code';
  language: Mail['language'];
  /** What the mail says besides code, reference and minutes; asked for when it may be sent. */
  values(): Promise<Mail['values']>;
}

/** `seconds`: until another one may be ordered. */
export type OrderedCode =
  | { verdict: 'ordered'; sent: SentCode; mail: SealedMail }
  | { verdict: 'send-again'; seconds: number }
  | { verdict: 'too-many-codes' };

/** Takes one of those that may be sent, and makes it; the caller's write sends it off. `now`: milliseconds. */
export async function orderCode(
  parts: { store: Pick<Store, 'take'>; vault: Vault; config: Pick<Config, 'lifetimes'> },
  order: CodeOrder,
  now: number,
): Promise<OrderedCode> {
  const seconds = sendAgainIn(order.codes, now);
  if (seconds > 0) return { verdict: 'send-again', seconds };
  const { account, to, from } = order;
  const caps = { account, address: to, client: addressBlock(from.address ?? '') };
  if (!(await maySendCode(parts, caps, now))) return { verdict: 'too-many-codes' };
  const { code, reference } = newEmailCode();
  const lifetime = parts.config.lifetimes.email_code;
  const minutes = Math.round(lifetime / 60);
  const values = { code, reference, minutes, ...asker(order, now), ...(await order.values()) };
  const { template, language, organisation } = order;
  const times = { orderedAt: now, notAfter: now + lifetime * 1000 };
  const mail = await sealMail(
    parts.vault,
    { to, template, language, organisation, values },
    times,
    account,
  );
  const hash = hashEmailCode(parts.vault, order.goodFor, code);
  const about = { hash, reference, mail: mail.id, address: to };
  const sent = { ...about, sentAt: now, expiresAt: times.notAfter, used: false };
  return { verdict: 'ordered', sent, mail };
}

/** Who asks, for whoever reads the mail and did not. */
function asker({ from, owner }: CodeOrder, now: number): Mail['values'] {
  const asked = { at: now, browser: browserName(from.userAgent ?? undefined) };
  return owner === null ? asked : { ...asked, person: owner, address: from.address ?? '' };
}
