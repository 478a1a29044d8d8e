/**
 * Taking factors away: one conditional write on the epoch that was read, which raises it, so that
 * sessions and trusted computers that rested on them end. Nobody who must have a second factor is
 * left without one. Pure rules first, then the writes.
 */
import { changePerson, type People, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { allowedFactors, requiredFrom, type Subject } from '../../policy/assurance.ts';
import type { PersonCause } from '../../policy/revocation.ts';
import type { FactorId } from '../../records/factor-id.ts';
import { FACTORS, enrolledFactors } from '../../policy/factors.ts';
import { retire } from './totp-enrolment.ts';

/** One of the person's authenticators or passkeys. */
export interface OneFactor {
  factor: 'totp' | 'passkey';
  id: string;
}

export type Removed = { verdict: 'removed'; epoch: number } | { verdict: 'changed' };

/** Does somebody have to have a second factor now, so that it can't be switched off? */
export function isRequiredNow(who: Subject, now: number): boolean {
  const from = requiredFrom(who);
  return from !== undefined && from <= now;
}

/** Is it the last one by which the person could sign in? Without it, two-step authentication is off. */
export function isLastFactor(
  who: Subject,
  one: OneFactor,
  available: readonly FactorId[],
): boolean {
  const rest = { ...who.person, ...without(who.person, one, 0) };
  const allowed = allowedFactors(who, available);
  return !enrolledFactors(rest).some((id) => !FACTORS[id].secondaryOnly && allowed.includes(id));
}

/** Whether the person has it. */
export function hasFactor(person: Person, { factor, id }: OneFactor): boolean {
  const list = factor === 'totp' ? person.authenticators : person.passkeys;
  return list.some((each) => each.id === id);
}

function without(person: Person, { factor, id }: OneFactor, now: number): Partial<Person> {
  if (factor === 'passkey') return { passkeys: person.passkeys.filter((each) => each.id !== id) };
  const gone = person.authenticators.find((each) => each.id === id);
  return {
    authenticators: person.authenticators.filter((each) => each.id !== id),
    ...(gone ? { retiredAuthenticators: retire(person.retiredAuthenticators, gone, now) } : {}),
  };
}

/** `changed`: the person is not as they were read any more. The caller has looked at `isLastFactor`. */
export async function removeFactor(
  store: People,
  read: Pick<Person, 'id' | 'epoch'>,
  one: OneFactor,
  messages: readonly OutboxMessage[],
  now: number,
): Promise<Removed> {
  return take(store, read, 'factor-removed', messages, (person) =>
    hasFactor(person, one) ? without(person, one, now) : undefined,
  );
}

/** Switches two-step authentication off: every factor goes, the one-time codes too; the address stays. */
export async function removeEveryFactor(
  store: People,
  read: Pick<Person, 'id' | 'epoch'>,
  messages: readonly OutboxMessage[],
  now: number,
): Promise<Removed> {
  return take(store, read, 'mfa-disabled', messages, (person) => ({
    authenticators: [],
    retiredAuthenticators: person.authenticators.reduce(
      (retired, gone) => retire(retired, gone, now),
      person.retiredAuthenticators,
    ),
    passkeys: [],
    emailMfaSince: null,
    oneTimeCodes: null,
  }));
}

async function take(
  store: People,
  { id, epoch }: Pick<Person, 'id' | 'epoch'>,
  cause: PersonCause,
  messages: readonly OutboxMessage[],
  fields: (person: Person) => Partial<Person> | undefined,
): Promise<Removed> {
  return changePerson<Removed>(store, id, (person) => {
    const set = person.epoch === epoch && person.active ? fields(person) : undefined;
    if (!set) return { result: { verdict: 'changed' } };
    const ended = endedBy(person, cause);
    return {
      set: { ...set, ...ended, ...withMessages(person, ...messages) },
      result: { verdict: 'removed', epoch: ended.epoch },
    };
  });
}

/** Gives an authenticator or passkey another name. `false`: it is gone, or has got another name meanwhile. */
export async function renameFactor(
  store: People,
  person: string,
  one: OneFactor,
  names: { before: string; after: string },
  messages: readonly OutboxMessage[],
): Promise<boolean> {
  return changePerson(store, person, (current) => {
    const list = one.factor === 'totp' ? current.authenticators : current.passkeys;
    const found = list.find(({ id }) => id === one.id);
    if (!found || (found.name ?? '') !== names.before) return { result: false };
    const renamed = list.map((each) => (each === found ? { ...each, name: names.after } : each));
    const set =
      one.factor === 'totp'
        ? { authenticators: renamed as Person['authenticators'] }
        : { passkeys: renamed as Person['passkeys'] };
    return { set: { ...set, ...withMessages(current, ...messages) }, result: true };
  });
}
