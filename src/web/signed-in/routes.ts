/**
 * The dispatcher of a table of pages, which alone redirects. Everybody is judged anew with every request
 * (visit.ts); whoever is not signed in well enough goes by the door (authorization-request.ts).
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { signOut } from '../../operations/account/end-sessions.ts';
import { valueOf } from '../../result.ts';
import { ENROL, REPLACES, SESSION_TRANSFER } from '../../oidc/clients/own/account-client.ts';
import { transferSession } from '../../oidc/authorization/session-transfer.ts';
import { clearSiteData } from '../../net/response-headers.ts';
import { ACCESS } from '../../policy/access.ts';
import { readForm, type Fields } from '../forms.ts';
import { readUpload, type UploadedFiles } from '../upload/multipart.ts';
import type { VisitorParts } from '../visitor-parts.ts';
import { authorizationRequest, handleCallback, heldFields } from './authorization-request.ts';
import { readFlashMessage, say } from './flash-message.ts';
import type { Answer, Area, Page, Visit } from './page.ts';
import { freshProof, whoIsThere } from './visit.ts';

export interface AreaTable extends Area {
  /** In the order of the navigation. */
  pages: readonly Page[];
  /** What every page of it shows. */
  frame(visit: Visit, page: Page): object;
  /** Problem for whoever has nothing to look for on the page; asked before anything else. */
  admit?(visit: Visit, page: Page): void;
  /** What a form has changed is answered when this resolves. */
  settled?(): Promise<void>;
}

export function areaRoutes(router: Router, parts: VisitorParts, area: AreaTable): Router {
  router.get(area.callback, async (ctx) => {
    const { to, refused } = await handleCallback(parts, ctx, area);
    if (refused === null) return redirect(ctx, to);
    const there = await whoIsThere(parts, ctx, area);
    // Cancelled where nobody is signed in: to ask again at once would be a circle.
    const again = { refused, home: area.home };
    if ('door' in there) return parts.pages.show(ctx, 'account/signed-out', again);
    say(ctx, parts, { what: refused === 'access_denied' ? 'cancelled' : 'refused', values: {} });
    return redirect(ctx, sectionOf(area, to));
  });
  for (const page of area.pages) {
    router.get(page.path, async (ctx) => {
      const visit = await enter(parts, ctx, { area, page, fresh: page.fresh }, {});
      if (visit) await answerVisit(visit, area, page, await page.show(visit));
    });
    const { submit } = page;
    if (!submit) continue;
    const fresh = page.fresh || ACCESS[page.operation].fresh;
    router.post(page.path, async (ctx) => {
      const posted = await readPosted(parts, ctx, area, page);
      if (!posted) return;
      const { fields, files } = posted;
      // A file does not come back after a sign-in; what it was called does, to be said.
      const named = Object.entries(files).map(([field, { name }]) => [field, name]);
      const typed = { ...fields, ...Object.fromEntries(named) };
      const visit = await enter(parts, ctx, { area, page, fresh }, typed);
      if (!visit) return;
      const answer = await submit(visit, fields, files);
      await area.settled?.();
      await answerVisit(visit, area, page, answer);
    });
  }
  return router;
}

/** Undefined: it carries files, and nobody is there who may send any: the browser is on its way to a sign-in. */
async function readPosted(
  parts: VisitorParts,
  ctx: Context,
  area: AreaTable,
  page: Page,
): Promise<{ fields: Fields; files: UploadedFiles } | undefined> {
  if (page.upload === undefined) return { fields: await readForm(ctx, parts.vault), files: {} };
  const visit = await enter(parts, ctx, { area, page, fresh: false }, {});
  return visit && readUpload(ctx, parts.vault, page.upload);
}

/** The form is on every page that is signed in to, and has none of its own. */
export function signOutRoute(router: Router, parts: VisitorParts, area: AreaTable): Router {
  return router.post(`${area.home}/sign-out`, async (ctx) => {
    await readForm(ctx, parts.vault, area.home);
    // Whoever signs out does it to themselves, in the console too.
    const there = await whoIsThere(parts, ctx, { ...area, actor: 'self' });
    if ('door' in there) return redirect(ctx, parts.provider.pathFor('end_session'));
    const { person, session, performed } = there.visit;
    valueOf(await signOut(parts, performed, person, session.uid));
    clearSiteData(ctx);
    return parts.pages.show(ctx, 'account/signed-out', {
      refused: null,
      here: '/',
      home: area.home,
    });
  });
}

