/** What is answered before the store is reached, or when it has been left, to whatever Host: probes, one page with its files, JSON to programs. */
import type { RequestListener } from 'node:http';
import Koa, { type Context } from 'koa';
import { securityHeaders } from '../../net/response-headers.ts';
import type { Language } from '../../text/languages.ts';
import { serveAssets, type Assets } from '../assets.ts';
import { languageOf } from '../pages.ts';
import type { Renderer } from '../render.ts';
import { probesWithoutStore, RETRY_AFTER } from './health.ts';

/** `moved`: the store is on its way to another one. */
export type Absence = 'starting' | 'moved';

const DESCRIPTIONS: Readonly<Record<Absence, string>> = {
  starting: 'the service is starting',
  moved: 'the service is being moved',
};

export function absentHandler(
  absence: Absence,
  { assets, pages }: { assets: Assets; pages: Renderer },
  { issuer, default_language: fallback }: { issuer: string; default_language: Language },
): RequestListener {
  const app = new Koa();
  // A request that can't be read is its sender's fault, and nothing for the log.
  app.silent = true;
  app.use(probesWithoutStore(absence));
  app.use(securityHeaders(issuer.startsWith('https:')));
  app.use(serveAssets(assets));
  app.use((ctx) => {
    ctx.status = 503;
    ctx.set('Retry-After', RETRY_AFTER);
    ctx.set('Cache-Control', 'no-store');
    if (ctx.get('accept').includes('text/html')) showPage(ctx, absence, pages, fallback);
    else {
      const error_description = DESCRIPTIONS[absence];
      ctx.body = { error: 'temporarily_unavailable', error_description };
    }
  });
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}

function showPage(ctx: Context, absence: Absence, pages: Renderer, fallback: Language): void {
  ctx.vary('Accept-Language');
  ctx.type = 'html';
  ctx.body = pages.render('starting', languageOf(ctx, fallback), { absence, csrf: '', org: null });
}
