/**
 * Rules of codes by mail as a second factor: when they can be switched on and off, and the bar for a
 * while after the password was set by a link to the same address.
 */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { isOwnMailbox } from '../../factors/email-code.ts';
import { maskAddress } from '../../text/mailbox.ts';
import type { Notices } from '../../mail/notices.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import { allowedFactors, mayEnrol, type Subject, isRequiredNow } from '../../policy/assurance.ts';
import { isLastFactor, withoutFactor } from '../../policy/enrolled-factors.ts';
import { FACTORS } from '../../policy/factors.ts';
import type { FactorId } from '../../records/factor-id.ts';
import { changePerson, type People, type Person } from '../../records/person.ts';

const EMAIL_CODES = { factor: 'email-code', id: null } as const;

/** Why codes by mail can't be switched on; undefined: they can. */
export function faultOfSwitchingOn(
  who: Subject,
  available: readonly FactorId[],
): 'email-unverified' | 'email-own-mailbox' | 'email-mfa-not-allowed' | undefined {
  const { person } = who;
  const { secondaryEmail: second } = person;
  if (!second?.verifiedAt) return 'email-unverified';
  if (isOwnMailbox(person, second.address)) return 'email-own-mailbox';
  // After a reset nothing is set up without the administrator's code, which the sign-in asks for.
  const isOpen = mayEnrol(who) && person.enrolmentCode === null;
  return isOpen && allowedFactors(who, available).includes('email-code')
    ? undefined
    : 'email-mfa-not-allowed';
}

/** Why they can't be switched off (nor the address be removed); undefined: they can. */
export function faultOfSwitchingOff(
  who: Subject,
  available: readonly FactorId[],
  now: number,
): 'factor-required' | undefined {
  if (who.person.emailMfaSince === null || !isRequiredNow(who, now)) return undefined;
  return isLastFactor(who, EMAIL_CODES, available) ? 'factor-required' : undefined;
}

/** The fields without codes by mail. */
export function withoutEmailMfa(person: Person, now: number): Partial<Person> {
  return withoutFactor(person, EMAIL_CODES, now);
}

export async function switchedOffTold(
  parts: { notices: Notices },
  person: Person,
  performed: Performed,
): Promise<OutboxMessage[]> {
  const masked = maskAddress(person.secondaryEmail?.address ?? '');
  const details = { factor: 'email-code' };
  return [
    eventAbout(person, performed, { type: 'factor.removed', details }),
    ...(await parts.notices.about(person, performed, {
      template: 'email-mfa-off',
      values: { masked },
    })),
  ];
}

/** After the proof of another factor, codes by mail count again. */
export async function liftBar(store: People, person: Person, proven: FactorId): Promise<void> {
  if (person.emailBarredSince === null || FACTORS[proven].isSuspended(person)) return;
  await changePerson(store, person.id, (current) =>
    current.epoch === person.epoch
      ? { set: { emailBarredSince: null }, result: undefined }
      : { result: undefined },
  );
}
