/** `/set-password`: a person sets their own password by a one-time link. It signs nobody in. */
import { SELF } from '../../audit/actor.ts';
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import {
  setPasswordByLink,
  shortestPassword,
  type ChangePasswordParts,
} from '../../operations/account/change-password.ts';
import { readLink, type PasswordLink } from '../../records/link.ts';
import { isSamePassword } from '../../factors/password-rules.ts';
import { getPerson, type Person } from '../../records/person.ts';
import type { Config } from '../../config/schema.ts';
import { Problem } from '../../problem.ts';
import { parseFields, readForm, text, type Fields } from '../forms.ts';
import type { LinkTokenCookie } from './link-token-cookie.ts';
import { languageOf, type Notice, type Pages } from '../pages.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import type { ReturnTo } from '../return-to.ts';

export interface SetPasswordParts extends ChangePasswordParts {
  config: Config;
  pages: Pages;
  cookie: LinkTokenCookie;
  wayBack: ReturnTo;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A link that is good, and whose it is. */
interface Shown {
  token: string;
  link: PasswordLink;
  person: Person;
}

const PATH = '/set-password';

const form = z
  .object({ password: text(1024).pipe(z.string().min(1, 'required')), password_repeat: text(1024) })
  .refine((fields) => isSamePassword(fields.password, fields.password_repeat), {
    path: ['password_repeat'],
    message: 'password-repeat',
  });

export function setPasswordRoutes(parts: SetPasswordParts): Router {
  const router = new Router();
  router.get(PATH, async (ctx) => {
    const { token } = ctx.query;
    if (typeof token === 'string') {
      await readLink(parts, token, 'set-password', parts.now());
      return parts.cookie.keep(ctx, token, PATH);
    }
    return page(parts, ctx, await shownBy(parts, ctx), {}, null);
  });
  router.get(`${PATH}/done`, (ctx) =>
    parts.pages.show(ctx, 'account/set-password-done', { back: parts.wayBack.read(ctx) }),
  );
  router.post(PATH, async (ctx) => submit(parts, ctx, await readForm(ctx, parts.vault)));
  return router;
}

async function submit(parts: SetPasswordParts, ctx: Context, fields: Fields): Promise<void> {
  const shown = await shownBy(parts, ctx);
  const parsed = parseFields(form, fields);
  if (!parsed.ok) return page(parts, ctx, shown, parsed.errors, null, 400);
  const language = languageOf(ctx, parts.config.default_language);
  const performed = {
    actor: SELF,
    origin: requestOrigin(ctx, null),
    language,
    fresh: false,
    now: parts.now(),
  };
  try {
    await setPasswordByLink(parts, shown, parsed.values.password, performed);
  } catch (error) {
    if (!(error instanceof Problem) || !error.code.startsWith('password-')) throw error;
    return page(parts, ctx, shown, { password: error.code }, error, 400);
  }
  parts.cookie.drop(ctx);
  ctx.status = 303;
  ctx.redirect(`${PATH}/done`);
}

async function shownBy(parts: SetPasswordParts, ctx: Context): Promise<Shown> {
  const token = parts.cookie.read(ctx);
  const link = await readLink(parts, token, 'set-password', parts.now());
  const person = await getPerson(parts.store, link.person);
  // A later change (another link used, the person disabled) has made this link worthless.
  if (!person?.active || person.epoch !== link.epoch)
    throw new Problem('link-spent', { status: 410 });
  return { token, link, person };
}

function page(
  parts: SetPasswordParts,
  ctx: Context,
  { person, link }: Shown,
  errors: Record<string, string>,
  problem: Notice | null,
  status = 200,
): void {
  const minimum = shortestPassword(parts.config, person);
  // Whoever reads the codes there has the link too: it says so before, not at the next sign-in.
  const bars = link.mailedTo === 'secondary' && person.emailMfaSince !== null;
  const context = { action: PATH, errors, problem, login: person.login, minimum, bars };
  parts.pages.show(ctx, 'account/set-password', context, status);
}
