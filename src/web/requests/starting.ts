/** What is answered before the store is reached, to whatever Host: probes, one page with its files, JSON to programs. */
import type { RequestListener } from 'node:http';
import Koa, { type Context } from 'koa';
import { securityHeaders } from '../../net/response-headers.ts';
import type { Language } from '../../text/languages.ts';
import { serveAssets, type Assets } from '../assets.ts';
import { languageOf } from '../pages.ts';
import type { Renderer } from '../render.ts';
import { RETRY_AFTER, startingProbes } from './health.ts';

const UNAVAILABLE = {
  error: 'temporarily_unavailable',
  error_description: 'the service is starting',
};

export function startingHandler(
  { assets, pages }: { assets: Assets; pages: Renderer },
  { issuer, default_language: fallback }: { issuer: string; default_language: Language },
): RequestListener {
  const app = new Koa();
  // A request that can't be read is its sender's fault, and nothing for the log.
  app.silent = true;
  app.use(startingProbes);
  app.use(securityHeaders(issuer.startsWith('https:')));
  app.use(serveAssets(assets));
  app.use((ctx) => {
    ctx.status = 503;
    ctx.set('Retry-After', RETRY_AFTER);
    ctx.set('Cache-Control', 'no-store');
    if (ctx.get('accept').includes('text/html')) showPage(ctx, pages, fallback);
    else ctx.body = UNAVAILABLE;
  });
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}

function showPage(ctx: Context, pages: Renderer, fallback: Language): void {
  ctx.vary('Accept-Language');
  ctx.type = 'html';
  ctx.body = pages.render('starting', languageOf(ctx, fallback), { csrf: '', org: null });
}
