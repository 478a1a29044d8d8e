/** What the demo's two companion sites share: listening, headers, assets, forms. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';
import type { Context, Middleware } from 'koa';

export interface RunningSite {
  /** Without a slash at the end, e.g. `http://localhost:3001`. */
  url: string;
  close(): Promise<void>;
}

/** A server that listens on loopback and answers nothing yet, so that its URL is known first. */
export interface Listening extends RunningSite {
  serve(app: Koa): void;
}

/** Port 0 is any free one. A port in use rejects with the system's error (code EADDRINUSE). */
export async function listen(port: number): Promise<Listening> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    serve: (app) => void server.on('request', app.callback()),
    close: () => close(server),
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/**
 * Headers of every answer, and one name for the site: sign-in state hangs on cookies of
 * `localhost`, so who comes by another name (127.0.0.1) is sent there.
 */
export function siteRules(url: string, formTargets: readonly string[]): Middleware {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return async (ctx, next) => {
    ctx.set('Content-Security-Policy', policy);
    ctx.set('X-Content-Type-Options', 'nosniff');
    // Not no-referrer: the browser would then post forms with "Origin: null".
    ctx.set('Referrer-Policy', 'same-origin');
    ctx.set('Cache-Control', 'no-store');
    if (ctx.host === new URL(url).host) return next();
    if (ctx.method === 'GET') return ctx.redirect(new URL(ctx.url, url).href);
    ctx.status = 421;
  };
}

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  js: 'text/javascript; charset=utf-8',
};

/** Serves the named files of `demo/assets` under `/assets/`. */
export async function assets(names: readonly string[]): Promise<Middleware> {
  const files = new Map<string, Buffer>();
  for (const name of names) {
    files.set(`/assets/${name}`, await readFile(new URL(`./assets/${name}`, import.meta.url)));
  }
  return async (ctx, next) => {
    const file = files.get(ctx.path);
    if (!file) return next();
    ctx.set('Cache-Control', 'max-age=60');
    ctx.type = types[ctx.path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    ctx.body = file;
  };
}

const largestForm = 64 * 1024;

/** The fields of a form that was posted; `undefined` when it isn't one or is over 64 KB. */
export async function readForm(ctx: Context): Promise<URLSearchParams | undefined> {
  if (!ctx.is('application/x-www-form-urlencoded')) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestForm) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** Another site on this machine shares `localhost` and so its cookies: only own pages may post. */
export function postedByOwnPage(ctx: Context, url: string): boolean {
  const origin = ctx.get('Origin');
  return origin === '' || origin === url;
}
