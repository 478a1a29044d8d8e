/** What somebody has looked at before they change it, compared inside the write: nobody's change is lost unseen. Pure. */
import { createHash } from 'node:crypto';
import { Problem } from '../problem.ts';

/** Fields of a record as they were when somebody looked at them. */
export interface Seen {
  fields: readonly string[];
  /** Of those (`tagOf`). */
  tag: string;
}

/** Of those fields, whatever their order; one that is absent is as one that is null. */
export function tagOf(record: object, fields: readonly string[]): string {
  const all = record as Readonly<Record<string, unknown>>;
  const shown = fields.toSorted().map((name) => [name, all[name] ?? null]);
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url');
}

export function isAsSeen(record: object, { fields, tag }: Seen): boolean {
  return tag === tagOf(record, fields);
}

/** Problem `changed-meanwhile`: they are no longer what was shown. Undefined: nobody has looked. */
export function checkSeen(record: object, seen: Seen | undefined): void {
  if (seen && !isAsSeen(record, seen)) throw new Problem('changed-meanwhile', { status: 409 });
}
