/**
 * The least that signs a person in: the same requests as the product's pages (password, code,
 * back), without anything that a real sign-in has to do. Any six digits are a code.
 */
import { text } from 'node:stream/consumers';
import type { Context, Middleware } from 'koa';
import type Provider from 'oidc-provider';

const PLACE = /^\/interaction\/([\w-]+)(?:\/(password|totp))?$/u;

/** `passwords`: of each login. The login is the account's id as well. */
export function barePages(provider: Provider, passwords: ReadonlyMap<string, string>): Middleware {
  const proven = new Map<string, string>();
  return async (ctx, next) => {
    const [, uid, step] = PLACE.exec(ctx.path) ?? [];
    if (uid === undefined) return next();
    await provider.interactionDetails(ctx.req, ctx.res);
    if (step === undefined) return goTo(ctx, `/interaction/${uid}/password`);
    if (ctx.method === 'GET') return show(ctx, step);

    const fields = new URLSearchParams(await text(ctx.req));
    const login = step === 'password' ? fields.get('login') : proven.get(uid);
    if (!login || !isRight(step, fields, passwords.get(login))) return ctx.throw(400, 'wrong');
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

function isRight(step: string, fields: URLSearchParams, password: string | undefined): boolean {
  if (step === 'password') return fields.get('password') === password;
  return /^[0-9]{6}$/u.test(fields.get('code') ?? '');
}

function goTo(ctx: Context, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}

function show(ctx: Context, step: string): void {
  const boxes =
    step === 'password'
      ? '<input name="login"><input name="password" type="password">'
      : '<input name="code" inputmode="numeric">';
  ctx.type = 'html';
  ctx.body = `<!doctype html><title>Sign in</title><form method="post" action="${ctx.path}">${boxes}<button>Next</button></form>`;
}
