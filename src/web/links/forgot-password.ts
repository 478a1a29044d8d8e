/**
 * `/forgot-password`: asks for a link by mail that sets a new password. The answer is the same, in the
 * same time, whether or not anybody has the name that was entered: what depends on it is done afterwards.
 */
import { SELF } from '../../audit/actor.ts';
import { finished } from 'node:stream/promises';
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import {
  mailPasswordLinks,
  mayAskForLink,
  type ForgottenParts,
} from '../../operations/password/forgotten-password.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { Config } from '../../config/schema.ts';
import { Problem } from '../../problem.ts';
import { valueOf } from '../../result.ts';
import { parseFields, readForm, text, type Fields } from '../forms.ts';
import { languageOf, type Notice, type Pages } from '../pages.ts';
import { addressBlock } from '../../net/address.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import type { ReturnTo } from '../return-to.ts';

export interface ForgotPasswordParts extends ForgottenParts {
  config: Config;
  relay: Relay;
  pages: Pages;
  wayBack: ReturnTo;
  /** Milliseconds since the epoch. */
  now(): number;
}

const PATH = '/forgot-password';
const form = z.object({ login: text(255).pipe(z.string().trim().min(1, 'login-required')) });

export function forgotPasswordRoutes(parts: ForgotPasswordParts): Router {
  const router = new Router();
  router.use(PATH, async (_, next) => {
    if (parts.config.mail.smtp_url === undefined) throw new Problem('not-found', { status: 404 });
    await next();
  });
  router.get(PATH, (ctx) => {
    if (parts.wayBack.keep(ctx, PATH)) return;
    showForgotPassword(parts, ctx, '', { errors: {}, problem: null });
  });
  router.get(`${PATH}/sent`, (ctx) =>
    parts.pages.show(ctx, 'account/forgot-password-sent', {
      back: parts.wayBack.read(ctx),
      minutes: Math.round(parts.config.lifetimes.reset_link / 60),
      sender: parts.config.mail.from,
    }),
  );
  router.post(PATH, async (ctx) => submit(parts, ctx, await readForm(ctx, parts.vault)));
  return router;
}

async function submit(parts: ForgotPasswordParts, ctx: Context, fields: Fields): Promise<void> {
  const parsed = parseFields(form, fields);
  if (!parsed.ok)
    return showForgotPassword(
      parts,
      ctx,
      fields['login'] ?? '',
      { errors: parsed.errors, problem: null },
      400,
    );
  const { login } = parsed.values;
  const now = parts.now();
  const client = addressBlock(ctx.ip);
  if (!(await mayAskForLink(parts, { name: login, client }, now))) {
    const problem = { code: 'too-many-links', values: {} };
    return showForgotPassword(parts, ctx, login, { errors: {}, problem }, 429);
  }
  const performed = {
    actor: SELF,
    origin: requestOrigin(ctx, null),
    language: languageOf(ctx, parts.config.default_language),
    fresh: false,
    now,
  };
  parts.relay.sometime(async () => {
    // Not before the answer is out: it would be slower for those who are somebody, as would the next one.
    await finished(ctx.res).catch(() => {});
    valueOf(await mailPasswordLinks(parts, performed, login));
  });
  ctx.status = 303;
  ctx.redirect(`${PATH}/sent`);
}

function showForgotPassword(
  parts: ForgotPasswordParts,
  ctx: Context,
  login: string,
  said: { errors: Record<string, string>; problem: Notice | null },
  status = 200,
): void {
  const context = { action: PATH, login, back: parts.wayBack.read(ctx), ...said };
  parts.pages.show(ctx, 'account/forgot-password', context, status);
}
