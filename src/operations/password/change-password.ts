/** Changing the password with the present one. It ends everything that was issued but to the browser that asks. */
import { changeAsRead } from '../account/change-as-read.ts';
import { z } from 'zod';
import { isKnown } from '../../devices/known-computer.ts';
import { isSamePassword } from '../../factors/password-rules.ts';
import type { Notices } from '../../mail/notices.ts';
import type { Relay } from '../../outbox/relay.ts';
import { Problem, refuseFaults } from '../../problem.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { PASSWORD_RULE, passwordCounter } from '../../throttling/attempts.ts';
import { permission } from '../permission.ts';
import {
  newPasswordFaults,
  typedPassword,
  type NewPassword,
  type NewPasswordFaults,
  type NewPasswordParts,
} from './new-password.ts';
import { refusedTry } from '../account/refused-try.ts';
import type { AtAccount } from '../account/secondary-address.ts';
import { attempt } from '../../throttling/attempt.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';

export interface ChangePasswordParts extends NewPasswordParts {
  notices: Notices;
  store: Store;
  vault: Vault;
  relay: Pick<Relay, 'soon' | 'refuse'>;
}

/** `present`: the password as it is now; `password`: as it is to be. */
export const changePasswordInput = z.object({
  present: typedPassword,
  password: typedPassword,
  password_repeat: typedPassword,
});

/**
 * `epoch`: the one that the present session goes on under. Problems: `wait`; what is wrong with the
 * fields, all at once (`required`, `password-present`, `password-same`, and those of
 * `newPasswordFaults`); `changed-elsewhere`, when the person is another one than was read.
 */
export function changePassword(
  parts: ChangePasswordParts,
  performed: Performed,
  at: AtAccount,
  { present, ...given }: NewPassword & { present: string },
): Promise<Result<{ epoch: number }>> {
  return resultOf(async () => {
    const { person } = at;
    const may = await permission(parts.store, performed, 'password.change');
    may({ person });
    const fault = await presentFault(parts, performed, at, present);
    const known = fault ? undefined : present;
    refuseFaults({ present: fault, ...(await newFaults(parts, at, given, known)) });
    const passwordHash = await parts.passwords.hash(given.password, person.id);
    const messages = [
      eventAbout(person, performed, { type: 'password.changed' }),
      ...(await parts.notices.about(person, performed, { template: 'password-changed' })),
    ];
    return changeAsRead(parts, may, person, {
      cause: 'password-changed',
      messages,
      fields: () => ({ passwordHash }),
      problem: 'changed-elsewhere',
    });
  });
}

/** `present`: the password that was proven to be the present one. */
async function newFaults(
  parts: ChangePasswordParts,
  { person }: AtAccount,
  given: NewPassword,
  present: string | undefined,
): Promise<NewPasswordFaults> {
  const faults = await newPasswordFaults(parts, person, given);
  const isSame = present !== undefined && isSamePassword(present, given.password);
  return isSame ? { ...faults, password: new Problem('password-same') } : { ...faults };
}

/** A try is taken before it is checked. */
async function presentFault(
  parts: ChangePasswordParts,
  performed: Performed,
  { person, browser }: AtAccount,
  present: string,
): Promise<Problem | undefined> {
  if (present === '') return new Problem('required');
  const { store, passwords, relay } = parts;
  const known = (await isKnown(parts, person.id, browser)) ? browser : undefined;
  const counter = { id: passwordCounter({ person: person.id, known }), rule: PASSWORD_RULE };
  const compare = async () => {
    const matches = await passwords.matches(present, person.passwordHash, person.id);
    return { verdict: matches ? ('accepted' as const) : ('wrong' as const) };
  };
  const tries = [{ counters: [counter], compare, clears: [counter] }];
  const tried = await attempt(store, tries, performed.now, {
    async refused([why]) {
      if (!why || 'reason' in why) return;
      const about = { type: 'password.changed', outcome: 'refused' } as const;
      const reasons = ['wrong-password'];
      await relay.refuse(eventAbout(person, performed, { ...about, reasons }).event);
    },
  });
  if (tried.accepted) return undefined;
  const [why] = tried.refused;
  if (why && 'reason' in why) throw refusedTry(why);
  return new Problem('password-present');
}
