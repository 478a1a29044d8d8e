/**
 * "Sample webmail": a relying app as somebody would write it against any OpenID Connect provider.
 * The webmail files in this folder own it; they import nothing of the provider.
 */
import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import { assets, listen, postedByOwnPage, readForm, siteRules, type RunningSite } from './site.ts';
import { inboxPage, lostPage, problemPage, signedOutPage } from './webmail-pages.ts';
import { SignInProblem } from './webmail-problems.ts';
import { WebmailSessions } from './webmail-sessions.ts';
import { newBrowserId, RelyingParty, safeIssuer } from './webmail-sign-in.ts';

export interface WebmailOptions {
  /** 0 for any free one. */
  port: number;
  /** Asked for its metadata when somebody first signs in; need not be up before. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Milliseconds since the epoch; the system's clock unless told. */
  now?: () => number;
}

/** What a webmail on this port is registered with. */
export function webmailRedirectUris(port: number) {
  const url = `http://localhost:${port}`;
  return {
    redirect_uris: [`${url}/callback`],
    post_logout_redirect_uris: [`${url}/`],
    backchannel_logout_uri: `${url}/backchannel-logout`,
  };
}

/** A port in use rejects with the system's error (code EADDRINUSE). */
export async function startWebmail(options: WebmailOptions): Promise<RunningSite> {
  const issuer = safeIssuer(options.issuer);
  const now = options.now ?? Date.now;
  const site = await listen(options.port);
  const sessions = new WebmailSessions(now);
  const party = new RelyingParty({
    ...options,
    issuer,
    redirectUri: `${site.url}/callback`,
    postLogoutRedirectUri: `${site.url}/`,
    now,
  });
  const app = new Koa();
  app.use(siteRules(site.url, [issuer.origin]));
  app.use(await assets(['demo.css', 'webmail.svg']));
  app.use(answerProblems);
  app.use(routes({ url: site.url, issuer: options.issuer, party, sessions }));
  app.use((ctx) => sendPage(ctx, 404, lostPage()));
  site.serve(app);
  return { url: site.url, close: site.close };
}

interface Webmail {
  url: string;
  issuer: string;
  party: RelyingParty;
  sessions: WebmailSessions;
}

function routes(webmail: Webmail): Middleware {
  const router = new Router();
  router.get('/', (ctx) => home(ctx, webmail));
  router.get('/sign-in', (ctx) => signIn(ctx, webmail));
  router.get('/callback', (ctx) => callback(ctx, webmail));
  router.post('/sign-out', (ctx) => signOut(ctx, webmail));
  router.post('/backchannel-logout', (ctx) => backchannelLogout(ctx, webmail));
  return router.routes() as Middleware;
}

function home(ctx: Context, { url, issuer, sessions }: Webmail): void {
  const cookies = cookieNames(url);
  const id = ctx.cookies.get(cookies.session);
  const session = sessions.get(id);
  if (session) return sendPage(ctx, 200, inboxPage(session));
  if (id !== undefined) ctx.cookies.set(cookies.session);
  sendPage(ctx, 200, signedOutPage({ issuer, ended: id !== undefined }));
}

async function signIn(ctx: Context, { url, party }: Webmail): Promise<void> {
  const { browser: cookie } = cookieNames(url);
  const browser = ctx.cookies.get(cookie) ?? newBrowserId();
  const target = await party.begin(browser, ctx.query['fresh'] !== undefined);
  setCookie(ctx, cookie, browser);
  seeOther(ctx, target.href);
}

async function callback(ctx: Context, { url, party, sessions }: Webmail): Promise<void> {
  const cookies = cookieNames(url);
  const session = await party.finish(ctx.cookies.get(cookies.browser), new URL(ctx.url, url));
  sessions.end(ctx.cookies.get(cookies.session));
  setCookie(ctx, cookies.session, sessions.begin(session));
  seeOther(ctx, '/');
}

async function signOut(ctx: Context, { url, party, sessions }: Webmail): Promise<void> {
  if (!postedByOwnPage(ctx, url)) return ctx.throw(403);
  const { session: cookie } = cookieNames(url);
  const id = ctx.cookies.get(cookie);
  const session = sessions.get(id);
  sessions.end(id);
  ctx.cookies.set(cookie);
  seeOther(ctx, session ? (await party.endSessionUrl(session.idToken)).href : '/');
}

/** OpenID Connect Back-Channel Logout 2.5 to 2.8: the provider says that a session is over. */
async function backchannelLogout(ctx: Context, { party, sessions }: Webmail): Promise<void> {
  const token = (await readForm(ctx))?.get('logout_token');
  try {
    if (!token) throw new Error('logout_token is missing');
    sessions.endByLogout(await party.verifyLogoutToken(token));
    ctx.status = 200;
    ctx.body = '';
  } catch (error) {
    ctx.status = 400;
    ctx.body = { error: 'invalid_request', error_description: (error as Error).message };
  }
}

const answerProblems: Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof SignInProblem)) throw error;
    sendPage(ctx, error.status, problemPage(error));
  }
};

/** Ports share cookies, so the names tell them from the provider's and from another demo's. */
function cookieNames(url: string): { session: string; browser: string } {
  const prefix = `webmail_${new URL(url).port}`;
  return { session: `${prefix}_session`, browser: `${prefix}_browser` };
}

function setCookie(ctx: Context, name: string, value: string): void {
  ctx.cookies.set(name, value, { httpOnly: true, sameSite: 'lax' });
}

function seeOther(ctx: Context, target: string): void {
  ctx.status = 303;
  ctx.redirect(target);
}

function sendPage(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = text;
}
