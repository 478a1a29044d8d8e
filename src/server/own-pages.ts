/** Our own pages as one middleware: what comes before them, the start page, and whom they are not for. */
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import compose from 'koa-compose';
import type { Config } from '../config/schema.ts';
import { isForPrograms, isWellKnown } from '../oidc/endpoints.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';
import { browserSecret } from '../web/browser-secret.ts';
import { beforeSetUp } from '../web/links/before-set-up.ts';
import type { Pages } from '../web/pages.ts';
import type { MethodsAt } from '../web/requests/other-methods.ts';

/** `cookie`: the name of the browser's own. Programs' endpoints carry no browser: they get no cookie, and pass by. */
export function ownPages(
  { config, vault, store }: { config: Pick<Config, 'issuer'>; vault: Vault; store: Store },
  pages: Pages,
  cookie: string,
  routers: readonly Router[],
): Middleware {
  return forBrowsers([
    browserSecret(vault, cookie, config.issuer.startsWith('https:')),
    beforeSetUp(store, pages),
    home((ctx) => pages.show(ctx, 'home', {})),
    ...routers.map(askedWhereItIs),
  ]);
}

/**
 * A router is asked for paths that begin as one of its own: it tries all of them, and the console's alone are more
 * than a hundred. Routes are found in any case.
 */
export function askedWhereItIs(router: Router): Middleware {
  const routes = router.routes() as Middleware;
  const own = new Set(router.stack.map(({ path }) => beginningOf(path)));
  if (own.has(undefined)) return routes;
  return (ctx, next) => {
    const [, first = ''] = ctx.path.split('/', 2);
    return own.has(first.toLowerCase()) ? routes(ctx, next) : next();
  };
}

/** What stands between the first slash and the second; undefined: it is not always the same. */
function beginningOf(path: string | RegExp): string | undefined {
  const [, first] = typeof path === 'string' ? (/^\/([a-z.-]+)(?=[/{]|$)/u.exec(path) ?? []) : [];
  return first;
}

function forBrowsers(middleware: Middleware[]): Middleware {
  const pages = compose(middleware);
  const isAnother = (ctx: Context): boolean => isForPrograms(ctx) || isWellKnown(ctx);
  return (ctx, next) => (isAnother(ctx) ? next() : pages(ctx, next));
}

/** The methods of the start page. */
export const ofHome: MethodsAt = (path) => (path === '/' ? ['GET'] : []);

function home(show: (ctx: Context) => void): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/' || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    return show(ctx);
  };
}
