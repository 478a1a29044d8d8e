/** `scopes_supported` (RFC 8414 §2) names the scopes of resources too; the library knows OpenID's alone. */
import type { Middleware } from 'koa';
import type { Resources } from './resources.ts';

const DISCOVERY = /^\/\.well-known\/(?:openid-configuration|oauth-authorization-server)\/?$/iu;

export function tellResourceScopes(resources: Resources): Middleware {
  const tell: Middleware = async (ctx, next) => {
    await next();
    if (ctx.status !== 200) return;
    const document = ctx.body as { scopes_supported?: string[] };
    const { byScope } = await resources.known();
    document.scopes_supported = [...(document.scopes_supported ?? []), ...byScope.keys()];
  };
  return (ctx, next) => (DISCOVERY.test(ctx.path) ? tell(ctx, next) : next());
}
