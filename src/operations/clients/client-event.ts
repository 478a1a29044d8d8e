import { eventAbout, type EventContent, type Performed } from '../../audit/performed.ts';
import type { AuditEvent } from '../../audit/event.ts';

/** The event of an act on the client, as a message for the write that it tells of. */
export function clientEvent(
  performed: Performed,
  client: string,
  content: EventContent,
): { event: AuditEvent } {
  const origin = { ...performed.origin, client };
  return eventAbout(undefined, { ...performed, origin }, content);
}
