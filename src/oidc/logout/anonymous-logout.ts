/**
 * `/session/end` where nobody is signed in: the browser goes on at once. The library would post a form
 * to itself first, guarded by a secret that it keeps in a session; a session of nobody is not stored
 * (session-adapter.ts), and there is nothing to guard.
 */
import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { isSignOut } from '../endpoints.ts';
import { setContentPolicy } from '../../net/response-headers.ts';

export function answerAnonymousLogout(provider: Pick<Provider, 'pathFor'>): Middleware {
  const answer: Middleware = async (ctx, next) => {
    await next();
    const oidc = oidcOf(ctx);
    // The library has checked client, hint and address by now: otherwise it answers an error.
    if (oidc?.route !== 'end_session' || ctx.status !== 200 || oidc.session?.accountId) return;
    const { post_logout_redirect_uri: uri, state } = oidc.params ?? {};
    // The library has let its script in.
    setContentPolicy(ctx);
    ctx.status = 303;
    ctx.redirect(
      typeof uri === 'string' ? withState(uri, state) : provider.pathFor('end_session_success'),
    );
  };
  return (ctx, next) => (isSignOut(ctx) ? answer(ctx, next) : next());
}

function oidcOf(ctx: Context): KoaContextWithOIDC['oidc'] | undefined {
  return ctx['oidc'] as KoaContextWithOIDC['oidc'] | undefined;
}

/** OpenID Connect RP-Initiated Logout 1.0 §3: the state comes back as it was sent. */
function withState(uri: string, state: unknown): string {
  if (typeof state !== 'string') return uri;
  const target = new URL(uri);
  target.searchParams.set('state', state);
  return target.href;
}
