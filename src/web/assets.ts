/** Stylesheet, script and icon: held in memory, under URLs that change with their content. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Middleware } from 'koa';

export interface Asset {
  content: Buffer;
  /** File name extension with its dot. */
  type: string;
  /** A strong validator (RFC 9110 §8.8.3). */
  etag: string;
}

export interface Assets {
  /** Path of the file of that name in the folder; throws when there is none. */
  url(name: string): string;
  find(path: string): Asset | undefined;
}

export async function loadAssets(folder: string): Promise<Assets> {
  const urls = new Map<string, string>();
  const byPath = new Map<string, Asset>();
  for (const name of await readdir(folder)) {
    const content = await readFile(join(folder, name));
    const type = extname(name);
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
    const path = `/assets/${name.slice(0, -type.length)}.${hash}${type}`;
    urls.set(name, path);
    byPath.set(path, { content, type, etag: `"${hash}"` });
  }
  return {
    url(name) {
      const path = urls.get(name);
      if (path === undefined) throw new Error(`There is no asset "${name}" in ${folder}.`);
      return path;
    },
    find: (path) => byPath.get(path),
  };
}

export function serveAssets(assets: Assets): Middleware {
  return (ctx, next) => {
    const asset = ctx.method === 'GET' || ctx.method === 'HEAD' ? assets.find(ctx.path) : undefined;
    if (!asset) return next();
    ctx.status = 200;
    ctx.type = asset.type;
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.etag = asset.etag;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = asset.content;
    return undefined;
  };
}
