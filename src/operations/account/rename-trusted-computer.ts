/** Another name for a trusted computer: two of the same browser look alike. */
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { trustedComputerCollection, type TrustedComputer } from '../../devices/trusted-computer.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import type { Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { changeTold } from './account-changed.ts';
import type { RevokeTrustParts } from './trusted-computers.ts';

/** `before`: the name that it had where the new one was given. */
export const renameTrustedComputerInput = z.object({
  id: z.string(),
  name: z.string().max(60).trim().min(1, 'required'),
  before: z.string(),
});

/**
 * What the trust rests on stays as it is, and its use meanwhile is kept. Problem `changed-meanwhile` (409):
 * it is not one of this person's, no longer trusted, or has got another name.
 */
export function renameTrustedComputer(
  parts: RevokeTrustParts,
  performed: Performed,
  person: Person,
  { id, name, before }: z.output<typeof renameTrustedComputerInput>,
): Promise<Result<{ name: string }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'device.rename');
    may({ person });
    const messages = await changeTold(parts, performed, person, {
      event: { type: 'computer.renamed' },
      values: { what: 'computer-renamed', name },
    });
    const renamed = await parts.store.update(
      trustedComputerCollection,
      id,
      (computer): Change<TrustedComputer, boolean> => {
        const isAsRead = computer?.person === person.id && computer.name === before;
        if (!isAsRead || computer.gone) return { result: false };
        return {
          put: { ...computer, name, ...withMessages(computer, ...messages) },
          result: true,
        };
      },
    );
    if (!renamed) throw new Problem('changed-meanwhile', { status: 409 });
    parts.relay.soon(trustedComputerCollection, id);
    return { name };
  });
}
