/**
 * The whole server, wired by hand in one readable list. The only file in src that knows the pages of
 * the sign-in (../interactions).
 */
import { clientRedirect } from '../web/client-redirect.ts';
import type { RequestListener } from 'node:http';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { firstPage, interactionRoutes } from '../../interactions/index.ts';
import { createPasswords, type PasswordCost } from '../factors/password.ts';
import type { Config } from '../config/schema.ts';
import { computerCookie } from '../devices/computer-cookie.ts';
import { answerAnonymousLogout } from '../oidc/logout/anonymous-logout.ts';
import { isForMail, isWellKnown, methodsAt } from '../oidc/endpoints.ts';
import { formPostPage } from '../oidc/authorization/form-post.ts';
import { followKeys, type FollowedKeys } from '../oidc/tokens/followed-keys.ts';
import { leaveAfterLogout, logoutPages } from '../oidc/logout/logout.ts';
import { tellBy, type TellApp } from '../oidc/logout/logout-sender.ts';
import { cookieName, createProvider } from '../oidc/provider.ts';
import { createDeferredWrites, type DeferredWrites } from '../oidc/adapters/deferred-writes.ts';
import { answerDirectly, grantDirectly } from '../oidc/direct/direct.ts';
import { directIntrospection } from '../oidc/direct/introspection.ts';
import { directToken } from '../oidc/direct/token.ts';
import { directUserinfo } from '../oidc/direct/userinfo.ts';
import { keepApart } from '../oidc/device/device-flow.ts';
import { tellResourceScopes } from '../oidc/resources/discovered-scopes.ts';
import { answerUnavailable, rethrowUnavailable } from '../oidc/unavailable.ts';
import { readWhole } from '../oidc/whole-bodies.ts';
import type { Store } from '../storage/store.ts';
import { answerProblems, showProtocolError } from '../web/requests/answer-problems.ts';
import { deviceEndPages } from '../web/device/device-end.ts';
import { deviceRoutes } from '../web/device/device.ts';
import { showForPerson, type WhosePageParts } from '../web/brand/organisation-brand.ts';
import { servedFiles, type ServedFiles } from '../web/brand/served-files.ts';
import { accountRoutes } from '../web/account/index.ts';
import { adminRoutes } from '../web/admin/index.ts';
import { boundedQuery } from '../web/requests/bounded-query.ts';
import { headersOfAll, securityHeaders } from '../net/response-headers.ts';
import { healthProbes } from '../web/requests/health.ts';
import {
  isMisdirected,
  refuseMisdirected,
  settleRequest,
  type HostRules,
} from '../web/requests/host.ts';
import { languageRoutes } from '../web/language.ts';
import { linkTokenCookie, type LinkTokenCookie } from '../web/links/link-token-cookie.ts';
import { createNoteUse } from '../passcodes/note-use.ts';
import { mailPasscodeRoutes } from '../api/mail-passcode.ts';
import { measureRequests } from '../web/requests/measure-requests.ts';
import { answerOtherMethods, methodsOf, type MethodsAt } from '../web/requests/other-methods.ts';
import { createPages, type Pages } from '../web/pages.ts';
import { prepareDocuments } from '../web/requests/prepared-documents.ts';
import { redirectPosted } from '../web/requests/posted-requests.ts';
import { completeAnswers } from '../web/requests/program-answers.ts';
import { logRefusedProblems } from '../web/requests/refused-problems.ts';
import { identifyRequests } from '../web/requests/request-id.ts';
import { requestLog } from '../web/requests/request-log.ts';
import { forgotPasswordRoutes, type ForgotPasswordParts } from '../web/links/forgot-password.ts';
import { setPasswordRoutes, type SetPasswordPageParts } from '../web/links/set-password.ts';
import { setUpRoutes, type SetUpPageParts } from '../web/links/set-up.ts';
import { returnTo } from '../web/return-to.ts';
import type { VisitorParts } from '../web/visitor-parts.ts';
import { findWayOn, type FindWayOn } from '../web/way-on.ts';
import { wellKnownRoutes } from '../web/requests/well-known.ts';
import { loadViews } from './load-views.ts';
import { ofHome, ownPages } from './own-pages.ts';
import type { AppParts } from './wiring/app-parts.ts';
import { registerOwnClients } from './wiring/own-clients.ts';
import { sharedParts } from './wiring/shared-parts.ts';

