/** Setting a password by a one-time link, and changing it with the present one. Both end everything that was issued. */
import type { Relay } from '../../outbox/relay.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Config } from '../../config/schema.ts';
import { isKnown } from '../../devices/known-computer.ts';
import {
  PASSWORD_RULE,
  forgiveAttempts,
  passwordCounter,
  takeAttempt,
} from '../../throttling/attempts.ts';
import { refusalNotice, type CodeNotice } from '../../factors/code-notice.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { Problem } from '../../problem.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { spendLink, type PasswordLink } from '../../records/link.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Passwords } from '../../factors/password.ts';
import { isSamePassword } from '../../factors/password-rules.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';

export interface ChangePasswordParts {
  notices: Notices;
  store: Store;
  vault: Vault;
  config: Pick<Config, 'passwords'>;
  passwords: Passwords;
  relay: Pick<Relay, 'soon' | 'refuse'>;
}

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters where the password stands alone, 8 with a second factor. */
export function shortestPassword({ passwords }: Pick<Config, 'passwords'>, person: Person): number {
  return isEnrolled(person) ? passwords.min_length_with_mfa : passwords.min_length;
}

/**
 * Sets the password and ends the link, in one conditional write of the person: of two uses at once,
 * one is accepted. Problems: `link-spent`, and those that name what is wrong with the password.
 */
export async function setPasswordByLink(
  parts: ChangePasswordParts,
  shown: { token: string; link: PasswordLink; person: Person },
  password: string,
  performed: Performed,
): Promise<void> {
  const { token, link, person } = shown;
  const by = link.mailedTo ?? 'operator';
  const passwordHash = await checkedHash(parts, person, password);
  const messages = [
    eventAbout(person, performed, { type: 'password.set', details: { link: by } }),
    ...(await parts.notices.about(person, performed, { template: 'password-set' })),
  ];
  await changePerson(parts.store, person.id, (current) => {
    if (current.epoch !== link.epoch || !current.active)
      throw new Problem('link-spent', { status: 410 });
    const emailBarredSince = barredAfter(current, link, performed.now);
    const cause = link.mailedTo === undefined ? 'password-set' : 'password-reset';
    const set = { passwordHash, emailBarredSince, ...endedBy(current, cause) };
    return { set: { ...set, ...withMessages(current, ...messages) }, result: undefined };
  });
  parts.relay.soon(personCollection, person.id);
  // The write above has settled it: somebody else may have marked the link already.
  await spendLink(parts, token).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
  });
}

/**
 * Link and code in one mailbox would be one factor: after a link to the secondary address its codes
 * prove nothing until another factor was proven. A link by the mailbox changes nothing in that; one
 * that the operator hands over ends it, as no mailbox set this password.
 */
export function barredAfter(
  { emailBarredSince }: Pick<Person, 'emailBarredSince'>,
  { mailedTo }: Pick<PasswordLink, 'mailedTo'>,
  now: number,
): number | null {
  if (mailedTo === undefined) return null;
  return mailedTo === 'secondary' ? (emailBarredSince ?? now) : emailBarredSince;
}

export type PasswordChange =
  /** `epoch`: the one that the present session goes on under. */
  | { changed: true; epoch: number }
  /** `field`: which of the two it is about; null: the account was changed elsewhere meanwhile. */
  | { changed: false; field: 'present' | 'wanted' | null; problem: CodeNotice };

/** `browser`: the hash of the browser's own secret. A try at the present password is taken before it is checked. */
export async function changePassword(
  parts: ChangePasswordParts,
  { person, browser }: { person: Person; browser: string },
  { present, wanted }: { present: string; wanted: string },
  performed: Performed,
): Promise<PasswordChange> {
  const { store, passwords, relay } = parts;
  const known = (await isKnown(parts, person.id, browser)) ? browser : undefined;
  const counter = passwordCounter({ person: person.id, known });
  const taken = await takeAttempt(store, counter, PASSWORD_RULE, performed.now);
  if (!taken.taken) return refused('present', refusalNotice(taken));
  if (!(await passwords.matches(present, person.passwordHash))) {
    const about = { type: 'password.changed', outcome: 'refused' } as const;
    const reasons = ['wrong-password'];
    await relay.refuse(eventAbout(person, performed, { ...about, reasons }).event);
    return refused('present', { code: 'password-present', values: {} });
  }
  await forgiveAttempts(store, counter, PASSWORD_RULE, taken.failures, performed.now);
  const checked = await checkWanted(parts, person, { present, wanted });
  if ('code' in checked) return refused('wanted', checked);
  const epoch = await write(
    parts,
    person,
    checked.hash,
    await changeTold(parts, person, performed),
  );
  return epoch === undefined
    ? refused(null, { code: 'changed-elsewhere', values: {} })
    : { changed: true, epoch };
}

const refused = (
  field: 'present' | 'wanted' | null,
  { code, values }: CodeNotice,
): PasswordChange => ({ changed: false, field, problem: { code, values } });

async function checkWanted(
  parts: ChangePasswordParts,
  person: Person,
  { present, wanted }: { present: string; wanted: string },
): Promise<{ hash: string } | CodeNotice> {
  if (isSamePassword(present, wanted)) return { code: 'password-same', values: {} };
  try {
    return { hash: await checkedHash(parts, person, wanted) };
  } catch (error) {
    if (error instanceof Problem && error.code.startsWith('password-')) return error;
    throw error;
  }
}

async function changeTold(
  parts: ChangePasswordParts,
  person: Person,
  performed: Performed,
): Promise<OutboxMessage[]> {
  return [
    eventAbout(person, performed, { type: 'password.changed' }),
    ...(await parts.notices.about(person, performed, { template: 'password-changed' })),
  ];
}

/** The new epoch; undefined when the person was changed since they were read. */
async function write(
  { store, relay }: ChangePasswordParts,
  person: Person,
  passwordHash: string,
  messages: readonly OutboxMessage[],
): Promise<number | undefined> {
  const epoch = await changePerson(store, person.id, (current) => {
    if (current.epoch !== person.epoch || !current.active) return { result: undefined };
    const ended = endedBy(current, 'password-changed');
    const set = { passwordHash, ...ended, ...withMessages(current, ...messages) };
    return { set, result: ended.epoch };
  });
  if (epoch !== undefined) relay.soon(personCollection, person.id);
  return epoch;
}

async function checkedHash(
  { store, config, passwords }: ChangePasswordParts,
  person: Person,
  password: string,
): Promise<string> {
  const organisation = await getOrganisation(store, person.organisation);
  const known = [person.login, person.email, person.name, organisation?.name ?? ''];
  passwords.check(password, { minimum: shortestPassword(config, person), known });
  return passwords.hash(password);
}
