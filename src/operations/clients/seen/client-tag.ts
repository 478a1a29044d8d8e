/** What was shown of a client, so that a change says what it was made from: nobody's is lost unseen. */
import { createHash } from 'node:crypto';
import { Problem } from '../../../problem.ts';
import type { ClientRecord } from '../../../records/client.ts';

export type TaggedField = keyof ClientRecord;

/** Of those fields, whatever their order. */
export function clientTag(client: ClientRecord, fields: readonly TaggedField[]): string {
  const shown = fields.toSorted().map((name) => [name, client[name] ?? null]);
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url');
}

/** Problem `changed-meanwhile`: they are no longer what was shown. `seen` undefined: nobody has looked. */
export function checkSeen(
  client: ClientRecord,
  fields: readonly TaggedField[],
  seen: string | undefined,
): void {
  if (seen !== undefined && seen !== clientTag(client, fields))
    throw new Problem('changed-meanwhile', { status: 409 });
}