export interface App {
  handler: RequestListener;
  /** Tells a relying app of the end of a session. */
  tellApp: TellApp;
  signingKeys: Pick<FollowedKeys, 'look'>;
  /** The routes of our own pages, for tests that walk them. */
  routers: readonly Router[];
}

/** Milliseconds with a fraction, for durations. */
const clock = (): number => performance.now();

const FOR_VISITORS = [interactionRoutes, accountRoutes, adminRoutes, languageRoutes, deviceRoutes];

export async function createApp(parts: AppParts): Promise<App> {
  const { config, store, vault } = parts;
  const secure = config.issuer.startsWith('https:');
  const { assets, pages: renderer, texts } = parts.views ?? (await loadViews());
  const pages = createPages(renderer, parts);
  const deferredWrites = createDeferredWrites({ isRoundTrip: config.store.engine === 'mongodb' });
  const passwords = await createPasswords(passwordCost(parts), parts.meters?.hashes);
  const signingKeys = await followKeys(parts);
  await registerOwnClients(parts, texts);
  const shared = { ...parts, ...sharedParts(parts), passwords };
  const errors = { pages, store, wayOn: findWayOn(store) };
  const ofProtocol = protocolPages({ ...errors, ...shared });
  const provider = createProvider({ ...shared, deferredWrites, signingKeys, pages: ofProtocol });
  const cookie = computerCookie(vault, hostCookie(config, 'computer'), secure);
  const forVisitors = { ...shared, pages, provider, computerCookie: cookie };
  const routers = routersOf(forVisitors);
  const forPrograms = [mailRoutes(shared), wellKnownRoutes(shared)] as const;
  const all = [...routers, ...forPrograms];
  const files = servedFiles(assets, parts);
  const outside = [
    ...watching(parts),
    prepareDocuments(shared.resources, signingKeys),
    direct(provider, { ...shared, deferredWrites, signingKeys }, headersOfAll(secure)),
    securityHeaders(secure),
    completeAnswers(config.issuer),
    ...answeringErrors(provider, errors, parts),
    ...files.serve,
    signingKeys.beforeRequest,
    ...aroundLibrary({ ...forVisitors, deferredWrites }, placesOf(all, files)),
    only(isForMail, forPrograms[0]),
    only(isWellKnown, forPrograms[1]),
  ];
  const own = ownPages(parts, pages, hostCookie(config, 'browser'), routers);
  const grants = grantDirectly(provider, directToken(shared));
  for (const each of [...outside, own, grants]) provider.use(each);
  return { ...told(provider), signingKeys, routers: all };
}

/** Those of people's pages. */
function routersOf(
  parts: VisitorParts & Parameters<typeof deviceRoutes>[0] & Parameters<typeof linkRoutes>[0],
): Router[] {
  const { config } = parts;
  const secure = config.issuer.startsWith('https:');
  const cookie = (name: string): LinkTokenCookie =>
    linkTokenCookie(hostCookie(config, name), secure);
  return [...FOR_VISITORS.map((routes) => routes(parts)), ...linkRoutes(parts, cookie)];
}

/** The name of a cookie that goes to this host alone. */
function hostCookie({ issuer }: Pick<Config, 'issuer'>, name: string): string {
  return cookieName(issuer, '__Host-', name);
}

type MailParts = Omit<Parameters<typeof mailPasscodeRoutes>[0], 'noteUse'>;

function mailRoutes(parts: MailParts & Parameters<typeof createNoteUse>[0]): Router {
  return mailPasscodeRoutes({ ...parts, noteUse: createNoteUse(parts) });
}

type DirectlyParts = Parameters<typeof directIntrospection>[0] &
  Parameters<typeof directUserinfo>[0] & {
    deferredWrites: DeferredWrites;
    signingKeys: FollowedKeys;
  };

/** Whoever has to read keys first, or is not to be answered here, goes the long way. */
function direct(
  provider: Provider,
  parts: DirectlyParts,
  headers: Readonly<Record<string, string>>,
): Middleware {
  const { deferredWrites, signingKeys } = parts;
  return answerDirectly(provider, {
    answers: [directIntrospection(parts), directUserinfo(parts)],
    headers,
    mayAnswer: (ctx) => !isMisdirected(ctx) && signingKeys.isRecent(),
    deferredWrites,
  });
}

