/** `/set-password`: a person sets their own password by a one-time link. It signs nobody in. */
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { readLink, spendLink, type LinkParts } from '../accounts/links.ts';
import type { Passwords } from '../accounts/password.ts';
import { getOrganisation } from '../accounts/organisation.ts';
import {
  changePerson,
  getPerson,
  personKind,
  revokeEverything,
  type Person,
} from '../accounts/person.ts';
import { newEvent } from '../audit/event.ts';
import type { Poster } from '../audit/poster.ts';
import { adding, type Posting } from '../audit/posting.ts';
import type { Config } from '../config/schema.ts';
import { heldFactors } from '../factors/factor.ts';
import type { Notices } from '../mail/notices.ts';
import { Problem } from '../problem.ts';
import type { Store } from '../storage/store.ts';
import { parseFields, readForm, text } from './forms.ts';
import type { LinkCookie } from './link-cookie.ts';
import { languageOf, type Notice, type Pages } from './pages.ts';
import { sceneOf } from './scene.ts';

export interface SetPasswordParts extends LinkParts {
  store: Store;
  config: Config;
  notices: Notices;
  poster: Pick<Poster, 'soon'>;
  passwords: Passwords;
  pages: Pages;
  cookie: LinkCookie;
  /** Milliseconds since the epoch. */
  now(): number;
}

const form = z
  .object({ password: text(1024).pipe(z.string().min(1, 'required')), password_repeat: text(1024) })
  .refine((fields) => fields.password === fields.password_repeat, {
    path: ['password_repeat'],
    message: 'password-repeat',
  });

export function setPasswordRoutes(parts: SetPasswordParts): Router {
  const router = new Router();
  router.get('/set-password', async (ctx) => {
    const { token } = ctx.query;
    if (typeof token === 'string') {
      await readLink(parts, token, 'set-password', parts.now());
      return parts.cookie.keep(ctx, token, '/set-password');
    }
    const { person } = await personOf(parts, ctx);
    return page(parts, ctx, person, {}, null);
  });
  router.get('/set-password/done', (ctx) => parts.pages.show(ctx, 'account/set-password-done', {}));
  router.post('/set-password', async (ctx) => {
    const fields = await readForm(ctx, parts.vault);
    const { person, token, epoch } = await personOf(parts, ctx);
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return page(parts, ctx, person, parsed.errors, null, 400);
    try {
      await setPassword(parts, ctx, { token, person, epoch }, parsed.values.password);
    } catch (error) {
      if (!(error instanceof Problem) || !error.code.startsWith('password-')) throw error;
      return page(parts, ctx, person, { password: error.code }, error, 400);
    }
    parts.cookie.drop(ctx);
    ctx.status = 303;
    return ctx.redirect('/set-password/done');
  });
  return router;
}

async function personOf(
  parts: SetPasswordParts,
  ctx: Context,
): Promise<{ person: Person; token: string; epoch: number }> {
  const token = parts.cookie.read(ctx);
  const link = await readLink(parts, token, 'set-password', parts.now());
  const person = await getPerson(parts.store, link.person);
  // A later change (another link used, the person disabled) has made this link worthless.
  if (!person?.active || person.epoch !== link.epoch)
    throw new Problem('link-spent', { status: 410 });
  return { person, token, epoch: link.epoch };
}

async function setPassword(
  parts: SetPasswordParts,
  ctx: Context,
  { token, person, epoch }: { token: string; person: Person; epoch: number },
  password: string,
): Promise<void> {
  const { login, email, name } = person;
  parts.passwords.check(password, {
    minimum: minimumFor(parts.config, person),
    known: [login, email, name],
  });
  const passwordHash = await parts.passwords.hash(password);
  const postings = await whatIsTold(parts, ctx, person);
  await spendLink(parts, token);
  await changePerson(parts.store, person.id, (current) => {
    if (current.epoch !== epoch || !current.active)
      throw new Problem('link-spent', { status: 410 });
    const set = { passwordHash, ...revokeEverything(current), ...adding(current, ...postings) };
    return { set, result: undefined };
  });
  parts.poster.soon(personKind, person.id);
}

async function whatIsTold(
  { store, notices, config, now }: SetPasswordParts,
  ctx: Context,
  person: Person,
): Promise<Posting[]> {
  const at = now();
  const scene = sceneOf(ctx, null);
  const organisation = await getOrganisation(store, person.organisation);
  const values = { organisation: organisation?.name ?? '', at, address: scene.address ?? '' };
  const language = languageOf(ctx, config.default_language);
  return [
    { event: newEvent({ type: 'password.set', at, scene, person }) },
    ...(await notices.to(person, 'password-set', values, { now: at, language })),
  ];
}

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters where the password stands alone, 8 with a second factor. */
function minimumFor({ passwords }: Config, person: Person): number {
  return heldFactors(person).length > 0 ? passwords.min_length_with_mfa : passwords.min_length;
}

function page(
  parts: SetPasswordParts,
  ctx: Context,
  person: Person,
  errors: Record<string, string>,
  problem: Notice | null,
  status = 200,
): void {
  const minimum = minimumFor(parts.config, person);
  const context = { action: '/set-password', errors, problem, login: person.login, minimum };
  parts.pages.show(ctx, 'account/set-password', context, status);
}
