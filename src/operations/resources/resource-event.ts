import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { AuditEvent, EventType } from '../../audit/event.ts';
import type { Changes } from '../changes.ts';

/** The event of an act on the resource, as a message for the write that it tells of. */
export function resourceEvent(
  performed: Performed,
  resource: string,
  type: EventType,
  changed: Changes = {},
): { event: AuditEvent } {
  return eventAbout(undefined, performed, { type, details: { resource, ...changed } });
}
