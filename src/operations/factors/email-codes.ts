/**
 * Codes by mail as a second factor: switched on and off by their owner, and barred for a while after
 * the password was set by a link to the same address. Pure rules first, then the writes.
 */
import { changePerson, personCollection, type People, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import type { Relay } from '../../outbox/relay.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { allowedFactors, mayEnrol, type Subject } from '../../policy/assurance.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import type { CodeNotice } from '../../factors/code-notice.ts';
import { isOwnMailbox, maskAddress } from '../../factors/email-code.ts';
import { activateFactor } from './enrolment.ts';
import type { FactorId } from '../../records/factor-id.ts';
import { isLastFactor, withoutFactor } from '../../policy/enrolled-factors.ts';
import { FACTORS } from '../../policy/factors.ts';
import { isRequiredNow } from './removal.ts';

export interface EmailMfaParts {
  notices: Notices;
  store: Store;
  vault: Vault;
  relay: Pick<Relay, 'soon'>;
  /** Factors that this installation can check. */
  available: readonly FactorId[];
}

export type EmailMfaSwitched =
  /** `epoch`: the one that the present session goes on under; `newCodes`: one-time codes were made with it. */
  { switched: true; epoch: number; newCodes: boolean } | { switched: false; problem: CodeNotice };

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

/** The caller has asked for a fresh proof (DESIGN 7.3). */
export async function switchEmailMfa(
  parts: EmailMfaParts,
  who: Subject,
  on: boolean,
  performed: Performed,
): Promise<EmailMfaSwitched> {
  const { available } = parts;
  const { person } = who;
  const fault = on
    ? faultOfSwitchingOn(who, available)
    : faultOfSwitchingOff(who, available, performed.now);
  if (fault) return refused(fault);
  // Pressed again, or in another tab.
  if ((person.emailMfaSince !== null) === on)
    return { switched: true, epoch: person.epoch, newCodes: false };
  const made = on
    ? await switchOn(parts, person, performed)
    : await switchOff(parts, person, performed);
  if (!made) return refused('changed-elsewhere');
  parts.relay.soon(personCollection, person.id);
  return { switched: true, epoch: person.epoch + 1, ...made };
}

const refused = (code: string): EmailMfaSwitched => ({
  switched: false,
  problem: { code, values: {} },
});

async function switchOn(
  parts: EmailMfaParts,
  person: Person,
  performed: Performed,
): Promise<{ newCodes: boolean } | undefined> {
  const factor = 'email-code';
  const messages = [
    eventAbout(person, performed, { type: 'factor.enrolled', details: { factor } }),
    ...(await parts.notices.about(person, performed, {
      template: 'factor-enrolled',
      values: { factor },
    })),
  ];
  const change = (current: Person): Partial<Person> | undefined =>
    isAsRead(current, person) ? { emailMfaSince: performed.now } : undefined;
  return activateFactor(parts, person.id, change, messages, performed.now, 'email-codes-on');
}

async function switchOff(
  parts: EmailMfaParts,
  person: Person,
  performed: Performed,
): Promise<{ newCodes: boolean } | undefined> {
  const messages = await switchedOffTold(parts, person, performed);
  return changePerson(parts.store, person.id, (current) =>
    isAsRead(current, person)
      ? {
          set: {
            ...withoutEmailMfa(current, performed.now),
            ...endedBy(current, 'email-codes-off'),
            ...withMessages(current, ...messages),
          },
          result: { newCodes: false },
        }
      : { result: undefined },
  );
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

/** Nothing that the rules looked at has changed since: whatever matters raises the epoch. */
function isAsRead(current: Person, read: Person): boolean {
  return current.epoch === read.epoch && current.active;
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
