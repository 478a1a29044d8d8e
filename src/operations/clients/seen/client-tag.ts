/** What was shown of a client, so that a change says what it was made from: nobody's is lost unseen. */
import type { ClientRecord } from '../../../records/client.ts';
import { checkSeen as check, tagOf } from '../../as-seen.ts';

export type TaggedField = keyof ClientRecord;

/** Of those fields, whatever their order. */
export function clientTag(client: ClientRecord, fields: readonly TaggedField[]): string {
  return tagOf(client, fields);
}

/** Problem `changed-meanwhile`: they are no longer what was shown. `seen` undefined: nobody has looked. */
export function checkSeen(
  client: ClientRecord,
  fields: readonly TaggedField[],
  seen: string | undefined,
): void {
  check(client, seen === undefined ? undefined : { fields, tag: seen });
}
