/**
 * The whole server, wired by hand in one readable list. The only file in src that knows the pages of
 * the sign-in (../interactions).
 */
import type { RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import compose from 'koa-compose';
import type { Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import { interactionRoutes } from '../interactions/index.ts';
import { createPasswords, type HashMeter, type PasswordCost } from './accounts/password.ts';
import type { Poster } from './audit/poster.ts';
import type { Config } from './config/schema.ts';
import { computerCookie } from './devices/computer-cookie.ts';
import { availableFactors } from './factors/available.ts';
import { createNotices } from './mail/notices.ts';
import type { Outbox } from './mail/outbox.ts';
import { signingKeys } from './oidc/keys.ts';
import { logoutPages } from './oidc/logout.ts';
import { cookieName, createProvider } from './oidc/provider.ts';
import { createPendingWrites } from './oidc/pending-writes.ts';
import { createRequestPeople } from './oidc/request-people.ts';
import { answerUnavailable } from './oidc/unavailable.ts';
import type { Vault } from './secrets/vault.ts';
import type { Store } from './storage/store.ts';
import { answerProblems, showProtocolError } from './web/answer-problems.ts';
import { loadAssets, serveAssets } from './web/assets.ts';
import { browserSecret } from './web/browser-secret.ts';
import { securityHeaders } from './web/headers.ts';
import { healthProbes, type ProbeParts } from './web/health.ts';
import { pinHost, type HostRules } from './web/host.ts';
import { linkCookie } from './web/link-cookie.ts';
import { measureRequests, type RequestMeter } from './web/measure-requests.ts';
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
  poster: Poster;
  outbox: Outbox;
  /** Absent: nothing is measured. */
  meters?: { requests: RequestMeter; hashes: HashMeter } | undefined;
  state?: ProbeParts['state'];
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface App {
  handler: RequestListener;
  /** The routes of our own pages, for tests that walk them. */
  routers: readonly Router[];
}

/** Milliseconds with a fraction, for durations. */
const clock = (): number => performance.now();

const VIEWS = fileURLToPath(new URL('../views/', import.meta.url));

export async function createApp(parts: AppParts): Promise<App> {
  const { config, store, vault, log, now } = parts;
  const secure = config.issuer.startsWith('https:');
  const assets = await loadAssets(`${VIEWS}assets`);
  const renderer = await createRenderer(VIEWS, assets);
  const pages = createPages(renderer, vault, config.default_language);
  const people = createRequestPeople(store);
  const pendingWrites = createPendingWrites();
  const passwords = await createPasswords(passwordCost(config), parts.meters?.hashes);
  const keys = await signingKeys(store, vault, now());
  const protocolPages = { error: showProtocolError(pages), ...logoutPages(pages) };
  const notices = createNotices(vault, config);
  const shared = { ...parts, people, available: availableFactors(config), notices, passwords };
  const provider = createProvider({ ...shared, pendingWrites, keys, pages: protocolPages });

  const host = (name: string): string => cookieName(config.issuer, '__Host-', name);
  const computers = computerCookie(vault, host('computer'), secure);
  const routers = [
    interactionRoutes({ ...shared, pages, provider, computerCookie: computers }),
    setUpRoutes({ ...shared, pages, cookie: linkCookie(host('setup'), secure) }),
    setPasswordRoutes({ ...shared, pages, cookie: linkCookie(host('password_link'), secure) }),
  ];

  const outside = [
    ...watching(parts),
    securityHeaders(secure),
    answerUnavailable(provider, isForPrograms),
    answerProblems(pages, log),
    pinHost(hostRules(config)),
    pendingWrites.beforeAnswer,
  ];
  const forPeople = [
    serveAssets(assets),
    browserSecret(vault, host('browser'), secure),
    home((ctx) => pages.show(ctx, 'home', {})),
    ...routers.map((router) => router.routes() as Middleware),
  ];
  for (const middleware of [...outside, forBrowsers(forPeople)]) provider.use(middleware);
  return { handler: answering(provider), routers };
}

function answering(provider: Provider): RequestListener {
  const handle = provider.callback();
  return (request, response) => void handle(request, response);
}

/** What sees every request, whatever comes of it. */
function watching(parts: AppParts): Middleware[] {
  const { config, log, meters } = parts;
  return [
    ...(meters ? [measureRequests(meters.requests, clock)] : []),
    healthProbes(parts),
    ...(config.log.requests ? [requestLog(log, clock)] : []),
  ];
}

function passwordCost({ passwords, workers }: Config): PasswordCost {
  return { memoryKib: passwords.hash_memory_kib, passes: passwords.hash_passes, workers };
}

function hostRules({ issuer, internal_hosts, proxies }: Config): HostRules {
  const internalPaths = ['/token/introspection'];
  return { issuer, internalHosts: internal_hosts, internalPaths, proxies };
}

/** Programs' endpoints carry no browser: they get no cookie, and pass our pages by. */
const PROGRAMS = /^\/(token|me|jwks|\.well-known|request)(\/|$)/u;

const isForPrograms = ({ path }: Context): boolean => PROGRAMS.test(path);

function forBrowsers(middleware: Middleware[]): Middleware {
  const pages = compose(middleware);
  return (ctx, next) => (isForPrograms(ctx) ? next() : pages(ctx, next));
}

function home(show: (ctx: Context) => void): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/' || ctx.method !== 'GET') return next();
    return show(ctx);
  };
}
