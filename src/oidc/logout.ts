/** RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): our pages around the library's form. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Pages } from '../web/pages.ts';
import { allowFormTarget } from '../web/headers.ts';

export function logoutPages(pages: Pages) {
  return {
    /** "Sign out?": another site can bring a browser here, so only the person's own click signs out. */
    logout(ctx: KoaContextWithOIDC): void {
      const { session, client, provider } = ctx.oidc;
      const { secret, postLogoutRedirectUri } = (session?.state ?? {}) as Record<
        string,
        string | undefined
      >;
      const formAction = provider.pathFor('end_session_confirm');
      allowFormTarget(ctx, postLogoutRedirectUri);
      const context = {
        formAction,
        xsrf: secret ?? '',
        client: client ? { name: client.clientName ?? '' } : null,
      };
      pages.show(ctx, 'oidc/logout', context);
    },
    loggedOut(ctx: KoaContextWithOIDC): void {
      const name = ctx.oidc.client?.clientName;
      pages.show(ctx, 'oidc/logged-out', { client: name ? { name } : null });
    },
  };
}
