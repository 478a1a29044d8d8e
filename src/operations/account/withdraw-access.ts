/** Taking an app's access away: every write of it carries what is told, which is told once. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { grantKey } from '../../oidc/adapters/adapter-parts.ts';
import { grantCollection } from '../../records/stored-model.ts';
import { consentCollection, consentId } from '../../records/consent.ts';
import { endConsent } from '../../oidc/authorization/consents.ts';
import { isOwnClient } from '../../oidc/clients/own/own-clients.ts';
import { getShownClient } from '../../oidc/clients/client-names.ts';
import { appsOf, logoutOf, type EndingParts } from '../../oidc/logout/session-ending.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Person } from '../../records/person.ts';
import { sessionCollection, type StoredSession } from '../../records/session.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { accountChanged, tellPerson } from './account-changed.ts';
import { found } from '../found.ts';
import { grantsOf, isStanding } from './apps.ts';
import { livingSessions, type LivingSession } from './sessions.ts';

export interface WithdrawParts extends EndingParts {
  notices: Notices;
}

/**
 * Takes the access of a client away, as `person` has let it in. Problem `not-found`: it had none, and
 * nothing was changed.
 */
export function withdrawAccess(
  parts: WithdrawParts,
  performed: Performed,
  person: Person,
  client: string,
): Promise<Result<{ name: string }>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'app.withdraw');
    may({ person });
    const name = (await getShownClient(parts.store, client))?.name ?? '';
    const mail = await accountChanged(parts, performed, person, { what: 'app-withdrawn', name });
    const ending = { client, messages: mail };
    found((await endAccess(parts, performed, person, ending)) || undefined);
    return { name };
  });
}

/** What ends, and what is told of it besides its own event. */
export interface AccessEnding {
  client: string;
  messages: readonly OutboxMessage[];
}

/**
 * The consent first, so that nothing is granted anew meanwhile; then its place in the person's sessions,
 * and its grants with all tokens of them. Each write that takes something away carries the same messages,
 * so that whatever was taken away is told, broken off anywhere. `false`: it had nothing.
 */
export async function endAccess(
  parts: EndingParts,
  performed: Performed,
  person: Person,
  { client, messages: more }: AccessEnding,
): Promise<boolean> {
  const { store, relay } = parts;
  if (isOwnClient(client)) return false;
  const about = { type: 'access.withdrawn', details: { client } } as const;
  const messages = [eventAbout(person, performed, about), ...more];
  const consent = consentId(person.id, client);
  const hadConsent = await endConsent(store, consent, messages);
  if (hadConsent) relay.soon(consentCollection, consent);
  const grants = (await grantsOf(store, person)).filter(
    ({ value }) => value.payload.clientId === client && isStanding(value, person),
  );
  const ending = { client, messages, now: performed.now };
  const living = await livingSessions(store, person);
  const left = await Promise.all(living.map((one) => leaveSession(parts, one, ending)));
  const isTold = hadConsent || left.some(Boolean);
  // A grant carries nothing, and none is to go untold.
  if (!isTold && grants.length > 0) await tellPerson(parts, person, messages);
  await Promise.all(grants.map(({ id }) => store.delete(grantCollection, id)));
  return isTold || grants.length > 0;
}

/** Takes the client out of the session, and its grant there; the app is told that it is signed out. */
async function leaveSession(
  { store, vault, relay }: EndingParts,
  { id }: LivingSession,
  { client, messages, now }: AccessEnding & { now: number },
): Promise<boolean> {
  const left = await store.update(
    sessionCollection,
    id,
    (session): Change<StoredSession, string | undefined> => {
      const state = session && new Map(appsOf(session)).get(client);
      if (!session || session.ended || !state) return { result: undefined };
      const { [client]: _, ...authorizations } = session.payload.authorizations ?? {};
      const payload = { ...session.payload, authorizations };
      const told = withMessages(session, ...messages, ...logoutOf(session, client, state, now));
      return { put: { ...session, ...told, payload }, result: state.grantId };
    },
  );
  if (left === undefined) return false;
  relay.soon(sessionCollection, id);
  await store.delete(grantCollection, grantKey(vault, left));
  return true;
}