interface Entrance {
  area: AreaTable;
  page: Page;
  fresh: boolean;
}

/** The visit, or undefined when the browser is on its way to a sign-in, with what it has filled in. */
async function enter(
  parts: VisitorParts,
  ctx: Context,
  { area, page, fresh }: Entrance,
  fields: Fields,
): Promise<Visit | undefined> {
  const there = await whoIsThere(parts, ctx, area);
  const to = ctx.method === 'GET' ? withoutForm(ctx.URL) : ctx.path;
  const person = 'door' in there ? there.person : there.visit.person.id;
  const filledIn =
    ctx.method === 'POST' ? fields : person === null ? {} : await heldFields(parts, ctx, person);
  const held = person === null || isEmpty(filledIn) ? null : { person, fields: filledIn };
  if ('door' in there) {
    redirect(ctx, await authorizationRequest(parts, ctx, area, { to, held }));
    return undefined;
  }
  const params = ctx['params'] as Record<string, string>;
  const visit = { ...there.visit, params, held: ctx.method === 'GET' ? filledIn : {} };
  area.admit?.(visit, page);
  if (!fresh || !visit.missing) return visit;
  const asked = { ...freshProof(visit, area), login_hint: visit.person.login };
  redirect(ctx, await authorizationRequest(parts, ctx, area, { to, held, params: asked }));
  return undefined;
}

const isEmpty = (fields: Fields): boolean => Object.keys(fields).length === 0;

async function answerVisit(
  visit: Visit,
  area: AreaTable,
  page: Page,
  given: Answer,
): Promise<void> {
  const { parts, ctx } = visit;
  if ('show' in given) return show(visit, area, page, given);
  if ('download' in given)
    return parts.pages.download(ctx, given.download, given.context, given.name);
  if ('file' in given) return parts.pages.file(ctx, given.file, given);
  if ('enrol' in given) {
    const params = {
      ...freshProof(visit, area),
      login_hint: visit.person.login,
      [ENROL]: given.enrol,
      ...(given.replaces === undefined ? {} : { [REPLACES]: given.replaces }),
    };
    return redirect(ctx, await authorizationRequest(parts, ctx, area, { to: given.to, params }));
  }
  if (given.said) say(ctx, parts, given.said);
  if (!('carry' in given)) return redirect(ctx, given.to);
  const { person, proofs, browser, now } = visit;
  const signIn = { person: person.id, epoch: given.carry.epoch, proofs: [...proofs], browser };
  const params = { [SESSION_TRANSFER]: await transferSession(parts, signIn, now) };
  return redirect(ctx, await authorizationRequest(parts, ctx, area, { to: given.to, params }));
}

function show(
  visit: Visit,
  area: AreaTable,
  page: Page,
  { show: template, context, status = 200 }: Extract<Answer, { show: string }>,
): void {
  const { parts, ctx, person, who, held } = visit;
  const account = {
    name: person.name,
    login: person.login,
    email: person.email,
    organisation: who.organisation.name,
  };
  const { section } = page;
  const shared = { account, section, said: readFlashMessage(ctx, parts), again: !isEmpty(held) };
  const plain = { problem: null, errors: {}, action: ctx.path, home: area.home };
  const own = { ...plain, ...area.frame(visit, page) };
  parts.pages.show(ctx, template, { ...shared, ...own, ...context }, status);
}

/** `/account/computers/x/revoke` → `/account/computers`: a page that would ask for a proof again is none to go back to. */
function sectionOf({ pages, home }: AreaTable, path: string): string {
  const first = path.split(/[?#]/u)[0]?.split('/').slice(0, 3).join('/') ?? home;
  const asking = pages.find((page) => page.path === first && page.fresh);
  if (!asking) return first;
  return pages.find((page) => page.section === asking.section && !page.fresh)?.path ?? home;
}

function withoutForm({ pathname, searchParams }: URL): string {
  const query = new URLSearchParams([...searchParams].filter(([name]) => name !== 'form'));
  return query.size > 0 ? `${pathname}?${query}` : pathname;
}

function redirect(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}
