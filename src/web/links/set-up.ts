/** `/setup`: the making of the first administrator by a one-time link. */
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { OPERATOR } from '../../audit/actor.ts';
import { entryOwner } from '../../branding/brand.ts';
import { requestOrigin } from '../../net/request-origin.ts';
import {
  completeSetUp,
  finishedSetUp,
  type FinishedSetUp,
} from '../../operations/installation/first-administrator.ts';
import {
  confirmDraftPassword,
  draftIdOf,
  isPasswordFresh,
  refreshDraft,
  saveDraft,
  setUpInput,
  type SetUpParts,
} from '../../operations/installation/set-up-draft.ts';
import { type SetUpDraft, setUpDraftCollection } from '../../records/under-way/set-up.ts';
import { checkSetUpLink } from '../../operations/installation/set-up-link.ts';
import { valueOf } from '../../result.ts';
import type { Config } from '../../config/schema.ts';
import { refusalNotice } from '../../factors/code-notice.ts';
import { sixDigits } from '../../factors/totp.ts';
import { hasFaults, Problem, type Faults } from '../../problem.ts';
import { browserOf } from '../browser-secret.ts';
import { CODES_FILE } from '../codes-file.ts';
import { parseFields, readForm, text, type Fields } from '../forms.ts';
import type { LinkTokenCookie } from './link-token-cookie.ts';
import { languageOf, type Notice, type Pages } from '../pages.ts';
import { codePage, plainPage, scanPage, turnPage } from '../totp-wizard.ts';

export interface SetUpPageParts extends SetUpParts {
  config: Config;
  pages: Pages;
  cookie: LinkTokenCookie;
  /** Milliseconds since the epoch. */
  now(): number;
}

const wizard = z.object({ go: text(20), code: text(64), pending: text(64) });

export function setUpRoutes(parts: SetUpPageParts): Router {
  const router = new Router();
  router.get('/setup', async (ctx) => {
    const { token } = ctx.query;
    if (typeof token === 'string') {
      await checkSetUpLink(parts, token, parts.now());
      return parts.cookie.keep(ctx, token, '/setup');
    }
    await tokenOf(parts, ctx);
    return formPage(parts, ctx, {}, {});
  });
  router.post('/setup', async (ctx) => {
    const fields = await readForm(ctx, parts.vault);
    const token = await tokenOf(parts, ctx);
    await submitForm(parts, ctx, token, fields);
  });
  router.get('/setup/done', async (ctx) => donePage(parts, ctx, 'setup/done'));
  router.get('/setup/done/print', async (ctx) =>
    donePage(parts, ctx, 'interactions/one-time-codes-print'),
  );
  router.get('/setup/done/download', async (ctx) => {
    const finished = await finishedHere(parts, ctx);
    if (finished.codes.length === 0) return go(ctx, '/setup/done');
    return parts.pages.download(ctx, CODES_FILE.download, finished, CODES_FILE.name);
  });
  router.get('/setup/authenticator{/:page}', async (ctx) => {
    const { draft } = await draftOf(parts, ctx);
    if (!isPasswordFresh(draft, parts.now())) return go(ctx, passwordPath(pageOf(ctx)));
    return wizardPage(parts, ctx, draft, pageOf(ctx), null);
  });
  router.get('/setup/password{/:page}', async (ctx) => {
    const { draft } = await draftOf(parts, ctx);
    passwordPage(parts, ctx, draft, null);
  });
  router.post('/setup/password{/:page}', async (ctx) => {
    await submitPassword(parts, ctx, await readForm(ctx, parts.vault));
  });
  router.post('/setup/authenticator{/:page}', async (ctx) => {
    const fields = await readForm(ctx, parts.vault);
    await submitWizard(parts, ctx, fields);
  });
  return router;
}

async function tokenOf(parts: SetUpPageParts, ctx: Context): Promise<string> {
  const token = parts.cookie.read(ctx);
  await checkSetUpLink(parts, token, parts.now());
  return token;
}

async function submitForm(
  parts: SetUpPageParts,
  ctx: Context,
  token: string,
  fields: Fields,
): Promise<void> {
  const { passwords } = parts.config;
  const draftId = draftIdOf(parts.vault, token, browserOf(ctx));
  const form = setUpInput.parse({ ...fields });
  try {
    await saveDraft(parts, draftId, form, passwords.min_length_with_mfa, parts.now());
  } catch (error) {
    if (!(error instanceof Problem) || !hasFaults(error)) throw error;
    return formPage(parts, ctx, fields, error.faults, 400);
  }
  return go(ctx, '/setup/authenticator');
}

function formPage(
  parts: SetUpPageParts,
  ctx: Context,
  fields: Fields,
  errors: Faults,
  status = 200,
): void {
  const { organisation = '', name = '', email = '', login = '' } = fields;
  const values = { organisation, name, email, login };
  const minimum = parts.config.passwords.min_length_with_mfa;
  parts.pages.show(
    ctx,
    'setup/begin',
    { action: '/setup', errors, problem: null, values, minimum },
    status,
  );
}

