import { auditCollection } from '../../audit/event.ts';
import { messageId, type MessageCarrier, type OutboxMessage } from '../../outbox/message.ts';
import type { Change, Collection, Store } from '../../storage/store.ts';

/**
 * Of a document that is no carrier for the relay to find: its events go into the log, each once by its id, and then
 * from the document. `retention`: seconds.
 */
export async function moveEvents<T extends MessageCarrier>(
  store: Pick<Store, 'insert' | 'update'>,
  collection: Collection<T>,
  id: string,
  postings: readonly OutboxMessage[],
  retention: number,
): Promise<void> {
  if (postings.length === 0) return;
  for (const message of postings) {
    if (!('event' in message)) continue;
    const { event } = message;
    const expiry = { expiresAt: event.at + retention * 1000 };
    await store.insert(auditCollection, event.id, { ...event, recordedAt: event.at }, expiry);
  }
  const moved = new Set(postings.map(messageId));
  await store.update(collection, id, (current): Change<T, void> => {
    if (!current?.postings) return { result: undefined };
    const { postings: there, ...rest } = current;
    const left = there.filter((message) => !moved.has(messageId(message)));
    const put = (left.length > 0 ? { ...rest, postings: left } : rest) as T;
    return { put, result: undefined };
  });
}
