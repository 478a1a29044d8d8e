/** `/set-password`: a person sets their own password by a one-time link. It signs nobody in. */
import { SELF } from '../../audit/actor.ts';
import Router from '@koa/router';
import type { Context } from 'koa';
import { shortestPassword } from '../../operations/password/new-password.ts';
import {
  setPasswordByLink,
  setPasswordInput,
  type SetPasswordParts,
  type ShownLink,
} from '../../operations/password/set-password-by-link.ts';
import { isActive } from '../../policy/assurance.ts';
import { readLink } from '../../records/link.ts';
import { getPerson } from '../../records/person.ts';
import type { Config } from '../../config/schema.ts';
import { hasFaults, Problem, type Faults } from '../../problem.ts';
import { valueOf } from '../../result.ts';
import type { ReadOrganisation } from '../../oidc/clients/known-organisations.ts';
import { showFor } from '../brand/organisation-brand.ts';
import { readForm, type Fields } from '../forms.ts';
import type { LinkTokenCookie } from './link-token-cookie.ts';
import { languageOf, type Pages } from '../pages.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import type { ReturnTo } from '../return-to.ts';

export interface SetPasswordPageParts extends SetPasswordParts {
  config: Config;
  pages: Pages;
  cookie: LinkTokenCookie;
  wayBack: ReturnTo;
  readOrganisation: ReadOrganisation;
  /** Milliseconds since the epoch. */
  now(): number;
}

const PATH = '/set-password';

export function setPasswordRoutes(parts: SetPasswordPageParts): Router {
  const router = new Router();
  router.get(PATH, async (ctx) => {
    const { token } = ctx.query;
    if (typeof token === 'string') {
      await readLink(parts, token, 'set-password', parts.now());
      return parts.cookie.keep(ctx, token, PATH);
    }
    return showSetPassword(parts, ctx, await shownBy(parts, ctx), {});
  });
  router.get(`${PATH}/done`, (ctx) =>
    parts.pages.show(ctx, 'account/set-password-done', { back: parts.wayBack.read(ctx) }),
  );
  router.post(PATH, async (ctx) => submit(parts, ctx, await readForm(ctx, parts.vault)));
  return router;
}

async function submit(parts: SetPasswordPageParts, ctx: Context, fields: Fields): Promise<void> {
  const shown = await shownBy(parts, ctx);
  const language = languageOf(ctx, parts.config.default_language);
  const performed = {
    actor: SELF,
    origin: requestOrigin(ctx, null),
    language,
    fresh: false,
    now: parts.now(),
  };
  const given = setPasswordInput.parse({ ...fields });
  const done = await setPasswordByLink(parts, performed, shown, given);
  if (!done.ok && hasFaults(done.problem))
    return showSetPassword(parts, ctx, shown, done.problem.faults, 400);
  valueOf(done);
  parts.cookie.drop(ctx);
  ctx.status = 303;
  ctx.redirect(`${PATH}/done`);
}

async function shownBy(parts: SetPasswordPageParts, ctx: Context): Promise<ShownLink> {
  const token = parts.cookie.read(ctx);
  const link = await readLink(parts, token, 'set-password', parts.now());
  const person = await getPerson(parts.store, link.person);
  if (person) showFor(ctx, await parts.readOrganisation(person.organisation));
  // A later change (another link used, the person disabled) has made this link worthless.
  if (!person || !isActive(person, parts.now()) || person.epoch !== link.epoch)
    throw new Problem('link-spent', { status: 410 });
  return { token, link, person };
}

function showSetPassword(
  parts: SetPasswordPageParts,
  ctx: Context,
  { person, link }: ShownLink,
  errors: Faults,
  status = 200,
): void {
  const minimum = shortestPassword(parts.config, person);
  // Whoever reads the codes there has the link too: it says so before, not at the next sign-in.
  const bars = link.mailedTo === 'secondary' && person.emailMfaSince !== null;
  const context = { action: PATH, errors, problem: null, login: person.login, minimum, bars };
  parts.pages.show(ctx, 'account/set-password', context, status);
}