function told(provider: Provider): Pick<App, 'handler' | 'tellApp'> {
  return { handler: answering(provider), tellApp: tellBy(provider) };
}

/** Programs ask for few paths, and often: a router that has none of them is not asked. */
function only(isIts: (ctx: Context) => boolean, router: Router): Middleware {
  const routes = router.routes() as Middleware;
  return (ctx, next) => (isIts(ctx) ? routes(ctx, next) : next());
}

/** Who knows which methods a path has. */
function placesOf(routers: readonly Router[], { isThere }: ServedFiles): MethodsAt[] {
  const ofFiles = (path: string): string[] => (isThere(path) ? ['GET'] : []);
  return [methodsAt, ofHome, ofFiles, ...routers.map(methodsOf)];
}

interface ErrorPages {
  pages: Pages;
  wayOn: FindWayOn;
}

function protocolPages(parts: ErrorPages & WhosePageParts & { store: Store }) {
  const { pages, store, wayOn } = parts;
  const error = showProtocolError(pages, wayOn);
  return {
    error,
    ...deviceEndPages(pages, error),
    formPost: formPostPage(pages),
    ...logoutPages(pages, store, showForPerson(parts)),
  };
}

/** The pages that one-time links open, and the one where such a link is asked for. */
function linkRoutes(
  parts: Omit<SetUpPageParts & SetPasswordPageParts & ForgotPasswordParts, 'cookie' | 'wayBack'>,
  cookie: (name: string) => LinkTokenCookie,
): Router[] {
  const atLink = { ...parts, wayBack: returnTo(cookie('way_back')) };
  return [
    setUpRoutes({ ...parts, cookie: cookie('setup') }),
    setPasswordRoutes({ ...atLink, cookie: cookie('password_link') }),
    forgotPasswordRoutes(atLink),
  ];
}

function answeringErrors(
  provider: Provider,
  { pages, wayOn }: ErrorPages,
  parts: Pick<AppParts, 'log' | 'now'>,
): Middleware[] {
  const answer = answerProblems(pages, parts.log, wayOn);
  return [answerUnavailable, answer, logRefusedProblems(parts), rethrowUnavailable(provider)];
}

/** What comes before the library, waits for its answers, or replaces them. */
function aroundLibrary(
  parts: VisitorParts & { deferredWrites: DeferredWrites },
  places: readonly MethodsAt[],
): Middleware[] {
  const { provider, pages, deferredWrites, resources } = parts;
  const asked = [refuseMisdirected, boundedQuery(['/session/end']), answerOtherMethods(places)];
  const logout = [
    answerAnonymousLogout(provider),
    leaveAfterLogout((ctx, to) => clientRedirect(pages, ctx, to)),
  ];
  const { beforeAnswer } = deferredWrites;
  return [
    ...asked,
    keepApart,
    redirectPosted,
    firstPage(parts),
    readWhole,
    beforeAnswer,
    tellResourceScopes(resources),
    ...logout,
  ];
}

function answering(provider: Provider): RequestListener {
  const handle = provider.callback();
  return (request, response) => void handle(request, response);
}

/** What sees every request, whatever comes of it. */
function watching(parts: AppParts): Middleware[] {
  const { config, log, meters } = parts;
  return [
    settleRequest(hostRules(config), parts),
    identifyRequests(),
    ...(meters ? [measureRequests(meters.requests, clock)] : []),
    healthProbes({ ...parts, lacksKey: () => (parts.vault.ring.lacking ?? []).length > 0 }),
    ...(config.log.requests ? [requestLog(log, clock)] : []),
  ];
}

function passwordCost({ config, threads }: AppParts): PasswordCost {
  const { hash_memory_kib: memoryKib, hash_passes: passes } = config.passwords;
  return { memoryKib, passes, workers: config.workers, ...(threads ? { threads } : {}) };
}

function hostRules({ issuer, internal_hosts, proxies }: Config): HostRules {
  const internalPaths = ['/token/introspection', '/mail/passcode'];
  return { issuer, internalHosts: internal_hosts, internalPaths, proxies };
}