async function draftOf(
  parts: SetUpPageParts,
  ctx: Context,
): Promise<{ token: string; draftId: string; draft: SetUpDraft }> {
  const token = await tokenOf(parts, ctx);
  const draftId = draftIdOf(parts.vault, token, browserOf(ctx));
  const draft = await parts.store.get(setUpDraftCollection, draftId);
  if (!draft) throw new Problem('set-up-begin', { back: '/setup' });
  return { token, draftId, draft };
}

async function submitWizard(parts: SetUpPageParts, ctx: Context, fields: Fields): Promise<void> {
  const parsed = parseFields(wizard, fields);
  const {
    go: where,
    code,
    pending,
  } = parsed.ok ? parsed.values : { go: '', code: '', pending: '' };
  const { token, draftId, draft } = await draftOf(parts, ctx);
  if (where === 'cancel') return go(ctx, '/setup');
  if (!isPasswordFresh(draft, parts.now())) return go(ctx, passwordPath(pageOf(ctx)));
  if (where === 'refresh') {
    await refreshDraft(parts, draftId, parts.now());
    return go(ctx, '/setup/authenticator/scan');
  }
  if (where !== 'submit') return go(ctx, `/setup/authenticator/${turnPage(pageOf(ctx), where)}`);

  const digits = sixDigits(code);
  if (digits === undefined)
    return wizardPage(parts, ctx, draft, 'code', { code: 'six-digits-format', values: {} }, 400);
  const proof = { pendingId: pending, code: digits };
  const performed = {
    actor: OPERATOR,
    origin: requestOrigin(ctx, null),
    language: languageOf(ctx, parts.config.default_language),
    fresh: true,
    now: parts.now(),
  };
  const outcome = valueOf(await completeSetUp(parts, performed, { token, draftId }, proof));
  if (outcome.verdict === 'password-old') return go(ctx, passwordPath('code'));
  if (outcome.verdict !== 'accepted')
    return wizardPage(parts, ctx, draft, 'code', refusalNotice(outcome), 400);
  return go(ctx, '/setup/done');
}

/** The password has grown old in the wizard: it is given again, and the wizard goes on at the same page. */
async function submitPassword(parts: SetUpPageParts, ctx: Context, fields: Fields): Promise<void> {
  const { draftId, draft } = await draftOf(parts, ctx);
  if (fields['go'] === 'cancel') return go(ctx, '/setup');
  const given = fields['password'] ?? '';
  if (given === '') return passwordPage(parts, ctx, draft, 'password-required');
  if (!(await confirmDraftPassword(parts, draftId, given, parts.now())))
    return passwordPage(parts, ctx, draft, 'password-other');
  return go(ctx, `/setup/authenticator/${pageOf(ctx)}`);
}

function passwordPage(
  parts: SetUpPageParts,
  ctx: Context,
  { login }: SetUpDraft,
  code: string | null,
): void {
  const problem: Notice | null = code === null ? null : { code, values: {} };
  const context = { action: ctx.path, login, problem, errors: {} };
  parts.pages.show(ctx, 'setup/password', context, code === null ? 200 : 400);
}

const passwordPath = (page: string): string => `/setup/password/${page}`;

/** The spent link still says which browser this is: it may see the one-time codes for a few minutes. */
async function donePage(parts: SetUpPageParts, ctx: Context, template: string): Promise<void> {
  const finished = await finishedHere(parts, ctx);
  parts.pages.show(ctx, finished.codes.length > 0 ? template : 'setup/done', finished);
}

async function finishedHere(
  parts: SetUpPageParts,
  ctx: Context,
): Promise<FinishedSetUp & { issuer: string }> {
  const draftId = draftIdOf(parts.vault, parts.cookie.read(ctx), browserOf(ctx));
  const none = { codes: [], login: '', organisation: '', madeAt: 0 };
  const finished = await finishedSetUp(parts, draftId);
  return { ...(finished ?? none), issuer: parts.config.issuer };
}

async function wizardPage(
  parts: SetUpPageParts,
  ctx: Context,
  draft: SetUpDraft,
  page: string,
  problem: Notice | null,
  status = 200,
): Promise<void> {
  const now = parts.now();
  const { authenticator, organisation, email: account } = draft;
  const issuer = entryOwner(parts.config.branding, organisation);
  const { show, context } =
    page === 'scan'
      ? await scanPage(parts.vault, authenticator, { issuer, account }, 'set-up')
      : page === 'code'
        ? codePage(authenticator.id, { problem, errors: {} }, 'set-up', now)
        : plainPage(page, 'set-up');
  parts.pages.show(ctx, show, { ...context, action: ctx.path }, status);
}

function pageOf(ctx: Context): string {
  const page: unknown = (ctx['params'] as Record<string, unknown>)['page'];
  return typeof page === 'string' && page !== 'done' ? page : '';
}

function go(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to.replace(/\/$/u, ''));
}
