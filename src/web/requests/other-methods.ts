/** A path that is there, asked by a method that it doesn't know: 405 (RFC 9110 §15.5.6). */
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { Problem } from '../../problem.ts';

/** The methods of what is at a path, GET without its HEAD; none: nothing is there. */
export type MethodsAt = (path: string) => readonly string[];

/**
 * Around everything that answers. OPTIONS gets the methods too (RFC 9110 §9.3.7), where it was no
 * preflight that the library has answered. Problem `method-not-allowed` (405) with `allow`, which
 * becomes the header.
 */
export function answerOtherMethods(places: readonly MethodsAt[]): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || (ctx.body ?? undefined) !== undefined) return;
    const methods = new Set(places.flatMap((methodsAt) => methodsAt(ctx.path)));
    if (methods.size === 0) return;
    if (methods.has('GET')) methods.add('HEAD');
    if (methods.has(ctx.method)) return;
    const allow = [...methods, 'OPTIONS'].toSorted().join(', ');
    if (ctx.method !== 'OPTIONS')
      throw new Problem('method-not-allowed', { status: 405, values: { allow } });
    ctx.set('Allow', allow);
    ctx.status = 204;
  };
}

export function methodsOf(router: Router): MethodsAt {
  return (path) => router.match(path, 'GET').path.flatMap(({ methods }) => methods);
}
