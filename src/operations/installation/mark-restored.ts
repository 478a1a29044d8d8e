import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { processCollection, reportedProcesses } from '../../records/keys/process.ts';
import { resultOf, valueOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { recordEvent } from './record-event.ts';
import { revokeEverything, type Revoked, type RevokeParts } from './revoke-everything.ts';

export const markRestoredInput = z.object({
  /** `revoke`: what was ended since the backup is not to come back to life. */
  choice: z.enum(['revoke', 'keep']),
  /** When the backup was made, milliseconds since the epoch; absent: nobody knows. */
  madeAt: z.number().optional(),
});

/**
 * For a store that was made from a backup, before it is in its place: that it was, and with what choice.
 * Answers what was ended; undefined: nothing, as that was the choice.
 */
export function markRestored(
  parts: RevokeParts,
  performed: Performed,
  { choice, madeAt }: z.output<typeof markRestoredInput>,
): Promise<Result<Revoked | undefined>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'installation.restore');
    may({});
    // Whoever served then does not serve this store, and nobody has to wait for them.
    for (const { id } of await reportedProcesses(parts.store))
      await parts.store.delete(processCollection, id);
    const details = { choice, ...(madeAt === undefined ? {} : { made_at: madeAt }) };
    const event = eventAbout(undefined, performed, { type: 'store.restored', details });
    await recordEvent(parts.store, event, parts.auditRetention);
    return choice === 'revoke' ? valueOf(await revokeEverything(parts, performed)) : undefined;
  });
}
