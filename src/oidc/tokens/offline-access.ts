/**
 * `offline_access` (OIDC Core §11): refresh tokens that outlive the session. The library goes by the
 * request, and leaves the scope out of every one without `prompt=consent`. Here the client's registration
 * is the condition that permits it; of a client without it the scope is left out, as §11 wants.
 */
import { decodeJwt } from 'jose';
import { LRUCache } from 'lru-cache';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import { isResumed } from '../authorization/resumed-request.ts';
import { recordOf } from '../clients/clients.ts';
import { spaceDelimited } from '../space-delimited.ts';

const SCOPE = 'offline_access';
/** Clients that the log has, in this process: anybody can send their requests. */
const LOGGED_KEPT = 1000;

const hint = (client: string): string =>
  'the client asked for offline_access, which it is not registered for, so that was left out; ' +
  `give it: latchkey client set ${client} --offline-access yes`;

/** For each request, when the library has checked its parameters, and again when one that waited goes on. */
export function settleOfflineAccess(
  log: Pick<Logger, 'info'>,
  onIgnored: (ctx: KoaContextWithOIDC, scope: string) => void = () => {},
) {
  const logged = new LRUCache<string, true>({ max: LOGGED_KEPT });
  return (ctx: KoaContextWithOIDC): void => {
    const { client, params } = ctx.oidc;
    if (!client || !params || !spaceDelimited(scopeAsSent(ctx)).includes(SCOPE)) return;
    const others = spaceDelimited(params['scope']).filter((scope) => scope !== SCOPE);
    const isPermitted = recordOf(client).offlineAccess && client.grantTypeAllowed('refresh_token');
    params['scope'] = (isPermitted ? [...others, SCOPE] : others).join(' ') || undefined;
    if (!isPermitted) onIgnored(ctx, SCOPE);
    if (isPermitted || logged.has(client.clientId)) return;
    logged.set(client.clientId, true);
    log.info({ client: client.clientId }, hint(client.clientId));
  };
}

/** Before the library took the scope out of it. */
export function scopeAsSent({ oidc, query }: KoaContextWithOIDC): unknown {
  // The query of one that goes on is not the app's.
  if (isResumed(oidc)) return oidc.params?.['scope'];
  const pushed = oidc.entities.PushedAuthorizationRequest?.request;
  if (pushed !== undefined) return decodeJwt(pushed)['scope'];
  const { scope } = (oidc.body ?? query) as { scope?: unknown };
  return scope ?? oidc.params?.['scope'];
}
