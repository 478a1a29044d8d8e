/** The one place where what went wrong becomes an answer: a page for people, JSON for programs. */
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { errors, type ErrorOut, type KoaContextWithOIDC } from 'oidc-provider';
import { isForPrograms, isWellKnown } from '../../oidc/endpoints.ts';
import { TooManySignIns } from '../../oidc/authorization/request-limits.ts';
import { Problem } from '../../problem.ts';
import { DamagedDocument, StoreUnavailable } from '../../storage/store.ts';
import type { Pages } from '../pages.ts';
import { describeProblem } from './problem-descriptions.ts';
import { markStart, startOver } from './start-over.ts';
import type { FindWayOn, WayOn } from '../way-on.ts';

/** Catches everything below it. What is not a Problem is logged with its cause and shown as `server`. */
export function answerProblems(pages: Pages, log: Logger, wayOn: FindWayOn): Middleware {
  return async (ctx, next) => {
    markStart(ctx);
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined)
        throw new Problem('not-found', { status: 404 });
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status >= 500)
        log.error({ err: error, request: ctx.state['requestId'] }, problem.code);
      answerProblem(pages, ctx, problem, await wayOn(ctx, problem));
    }
  };
}

/**
 * The library's `renderError`: what can't be sent back to the relying party. It is called for programs
 * too that accept HTML: they are told what others are, with the headers that the library has set.
 */
export function showProtocolError(pages: Pages, wayOn: FindWayOn) {
  return async (ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void> => {
    // One that would have gone to the app as a redirect is an error here (oidc/authorization/shown-errors.ts).
    const status = Math.max(ctx.status, 400);
    if (isForPrograms(ctx)) return void (ctx.body = out);
    const problem = lateSignOut(ctx, error) ?? protocolProblem(out, error, status);
    answerProblem(pages, ctx, problem, await wayOn(ctx, problem), out);
  };
}

/**
 * The form that signs out is good once, for the newest question and while its session lives. It is ours: no
 * app is to blame, and the question can be asked anew.
 */
function lateSignOut({ oidc }: KoaContextWithOIDC, error: Error): Problem | undefined {
  if (oidc.route !== 'end_session_confirm' || !(error instanceof errors.InvalidRequest))
    return undefined;
  return new Problem('csrf', { back: oidc.provider.pathFor('end_session') });
}

function protocolProblem(out: ErrorOut, error: Error, status: number): Problem {
  if (error instanceof StoreUnavailable) return toProblem(error);
  if (error instanceof TooManySignIns) {
    const { seconds } = error;
    const values = { seconds, minutes: Math.ceil(seconds / 60) };
    return new Problem('too-many-sign-ins', { status: 429, values });
  }
  if (error instanceof errors.InvalidRedirectUri) return new Problem('redirect-uri');
  if (error instanceof errors.SessionNotFound) return new Problem('interaction-expired');
  if (error instanceof errors.InvalidClient) return new Problem('unknown-client');
  if (status >= 500) return new Problem('server', { status });
  // Told to an app wherever it can be told (oidc/authorization/shown-errors.ts): here it is the person who is.
  if (error instanceof errors.AccessDenied) return new Problem('not-signed-in', { status: 403 });
  const description = out.error_description ?? '';
  return new Problem('oauth', { status, values: { error: out.error, description } });
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailable)
    return new Problem('unavailable', { status: 503, cause: error });
  // The log has named it, where the store met it.
  if (error instanceof DamagedDocument)
    return new Problem('damaged', { status: 403, cause: error });
  return new Problem('server', { status: 500, cause: error });
}

/** Never throws: there is nobody left to answer, and the security headers would be gone. */
function answerProblem(
  pages: Pages,
  ctx: Context,
  problem: Problem,
  way: WayOn | null,
  out?: ErrorOut,
): void {
  startOver(ctx, problem.status);
  try {
    show(pages, ctx, problem, way, out);
  } catch (error) {
    pages.showBroken(ctx, problem.status, error);
  }
}

function show(
  pages: Pages,
  ctx: Context,
  problem: Problem,
  way: WayOn | null,
  out?: ErrorOut,
): void {
  if (problem.status === 503) ctx.set('Retry-After', '5');
  if (problem.status === 429) ctx.set('Retry-After', String(problem.values['seconds'] ?? 60));
  if (problem.status === 405) ctx.set('Allow', String(problem.values['allow']));
  if (isToldAsJson(ctx, problem)) {
    ctx.status = problem.status;
    ctx.set('Cache-Control', 'no-store');
    const error_description = describeProblem(problem);
    ctx.body = out ?? { error: problem.code, ...problem.values, error_description };
    return;
  }
  const { code, values, back, status } = problem;
  const requestId: unknown = ctx.state['requestId'] ?? '';
  const here = ctx.method === 'POST' ? { here: back ?? '/' } : {};
  pages.show(ctx, 'error', { code, values, back, way, requestId, ...here }, status);
}

/** Whoever looks with a browser at a program's endpoint under a wrong name is shown which one is right. */
function isToldAsJson(ctx: Context, { code }: Problem): boolean {
  if (code !== 'host' && isForPrograms(ctx)) return true;
  const offered = isWellKnown(ctx) && code !== 'host' ? ['json', 'html'] : ['html', 'json'];
  return ctx.accepts(...offered) === 'json';
}
