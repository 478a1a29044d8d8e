/** Another name for one of the things that a person can have several of: an authenticator, a passkey. */
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { findFactor } from '../../policy/enrolled-factors.ts';
import { FACTORS } from '../../policy/factors.ts';
import { Problem } from '../../problem.ts';
import { FACTOR_IDS } from '../../records/factor-id.ts';
import { changePerson, personCollection, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { changeTold, type AccountChangeParts } from '../account/account-changed.ts';

/** `before`: the name that it had where the new one was given. */
export const renameFactorInput = z.object({
  factor: z.enum(FACTOR_IDS),
  id: z.string(),
  name: z.string().max(60).trim().min(1, 'required'),
  before: z.string(),
});

/** Problem `changed-meanwhile` (409): it is gone, has no names, or has got another one. */
export function renameFactor(
  parts: AccountChangeParts,
  performed: Performed,
  person: Person,
  { factor, id, name, before }: z.infer<typeof renameFactorInput>,
): Promise<Result<{ name: string }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'factor.rename');
    const messages = await changeTold(parts, performed, person, {
      event: { type: 'factor.renamed', details: { factor } },
      values: { what: `${factor}-renamed`, name },
    });
    await changePerson(parts.store, person.id, (current) => {
      may({ person: current, organisation: current.organisation });
      const isAsRead = findFactor(current, { factor, id })?.name === before;
      const renamed = isAsRead && FACTORS[factor].renamed?.(current, id, name);
      if (!renamed) throw new Problem('changed-meanwhile', { status: 409 });
      return { set: { ...renamed, ...withMessages(current, ...messages) }, result: undefined };
    });
    parts.relay.soon(personCollection, person.id);
    return { name };
  });
}
