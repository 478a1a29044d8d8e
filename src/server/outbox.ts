/** Which documents postings ride in, and the moving of a command's own before its store is closed. */
import type { Logger } from 'pino';
import { organisationKind } from '../records/organisation.ts';
import { personKind } from '../records/person.ts';
import { createPoster } from '../outbox/relay.ts';
import { refusalWindowKind } from '../outbox/refusal-windows.ts';
import type { Config } from '../config/schema.ts';
import { createOutbox } from '../mail/queue.ts';
import { clientKind } from '../records/client.ts';
import { consentKind } from '../oidc/authorization/consents.ts';
import { sessionKind } from '../records/session.ts';
import { signInKind } from '../records/sign-in.ts';
import type { Store } from '../storage/store.ts';

export const CARRIERS = [
  personKind,
  organisationKind,
  clientKind,
  signInKind,
  sessionKind,
  consentKind,
  refusalWindowKind,
] as const;

/** The mails are put into the outbox; the server hands them over. */
export async function movePostings(config: Config, store: Store, log: Logger): Promise<void> {
  const auditRetention = config.audit.retention;
  const outbox = createOutbox(store);
  const poster = createPoster({ store, outbox, kinds: CARRIERS, auditRetention, log });
  await poster.moveAll();
  await poster.close();
}
