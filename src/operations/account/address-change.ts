/** What ends the verification of a secondary address, or the address itself: told to the old one, the new one and the mailbox. */
import { changeAsRead } from './change-as-read.ts';
import { z } from 'zod';
import type { Relay } from '../../outbox/relay.ts';
import { Problem } from '../../problem.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { refusedTry } from './refused-try.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { knownFrom } from '../../devices/known-computer.ts';
import {
  isOwnMailbox,
  judgeEmailCode,
  type EmailCodeVerdict,
  type IsCode,
} from '../../factors/email-code.ts';
import { maskAddress } from '../../text/mailbox.ts';
import { faultOfSwitchingOff, switchedOffTold, withoutEmailMfa } from '../factors/email-codes.ts';
import { trySetUpCode } from '../factors/try-set-up-code.ts';
import type { FactorId } from '../../records/factor-id.ts';
import { sixDigits } from '../../factors/totp.ts';
import type { Subject } from '../../policy/assurance.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { openCheck } from './address-check.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import { compareAddressCode, type AtAccount } from './secondary-address.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';

export interface AddressChangeParts {
  notices: Notices;
  store: Store;
  vault: Vault;
  relay: Pick<Relay, 'soon' | 'refuse'>;
}

export const verifyAddressInput = z.object({ code: z.string().max(64, 'too-long').default('') });

/** `epoch`: the one that the present session goes on under. */
export interface AddressVerified {
  address: string;
  epoch: number;
}

/**
 * The code from the mail makes the address the person's secondary one. A try is taken before it is
 * checked, from the counter of codes by mail; it clears no failures, as the address is a new one. Where
 * it replaces a verified address, codes and links that went there end with the epoch. Problems:
 * `six-digits-format`, and those of a code that is not accepted.
 */
export function verifyAddress(
  parts: AddressChangeParts,
  performed: Performed,
  at: AtAccount,
  { code: typed }: z.output<typeof verifyAddressInput>,
): Promise<Result<AddressVerified>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'address.verify');
    may({ person: at.person });
    const code = sixDigits(typed);
    if (code === undefined) throw new Problem('six-digits-format');
    const verified = await tryCode(parts, performed, at, code);
    parts.relay.soon(personCollection, at.person.id);
    return verified;
  });
}

async function tryCode(
  parts: AddressChangeParts,
  performed: Performed,
  at: AtAccount,
  code: string,
): Promise<AddressVerified> {
  const { person, browser } = at;
  const level = await knownFrom(parts, person.id, browser);
  const counted = { person: person.id, known: level && browser, level };
  const isCode = compareAddressCode(parts.vault, at, code);
  const tried = await trySetUpCode(parts, performed, person, {
    factor: 'email-code',
    counted,
    compare: () => spend(parts, at, isCode, performed),
  });
  if (!tried.accepted) throw refusedTry(tried.refused[0] ?? { verdict: 'wrong' });
  const { address, epoch } = tried.accepted;
  return { address, epoch };
}

type Judged = Exclude<EmailCodeVerdict, { verdict: 'accepted' }> | Accepted;
type Accepted = { verdict: 'accepted'; address: string; epoch: number };

/** Of many at once, one is accepted: the check goes with the write. */
async function spend(
  parts: AddressChangeParts,
  { person, browser }: AtAccount,
  isCode: IsCode,
  performed: Performed,
): Promise<Judged> {
  const address = openCheck(person)?.address ?? '';
  const messages = await verifiedTold(parts, person, address, performed);
  return changePerson<Judged>(parts.store, person.id, (current) => {
    const { secondaryEmail: before } = current;
    const check = openCheck(current);
    const isOpen = check?.browser === browser && check.address === address;
    if (current.epoch !== person.epoch || !isOpen || isOwnMailbox(current, address))
      return { result: { verdict: 'wrong' } };
    const { verdict } = judgeEmailCode(check.codes, isCode, performed.now);
    if (verdict.verdict !== 'accepted') return { result: verdict };
    const replaces = before?.verifiedAt && before.address !== address;
    const ended = endedBy(current, replaces ? 'address-replaced' : 'address-added');
    const secondaryEmail = { address, verifiedAt: performed.now };
    const set = {
      secondaryEmail,
      addressCheck: null,
      ...ended,
      ...withMessages(current, ...messages),
    };
    return { set, result: { ...verdict, epoch: ended.epoch } };
  });
}

async function verifiedTold(
  parts: AddressChangeParts,
  person: Person,
  address: string,
  performed: Performed,
): Promise<OutboxMessage[]> {
  const before = person.secondaryEmail?.verifiedAt ? person.secondaryEmail.address : undefined;
  const replaced = before !== undefined && before !== address;
  const what = replaced ? 'replaced' : 'added';
  const event = eventAbout(person, performed, { type: 'address.verified', details: { replaced } });
  const told = await mailsTo(parts, person, performed, what, [before, address]);
  return [event, ...told];
}

/** To the mailbox, and to those addresses: what happened must not be hidden from either. */
async function mailsTo(
  parts: AddressChangeParts,
  person: Person,
  performed: Performed,
  what: 'added' | 'replaced' | 'removed',
  addresses: readonly (string | undefined)[],
): Promise<OutboxMessage[]> {
  const named = [...new Set(addresses.filter((one) => one !== undefined))];
  const values = { what, masked: maskAddress(named.at(-1) ?? '') };
  const mails = [undefined, ...named].map((to) =>
    parts.notices.about(person, performed, {
      template: 'address-changed',
      values,
      ...(to === undefined ? {} : { to }),
    }),
  );
  return (await Promise.all(mails)).flat();
}

/**
 * `epoch`: the one that the present session goes on under. Problems: `factor-required`, while it is the
 * only thing that a required second factor rests on; `changed-meanwhile`.
 */
export function removeAddress(
  parts: AddressChangeParts & { available: readonly FactorId[] },
  performed: Performed,
  who: Subject,
): Promise<Result<{ epoch: number }>> {
  return resultOf(async () => {
    const { person } = who;
    const may = await permission(parts.store, performed, 'address.remove');
    may({ person });
    const fault = faultOfSwitchingOff(who, parts.available, performed.now);
    if (fault) throw new Problem(fault, { status: 409 });
    const before = person.secondaryEmail?.address;
    if (before === undefined) return { epoch: person.epoch };
    const messages = await removedTold(parts, performed, person, before);
    return changeAsRead(parts, may, person, {
      cause: 'address-removed',
      messages,
      fields: (current) => ({
        secondaryEmail: null,
        addressCheck: null,
        ...(current.emailMfaSince === null ? {} : withoutEmailMfa(current, performed.now)),
      }),
    });
  });
}

async function removedTold(
  parts: AddressChangeParts,
  performed: Performed,
  person: Person,
  address: string,
): Promise<OutboxMessage[]> {
  return [
    eventAbout(person, performed, { type: 'address.removed' }),
    ...(await mailsTo(parts, person, performed, 'removed', [address])),
    ...(person.emailMfaSince === null ? [] : await switchedOffTold(parts, person, performed)),
  ];
}
