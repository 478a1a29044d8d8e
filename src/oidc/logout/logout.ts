/** RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): our pages around the library's form. */
import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Store } from '../../storage/store.ts';
import { allowPrivateScheme } from '../../net/response-headers.ts';
import { isSignOut } from '../endpoints.ts';
import type { ShownPages } from '../shown-pages.ts';
import { clientLabel } from '../clients/client-names.ts';

/** `whose`: makes the page that of somebody's organisation. */
export function logoutPages(
  pages: ShownPages,
  store: Pick<Store, 'find'>,
  whose: (ctx: Context, person: string) => Promise<void>,
) {
  const shown = async ({ oidc: { client } }: KoaContextWithOIDC) => {
    if (!client) return null;
    const { clientId: id, clientName: name = '', clientUri: uri = null } = client;
    return { name: await clientLabel(store, { id, name }), uri };
  };
  return {
    /** "Sign out?": another site can bring a browser here, so only the person's own click signs out. */
    async logout(ctx: KoaContextWithOIDC): Promise<void> {
      const { session, provider } = ctx.oidc;
      const { secret, postLogoutRedirectUri } = (session?.state ?? {}) as Record<
        string,
        string | undefined
      >;
      const formAction = provider.pathFor('end_session_confirm');
      allowPrivateScheme(ctx, postLogoutRedirectUri);
      const context = {
        formAction,
        xsrf: secret ?? '',
        client: await shown(ctx),
      };
      if (session?.accountId !== undefined) await whose(ctx, session.accountId);
      pages.show(ctx, 'oidc/logout', context);
    },
    async loggedOut(ctx: KoaContextWithOIDC): Promise<void> {
      pages.show(ctx, 'oidc/logged-out', { client: await shown(ctx) });
    },
  };
}

/** The library redirects to the app from the answer to the form that signs out. `redirect`: as a form may lead to an app. */
export function leaveAfterLogout(redirect: (ctx: Context, to: string) => void): Middleware {
  const leave: Middleware = async (ctx, next) => {
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    if (oidc?.route === 'end_session_confirm' && ctx.status === 303)
      redirect(ctx, wayOut(oidc, ctx.response.get('Location')));
  };
  return (ctx, next) => (isSignOut(ctx) ? leave(ctx, next) : next());
}

/** The library tells whoever stays signed in, and has no app to go back to, that they are signed out. */
function wayOut({ params, provider, issuer }: KoaContextWithOIDC['oidc'], to: string): string {
  const isToApp = !to.startsWith(issuer + provider.pathFor('end_session_success'));
  return params?.['logout'] || isToApp ? to : '/account';
}
