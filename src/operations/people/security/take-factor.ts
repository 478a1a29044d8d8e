/** Taking one authenticator, passkey … of somebody else away. */
import { eventAbout, type Performed } from '../../../audit/performed.ts';
import { forgetFactors } from '../../../factors/forget-factors.ts';
import { withOrganisation } from '../../../oidc/authorization/with-organisation.ts';
import { withMessages } from '../../../outbox/message.ts';
import { endedBy } from '../../../policy/revocation/ended-fields.ts';
import {
  findFactor,
  isLastFactor,
  withoutFactor,
  type OneFactor,
} from '../../../policy/enrolled-factors.ts';
import { Problem } from '../../../problem.ts';
import type { FactorId } from '../../../records/factor-id.ts';
import { resultOf, type Result } from '../../../result.ts';
import type { Vault } from '../../../secrets/vault.ts';
import { found } from '../../found.ts';
import { administer, noticeTo, readAdministered, type NoticeParts } from '../administer.ts';

export interface TakeFactorParts extends NoticeParts {
  vault: Vault;
  /** Factors that this installation can check. */
  available: readonly FactorId[];
}

/**
 * Answers its name. The last one is not taken by itself: `last-factor` (409), as whoever is left with a
 * password alone has to be handed a code, which a reset does. `id`: subject identifier. Problem `not-found`.
 */
export function takeFactor(
  parts: TakeFactorParts,
  performed: Performed,
  id: string,
  one: OneFactor,
): Promise<Result<{ name: string }>> {
  return resultOf(async () => {
    const { store, available } = parts;
    const read = await readAdministered(store, performed, 'person.remove-factor', id);
    const who = await withOrganisation(store, read);
    const name = findFactor(read, one)?.name ?? '';
    const mails = await noticeTo(parts, performed, id, 'account-changed', {
      what: `${one.factor}-removed`,
      name,
    });
    const item = await administer(parts, performed, 'person.remove-factor', id, (person) => {
      const taken = found(findFactor(person, one));
      if (isLastFactor({ ...who, person }, one, available))
        throw new Problem('last-factor', { status: 409 });
      const details = { factor: one.factor };
      const event = eventAbout(person, performed, { type: 'factor.removed', details });
      const set = {
        ...withoutFactor(person, one, performed.now),
        ...endedBy(person, 'factor-removed'),
        ...withMessages(person, event, ...mails(person)),
      };
      return { set, result: taken };
    });
    await forgetFactors(parts, [{ factor: one.factor, items: [item] }]);
    return { name: item.name };
  });
}
