/** Codes by mail as a second factor, switched on and off by their owner. */
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import type { Subject } from '../../policy/assurance.ts';
import { Problem } from '../../problem.ts';
import type { FactorId } from '../../records/factor-id.ts';
import { resultOf, valueOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { activateFactor, type Activated, type ActivationParts } from './activate-factor.ts';
import {
  faultOfSwitchingOff,
  faultOfSwitchingOn,
  switchedOffTold,
  withoutEmailMfa,
} from './email-codes.ts';
import { changeAsRead } from '../account/change-as-read.ts';

export const switchEmailCodesInput = z.object({ on: z.boolean() });

export interface SwitchEmailCodesParts extends ActivationParts {
  /** Factors that this installation can check. */
  available: readonly FactorId[];
}

/**
 * `who`: as read; answers the epoch that the present session goes on under. Problems: `email-unverified`,
 * `email-own-mailbox`, `email-mfa-not-allowed`, `factor-required`, `changed-meanwhile`.
 */
export function switchEmailCodes(
  parts: SwitchEmailCodesParts,
  performed: Performed,
  who: Subject,
  { on }: z.infer<typeof switchEmailCodesInput>,
): Promise<Result<Activated>> {
  const { person } = who;
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'email-codes.switch');
    // Before anything is told of them, such as that they are on already.
    may({ person });
    const fault = on
      ? faultOfSwitchingOn(who, parts.available)
      : faultOfSwitchingOff(who, parts.available, performed.now);
    if (fault) throw new Problem(fault);
    // Pressed again, or in another tab.
    if ((person.emailMfaSince !== null) === on) return { epoch: person.epoch, newCodes: false };
    if (on) return switchOn(parts, performed, who);
    const { epoch } = await changeAsRead(parts, may, person, {
      cause: 'email-codes-off',
      messages: await switchedOffTold(parts, person, performed),
      fields: (current) => withoutEmailMfa(current, performed.now),
    });
    return { epoch, newCodes: false };
  });
}

async function switchOn(
  parts: SwitchEmailCodesParts,
  performed: Performed,
  { person }: Subject,
): Promise<Activated> {
  const activation = {
    factor: 'email-code',
    fields: () => ({ emailMfaSince: performed.now }),
    cause: 'email-codes-on',
    operation: 'email-codes.switch',
  } as const;
  return valueOf(await activateFactor(parts, performed, person, activation));
}
