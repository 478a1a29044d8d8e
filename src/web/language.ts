/**
 * `/language`: pages in another language from now on. The form is on every page: the browser keeps the choice
 * in a cookie, the record of whoever is signed in has it too, and the reader goes on where they were.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { chooseLanguage } from '../operations/account/choose-language.ts';
import { valueOf } from '../result.ts';
import type { Language } from '../text/languages.ts';
import { ACCOUNT } from './account/page.ts';
import { ADMIN } from './admin/page.ts';
import { readForm } from './forms.ts';
import { keepLanguage, toLanguage } from './language-choice.ts';
import { ownPath } from './own-path.ts';
import { localeOf } from './pages.ts';
import { whoIsThere } from './signed-in/visit.ts';
import type { VisitorParts } from './visitor-parts.ts';

export function languageRoutes(parts: VisitorParts): Router {
  const router = new Router();
  router.post('/language', async (ctx) => {
    const { language: given, to } = await readForm(ctx, parts.vault, '/');
    const language = toLanguage(given);
    if (language !== undefined) await choose(parts, ctx, language);
    ctx.status = 303;
    ctx.redirect(ownPath(to));
  });
  return router;
}

/** Whoever is signed in well enough for their account or for the console: each is a sign-in of its own. */
async function visitHere(parts: VisitorParts, ctx: Context) {
  for (const { client } of [ACCOUNT, ADMIN]) {
    const there = await whoIsThere(parts, ctx, { client, actor: 'self' });
    if (!('door' in there)) return there.visit;
  }
  return undefined;
}

async function choose(parts: VisitorParts, ctx: Context, language: Language): Promise<void> {
  keepLanguage(ctx, language, parts.config.issuer.startsWith('https:'));
  const visit = await visitHere(parts, ctx);
  // Half signed in is not signed in: the record is the person's own.
  if (!visit) return;
  const { person, performed } = visit;
  const locale = localeOf(ctx, parts.config.default_language, language);
  valueOf(await chooseLanguage(parts, performed, person, { language: locale }));
}
