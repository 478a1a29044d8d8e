/** A new set of one-time codes: the old one dies with it. */
import { changeAsRead } from '../account/change-as-read.ts';
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { newOneTimeCodes } from '../../factors/one-time-codes.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { Problem } from '../../problem.ts';
import { type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { permission } from '../permission.ts';
import type { AccountChangeParts } from '../account/account-changed.ts';

/** `set`: id of the one that it replaces; empty: there is none. Of two tabs, one wins. */
export const replaceOneTimeCodesInput = z.object({ set: z.string().max(40) });

/** Problems: `not-found` (404: no second factor that they would come along with), `changed-meanwhile` (409). */
export function replaceOneTimeCodes(
  parts: AccountChangeParts & { vault: Vault },
  performed: Performed,
  person: Person,
  { set: replaced }: z.infer<typeof replaceOneTimeCodesInput>,
): Promise<Result<{ id: string }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'one-time-codes.replace');
    may({ person, organisation: person.organisation });
    if (!isEnrolled(person)) throw new Problem('not-found', { status: 404 });
    const { set } = await newOneTimeCodes(parts.vault, performed.now);
    const mail = { template: 'one-time-codes-made' } as const;
    const messages = [
      eventAbout(person, performed, { type: 'one-time-codes.made' }),
      ...(await parts.notices.about(person, performed, mail)),
    ];
    await changeAsRead(parts, may, person, {
      cause: 'one-time-codes-made',
      messages,
      fields: ({ oneTimeCodes }) =>
        (oneTimeCodes?.id ?? '') === replaced ? { oneTimeCodes: set } : undefined,
    });
    return { id: set.id };
  });
}
