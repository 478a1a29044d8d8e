/** Switching two-step authentication off: every factor goes, the one-time codes too; the address stays. */
import type { Performed } from '../../audit/performed.ts';
import { forgetFactors } from '../../factors/forget-factors.ts';
import { type Subject, isRequiredNow } from '../../policy/assurance.ts';
import { listFactors, withoutFactors } from '../../policy/enrolled-factors.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { Problem } from '../../problem.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import type { RemoveFactorParts } from './remove-factor.ts';
import { changeAsRead } from '../account/change-as-read.ts';
import { changeTold } from '../account/account-changed.ts';

/** Is there anything to switch off, and is it not required? */
export function mayDisableMfa(who: Subject, now: number): boolean {
  return isEnrolled(who.person) && !isRequiredNow(who, now);
}

/**
 * `who`: as read; answers the epoch that the present session goes on under. Problems: `not-found` (404:
 * there is nothing that could be switched off), `changed-meanwhile` (409).
 */
export function disableMfa(
  parts: Omit<RemoveFactorParts, 'available'>,
  performed: Performed,
  who: Subject,
): Promise<Result<{ epoch: number }>> {
  const { person } = who;
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'mfa.disable');
    may({ person });
    if (!mayDisableMfa(who, performed.now)) throw new Problem('not-found', { status: 404 });
    const messages = await changeTold(parts, performed, person, {
      event: { type: 'mfa.disabled' },
      values: { what: 'mfa-disabled', name: '' },
    });
    const taken = await changeAsRead(parts, may, person, {
      cause: 'mfa-disabled',
      messages,
      fields: (current) => withoutFactors(current, performed.now),
    });
    await forgetFactors(parts, listFactors(person));
    return taken;
  });
}
