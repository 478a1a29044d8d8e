/**
 * The whole server, wired by hand in one readable list. The only file in src that knows the pages of
 * the sign-in (../interactions).
 */
import type { RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import compose from 'koa-compose';
import type { Logger } from 'pino';
import { interactionRoutes } from '../interactions/index.ts';
import { createPasswords } from './accounts/password.ts';
import type { Config } from './config/schema.ts';
import { signingKeys } from './oidc/keys.ts';
import { logoutPages } from './oidc/logout.ts';
import { cookieName, createProvider } from './oidc/provider.ts';
import { createPendingWrites } from './oidc/pending-writes.ts';
import { createRequestPeople } from './oidc/request-people.ts';
import type { Vault } from './secrets/vault.ts';
import type { Store } from './storage/store.ts';
import { answerProblems, showProtocolError } from './web/answer-problems.ts';
import { loadAssets, serveAssets } from './web/assets.ts';
import { browserSecret } from './web/browser-secret.ts';
import { securityHeaders } from './web/headers.ts';
import { healthProbes } from './web/health.ts';
import { pinHost } from './web/host.ts';
import { linkCookie } from './web/link-cookie.ts';
import { createPages } from './web/pages.ts';
import { createRenderer } from './web/render.ts';
import { requestLog } from './web/request-log.ts';
import { setPasswordRoutes } from './web/set-password.ts';
import { setUpRoutes } from './web/set-up.ts';

export interface AppParts {
  config: Config;
  store: Store;
  vault: Vault;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface App {
  handler: RequestListener;
  /** The routes of our own pages, for tests that walk them. */
  routers: readonly Router[];
}

const VIEWS = fileURLToPath(new URL('../views/', import.meta.url));

export async function createApp({ config, store, vault, log, now }: AppParts): Promise<App> {
  const secure = config.issuer.startsWith('https:');
  const assets = await loadAssets(`${VIEWS}assets`);
  const renderer = await createRenderer(VIEWS, assets);
  const pages = createPages(renderer, vault, config.default_language);
  const people = createRequestPeople(store);
  const pendingWrites = createPendingWrites();
  const passwords = await createPasswords({
    memoryKib: config.passwords.hash_memory_kib,
    passes: config.passwords.hash_passes,
    workers: config.workers,
  });
  const provider = createProvider({
    config,
    store,
    vault,
    people,
    pendingWrites,
    log,
    now,
    keys: await signingKeys(store, vault, now()),
    pages: { error: showProtocolError(pages), ...logoutPages(pages) },
  });

  const shared = { config, store, vault, passwords, pages, now };
  const host = (name: string): string => cookieName(config.issuer, '__Host-', name);
  const routers = [
    interactionRoutes({ ...shared, people, provider }),
    setUpRoutes({ ...shared, cookie: linkCookie(host('setup'), secure) }),
    setPasswordRoutes({ ...shared, cookie: linkCookie(host('password_link'), secure) }),
  ];

  provider.use(healthProbes(store));
  if (config.log.requests) provider.use(requestLog(log, () => performance.now()));
  provider.use(securityHeaders(secure));
  provider.use(answerProblems(pages, log));
  provider.use(
    pinHost({
      issuer: config.issuer,
      internalHosts: config.internal_hosts,
      internalPaths: ['/token/introspection'],
      proxies: config.proxies,
    }),
  );
  provider.use(pendingWrites.beforeAnswer);
  provider.use(
    forBrowsers([
      serveAssets(assets),
      browserSecret(vault, host('browser'), secure),
      home((ctx) => pages.show(ctx, 'home', {})),
      ...routers.map((router) => router.routes() as Middleware),
    ]),
  );
  return { handler: provider.callback(), routers };
}

/** Programs' endpoints carry no browser: they get no cookie, and pass our pages by. */
const PROGRAMS = /^\/(token|me|jwks|\.well-known|request)(\/|$)/u;

function forBrowsers(middleware: Middleware[]): Middleware {
  const pages = compose(middleware);
  return (ctx, next) => (PROGRAMS.test(ctx.path) ? next() : pages(ctx, next));
}

function home(show: (ctx: Context) => void): Middleware {
  return (ctx, next) => (ctx.path === '/' && ctx.method === 'GET' ? show(ctx) : next());
}
