import { auditCollection, type AuditEvent } from '../../audit/event.ts';
import type { Store } from '../../storage/store.ts';

/** Of what is done to the whole installation, so that no document of it can carry the event. `retention`: seconds. */
export async function recordEvent(
  store: Pick<Store, 'insert'>,
  { event }: { event: AuditEvent },
  retention: number,
): Promise<void> {
  const put = { ...event, recordedAt: event.at };
  await store.insert(auditCollection, event.id, put, { expiresAt: event.at + retention * 1000 });
}
