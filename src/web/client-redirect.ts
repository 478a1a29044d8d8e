/**
 * The way from a form of ours to an app. Browsers hold `form-action` against every redirect that follows
 * a form (CSP Level 3 §6.4.1), and an app's callback may lead on to whatever origin. So the form is
 * answered with a page that goes on by itself, and what follows is no form's redirect.
 */
import type { Context } from 'koa';
import { privateScheme } from '../net/response-headers.ts';
import type { Pages } from './pages.ts';

/**
 * `to`: the next address; `target`: the one of the app that it leads to in the end. Whoever shows no
 * pages (Fetch Metadata §2.3) is redirected; so is who leaves for an app on the device, which opens by the
 * person's own click only.
 */
export function clientRedirect(
  pages: Pick<Pages, 'show'>,
  ctx: Context,
  to: string,
  target: unknown = to,
): void {
  if (ctx.get('sec-fetch-mode') !== 'navigate' || privateScheme(target) !== undefined) {
    ctx.status = 303;
    ctx.redirect(to);
    return;
  }
  ctx.remove('Location');
  pages.show(ctx, 'client-redirect', { to });
}
