/** Setting a password by a one-time link. It signs nobody in, and ends everything that was issued. */
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { withMessages } from '../../outbox/message.ts';
import { isActive } from '../../policy/assurance.ts';
import type { Relay } from '../../outbox/relay.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import { Problem, refuseFaults } from '../../problem.ts';
import { spendLink, type PasswordLink } from '../../records/link.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import {
  newPasswordFaults,
  typedPassword,
  type NewPassword,
  type NewPasswordParts,
} from './new-password.ts';

export interface SetPasswordParts extends NewPasswordParts {
  notices: Notices;
  store: Store;
  vault: Vault;
  relay: Pick<Relay, 'soon'>;
}

export const setPasswordInput = z.object({
  password: typedPassword,
  password_repeat: typedPassword,
});

/** A link that is good (`readLink`), and whose it is. */
export interface ShownLink {
  token: string;
  link: PasswordLink;
  person: Person;
}

/**
 * Sets the password and ends the link, in one conditional write of the person: of two uses at once,
 * one is accepted. Problems: `link-spent`, and what is wrong with the fields (`newPasswordFaults`).
 */
export function setPasswordByLink(
  parts: SetPasswordParts,
  performed: Performed,
  { token, link, person }: ShownLink,
  given: NewPassword,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'password.set-by-link');
    refuseFaults({ ...(await newPasswordFaults(parts, person, given)) });
    const passwordHash = await parts.passwords.hash(given.password, person.id);
    const details = { link: link.mailedTo ?? 'operator' };
    const messages = [
      eventAbout(person, performed, { type: 'password.set', details }),
      ...(await parts.notices.about(person, performed, { template: 'password-set' })),
    ];
    await changePerson(parts.store, person.id, (current) => {
      may({ person: current });
      const maySet = isActive(current, performed.now) && !current.service;
      if (current.epoch !== link.epoch || !maySet) throw new Problem('link-spent', { status: 410 });
      const emailBarredSince = barredAfter(current, link, performed.now);
      const cause = link.mailedTo === undefined ? 'password-set' : 'password-reset';
      const readsIn = performed.language;
      const proven = link.mailbox === undefined ? {} : { provenEmail: link.mailbox };
      const set = { passwordHash, emailBarredSince, readsIn, ...proven };
      const told = { ...endedBy(current, cause), ...withMessages(current, ...messages) };
      return { set: { ...set, ...told }, result: undefined };
    });
    parts.relay.soon(personCollection, person.id);
    // The write above has settled it: somebody else may have marked the link already.
    await spendLink(parts, token).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
    });
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
