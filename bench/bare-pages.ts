/**
 * The least that signs a person in: the same requests as the product's pages (password, code,
 * back), without anything that a real sign-in has to do. Any six digits are a code.
 */
import { text } from 'node:stream/consumers';
import type { Context, Middleware } from 'koa';
import type Provider from 'oidc-provider';
import type { ConfidentialClient, Person } from './messages.ts';

const PLACE = /^\/interaction\/([\w-]+)(?:\/(password|totp))?$/u;

/** `people`: by login, which is the account's id as well. */
export function barePages(provider: Provider, people: ReadonlyMap<string, Person>): Middleware {
  const proven = new Map<string, string>();
  return async (ctx, next) => {
    const [, uid, step] = PLACE.exec(ctx.path) ?? [];
    if (uid === undefined) return next();
    await provider.interactionDetails(ctx.req, ctx.res);
    if (step === undefined) return show(ctx, uid, 'password');
    if (ctx.method === 'GET') return show(ctx, uid, step);

    const fields = new URLSearchParams(await text(ctx.req));
    const login = step === 'password' ? fields.get('login') : proven.get(uid);
    if (!login || !isRight(step, fields, people.get(login)?.password))
      return ctx.throw(400, 'wrong');
    if (step === 'password') {
      proven.set(uid, login);
      return goTo(ctx, `/interaction/${uid}/totp`);
    }
    proven.delete(uid);
    const signIn = { accountId: login, acr: 'urn:latchkey:acr:mfa', amr: ['pwd', 'otp', 'mfa'] };
    ctx.respond = false;
    await provider.interactionFinished(ctx.req, ctx.res, { login: signIn });
  };
}

/** The least that answers a mail server: one look into a table. */
export function barePasscodes(
  { client_id, client_secret }: ConfidentialClient,
  people: ReadonlyMap<string, Person>,
): Middleware {
  const expected = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  return async (ctx, next) => {
    if (ctx.path !== '/mail/passcode') return next();
    const fields = new URLSearchParams(await text(ctx.req));
    const username = fields.get('username') ?? '';
    const isKnown = ctx.get('authorization') === expected;
    if (!isKnown || people.get(username)?.passcode !== fields.get('password'))
      return ctx.throw(400, 'wrong');
    const email = `${username}@bench.example`;
    ctx.body = { access_token: 'ok', token_type: 'Bearer', active: 'true', username, email };
  };
}

function isRight(step: string, fields: URLSearchParams, password: string | undefined): boolean {
  if (step === 'password') return fields.get('password') === password;
  return /^[0-9]{6}$/u.test(fields.get('code') ?? '');
}

function goTo(ctx: Context, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}

function show(ctx: Context, uid: string, step: string): void {
  const boxes =
    step === 'password'
      ? '<input name="login"><input name="password" type="password">'
      : '<input name="code" inputmode="numeric">';
  ctx.type = 'html';
  ctx.body = `<!doctype html><title>Sign in</title><form method="post" action="/interaction/${uid}/${step}">${boxes}<button>Next</button></form>`;
}
