/**
 * The account pages: an ordered table, and this dispatcher, which alone redirects. Everybody is judged
 * anew with every request (visit.ts); whoever is not signed in well enough goes by the door (authorization-request.ts).
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { signOut } from '../../operations/account/end-sessions.ts';
import { valueOf } from '../../result.ts';
import { SESSION_TRANSFER, ENROL, REPLACES } from '../../oidc/clients/account-client.ts';
import { transferSession } from '../../oidc/authorization/session-transfer.ts';
import { readForm, type Fields } from '../forms.ts';
import { clearSiteData } from '../../net/response-headers.ts';
import { activityPages } from './pages/activity.ts';
import { codePages } from './pages/codes.ts';
import { computerPages } from './pages/computers.ts';
import { handleCallback, heldFields, authorizationRequest } from './authorization-request.ts';
import { factorPages } from './pages/factors.ts';
import { overview } from './pages/overview.ts';
import type { AccountPage, AccountVisit, Answer } from './page.ts';
import { passcodePages } from './pages/passcodes.ts';
import { passwordPages } from './pages/password.ts';
import { readFlashMessage, say } from './flash-message.ts';
import { sessionPages } from './pages/sessions.ts';
import { zonePage } from './pages/zone.ts';
import { twoStepPages } from './pages/two-step.ts';
import { freshProof, whoIsThere } from './visit.ts';
import type { VisitorParts } from '../visitor-parts.ts';

/** In the order of the navigation. */
export const pages: readonly AccountPage[] = [
  overview,
  zonePage,
  ...twoStepPages,
  ...codePages,
  ...factorPages,
  ...computerPages,
  ...passcodePages,
  ...passwordPages,
  ...sessionPages,
  ...activityPages,
];

export function accountRoutes(parts: VisitorParts): Router {
  const router = new Router();
  router.get('/account/callback', async (ctx) => {
    const { to, refused } = await handleCallback(parts, ctx);
    if (refused === null) return redirect(ctx, to);
    const there = await whoIsThere(parts, ctx);
    // Cancelled where nobody is signed in: to ask again at once would be a circle.
    if ('door' in there) return parts.pages.show(ctx, 'account/signed-out', { refused });
    say(ctx, parts, { what: refused === 'access_denied' ? 'cancelled' : 'refused', values: {} });
    return redirect(ctx, sectionOf(to));
  });
  router.post('/account/sign-out', async (ctx) => {
    // The form is on every page of the account, and has none of its own.
    await readForm(ctx, parts.vault, '/account');
    const there = await whoIsThere(parts, ctx);
    if ('door' in there) return redirect(ctx, parts.provider.pathFor('end_session'));
    const { person, session, performed } = there.visit;
    valueOf(await signOut(parts, performed, person, session.uid));
    clearSiteData(ctx);
    return parts.pages.show(ctx, 'account/signed-out', { refused: null, here: '/' });
  });
  for (const page of pages) {
    router.get(page.path, async (ctx) => {
      const visit = await enter(parts, ctx, page, {});
      if (visit) await answerVisit(visit, page, await page.show(visit));
    });
    const { submit } = page;
    if (!submit) continue;
    router.post(page.path, async (ctx) => {
      const fields = await readForm(ctx, parts.vault);
      const visit = await enter(parts, ctx, { ...page, fresh: true }, fields);
      if (visit) await answerVisit(visit, page, await submit(visit, fields));
    });
  }
  return router;
}

/** The visit, or undefined when the browser is on its way to a sign-in, with what it has filled in. */
async function enter(
  parts: VisitorParts,
  ctx: Context,
  { fresh }: Pick<AccountPage, 'fresh'>,
  fields: Fields,
): Promise<AccountVisit | undefined> {
  const there = await whoIsThere(parts, ctx);
  const to = ctx.method === 'GET' ? withoutForm(ctx.URL) : ctx.path;
  const person = 'door' in there ? there.person : there.visit.person.id;
  const filledIn =
    ctx.method === 'POST' ? fields : person === null ? {} : await heldFields(parts, ctx, person);
  const held = person === null || isEmpty(filledIn) ? null : { person, fields: filledIn };
  if ('door' in there) {
    redirect(ctx, await authorizationRequest(parts, ctx, { to, held }));
    return undefined;
  }
  if (fresh && there.visit.missing) {
    const params = { ...freshProof(there.visit), login_hint: there.visit.person.login };
    redirect(ctx, await authorizationRequest(parts, ctx, { to, held, params }));
    return undefined;
  }
  const params = ctx['params'] as Record<string, string>;
  return { ...there.visit, params, held: ctx.method === 'GET' ? filledIn : {} };
}

const isEmpty = (fields: Fields): boolean => Object.keys(fields).length === 0;

async function answerVisit(visit: AccountVisit, page: AccountPage, given: Answer): Promise<void> {
  const { parts, ctx } = visit;
  if ('show' in given) return show(visit, page, given.show, given.context, given.status);
  if ('download' in given)
    return parts.pages.download(ctx, given.download, given.context, given.name);
  if ('enrol' in given) {
    const params = {
      ...freshProof(visit),
      login_hint: visit.person.login,
      [ENROL]: given.enrol,
      ...(given.replaces === undefined ? {} : { [REPLACES]: given.replaces }),
    };
    return redirect(ctx, await authorizationRequest(parts, ctx, { to: given.to, params }));
  }
  if (given.said) say(ctx, parts, given.said);
  if (!('carry' in given)) return redirect(ctx, given.to);
  const { person, proofs, browser, now } = visit;
  const signIn = { person: person.id, epoch: given.carry.epoch, proofs: [...proofs], browser };
  const params = { [SESSION_TRANSFER]: await transferSession(parts, signIn, now) };
  return redirect(ctx, await authorizationRequest(parts, ctx, { to: given.to, params }));
}

function show(
  visit: AccountVisit,
  { section }: AccountPage,
  template: string,
  context: object,
  status = 200,
): void {
  const { parts, ctx, person, who, held } = visit;
  const account = {
    name: person.name,
    login: person.login,
    email: person.email,
    organisation: who.organisation.name,
  };
  const shared = { account, section, said: readFlashMessage(ctx, parts), again: !isEmpty(held) };
  parts.pages.show(
    ctx,
    template,
    { ...shared, problem: null, errors: {}, action: ctx.path, ...context },
    status,
  );
}

/** `/account/computers/x/revoke` → `/account/computers`: a page that would ask for a proof again is none to go back to. */
function sectionOf(path: string): string {
  const first = path.split(/[?#]/u)[0]?.split('/').slice(0, 3).join('/') ?? '/account';
  const asking = pages.find((page) => page.path === first && page.fresh);
  if (!asking) return first;
  return pages.find((page) => page.section === asking.section && !page.fresh)?.path ?? '/account';
}

function withoutForm({ pathname, searchParams }: URL): string {
  const query = new URLSearchParams([...searchParams].filter(([name]) => name !== 'form'));
  return query.size > 0 ? `${pathname}?${query}` : pathname;
}

function redirect(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}
