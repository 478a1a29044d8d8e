/** Which documents messages ride in, and the moving of a command's own before its store is closed. */
import type { Logger } from 'pino';
import { organisationCollection } from '../records/organisation.ts';
import { personCollection } from '../records/person.ts';
import { createRelay } from '../outbox/relay.ts';
import { refusalWindowCollection } from '../outbox/refusal-windows.ts';
import type { Config } from '../config/schema.ts';
import { createMailQueue } from '../mail/queue.ts';
import { clientCollection } from '../records/client.ts';
import { consentCollection } from '../oidc/authorization/consents.ts';
import { sessionCollection } from '../records/session.ts';
import { signInCollection } from '../records/sign-in.ts';
import type { Store } from '../storage/store.ts';

export const MESSAGE_CARRIERS = [
  personCollection,
  organisationCollection,
  clientCollection,
  signInCollection,
  sessionCollection,
  consentCollection,
  refusalWindowCollection,
] as const;

/** The mails are put into the outbox; the server hands them over. */
export async function relayMessages(config: Config, store: Store, log: Logger): Promise<void> {
  const auditRetention = config.audit.retention;
  const outbox = createMailQueue(store);
  const relay = createRelay({ store, outbox, kinds: MESSAGE_CARRIERS, auditRetention, log });
  await relay.moveAll();
  await relay.close();
}
