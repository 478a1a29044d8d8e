/**
 * Somebody else has signed in at a browser that has a session: that session ends, as by a sign-out, before
 * the library goes on with the request. The library itself would have the browser post a form to its own
 * end-session endpoint, on a bare page, and come back.
 */
import type { Context } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { newEvent } from '../../audit/event.ts';
import { clearSiteData } from '../../net/response-headers.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import { isResumed } from '../authorization/resumed-request.ts';
import type { RequestPeople } from '../adapters/request-people.ts';
import { endStoredSession, type EndingParts } from './session-ending.ts';
import { sessionKey } from '../../records/session.ts';

export interface SwitchParts extends EndingParts {
  people: RequestPeople;
  /** Milliseconds since the epoch. */
  now(): number;
}

type Session = Awaited<ReturnType<Provider['Session']['get']>>;

export function switchPersons({ Session, Interaction }: Provider, parts: SwitchParts): void {
  const getSession = Session.get.bind(Session);
  Session.get = async (ctx) => {
    const session = await getSession(ctx);
    const client = await signedInTo(ctx as KoaContextWithOIDC, session);
    if (client === undefined) return session;
    await endSession(parts, ctx, session, client);
    clearSiteData(ctx);
    return getSession(ctx);
  };

  /** The client of the sign-in that is resumed, if it is finished, still good, and not of the session's person. */
  async function signedInTo(
    { oidc, cookies }: KoaContextWithOIDC,
    { accountId, uid }: Session,
  ): Promise<string | undefined> {
    if (!oidc || !isResumed(oidc) || accountId === undefined) return undefined;
    const resumed = cookies.get(oidc.provider.cookieName('resume'), { signed: true });
    const signIn = resumed === undefined ? undefined : await Interaction.find(resumed);
    const whose = signIn?.result?.login?.accountId ?? accountId;
    const begunIn = signIn?.session?.uid ?? uid;
    return whose !== accountId && begunIn === uid ? String(signIn?.params['client_id']) : undefined;
  }
}

/** Of two requests at once, one ends it and tells of it. */
async function endSession(
  parts: SwitchParts,
  ctx: Context,
  { accountId, uid }: Session,
  client: string,
): Promise<void> {
  const person = accountId === undefined ? undefined : await parts.people.get(ctx, accountId);
  const now = parts.now();
  const event = newEvent({ type: 'sign-out', at: now, origin: requestOrigin(ctx, client), person });
  await endStoredSession(parts, sessionKey(parts.vault, uid), {
    mayEnd: ({ payload }) => payload.accountId === accountId,
    cause: 'signed-out',
    messages: [{ event }],
    now,
  });
}
