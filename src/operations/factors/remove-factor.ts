/** Taking one authenticator, passkey … away. Nobody who must have a second factor is left without one. */
import { found } from '../found.ts';
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { forgetFactors } from '../../factors/forget-factors.ts';
import type { Subject } from '../../policy/assurance.ts';
import { findFactor, isLastFactor, withoutFactor } from '../../policy/enrolled-factors.ts';
import { Problem } from '../../problem.ts';
import { FACTOR_IDS, type FactorId } from '../../records/factor-id.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { permission } from '../permission.ts';
import { changeAsRead } from '../account/change-as-read.ts';
import { changeTold, type AccountChangeParts } from '../account/account-changed.ts';

export const removeFactorInput = z.object({ factor: z.enum(FACTOR_IDS), id: z.string() });

export interface RemoveFactorParts extends AccountChangeParts {
  vault: Vault;
  /** Factors that this installation can check. */
  available: readonly FactorId[];
}

/**
 * `who`: as read; answers the epoch that the present session goes on under. Problems: `not-found` (404),
 * `last-factor` (409: without it two-step authentication would be off, which is another act),
 * `changed-meanwhile` (409).
 */
export function removeFactor(
  parts: RemoveFactorParts,
  performed: Performed,
  who: Subject,
  one: z.infer<typeof removeFactorInput>,
): Promise<Result<{ epoch: number }>> {
  const { person } = who;
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'factor.remove');
    may({ person });
    const item = found(findFactor(person, one));
    if (isLastFactor(who, one, parts.available)) throw new Problem('last-factor', { status: 409 });
    const messages = await changeTold(parts, performed, person, {
      event: { type: 'factor.removed', details: { factor: one.factor } },
      values: { what: `${one.factor}-removed`, name: item.name },
    });
    const taken = await changeAsRead(parts, may, person, {
      cause: 'factor-removed',
      messages,
      fields: (current) => findFactor(current, one) && withoutFactor(current, one, performed.now),
    });
    await forgetFactors(parts, [{ factor: one.factor, items: [item] }]);
    return taken;
  });
}
