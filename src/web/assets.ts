/**
 * Stylesheet, script and pictures: held in memory, under URLs that change with their content; and what
 * browsers look for at a fixed place.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Context, Middleware } from 'koa';

export interface Asset {
  content: Buffer;
  /** File name extension with its dot. */
  type: string;
  /** A strong validator (RFC 9110 §8.8.3). */
  etag: string;
  /** Its URL stays when its content changes. */
  fixed?: boolean;
}

/** Files that are asked for without being named by a page: bookmarks, password managers, home screens. */
const FIXED = ['favicon.ico', 'apple-touch-icon.png'];

/** What a picture that was opened by itself may do: nothing. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";
const PICTURES = ['.svg', '.png', '.jpg', '.webp', '.ico'];

export interface Assets {
  /** Path of the file of that name in the folder; throws when there is none. */
  url(name: string): string;
  find(path: string): Asset | undefined;
}

export async function loadAssets(folder: string): Promise<Assets> {
  const files = (await readdir(folder)).map(async (name) => {
    const content = await readFile(join(folder, name));
    return [name, extname(name) === '.css' ? dense(content) : content] as const;
  });
  return assetsOf(new Map(await Promise.all(files)), folder);
}

/** A stylesheet without what is for its readers alone: comments and indentation. */
export function dense(css: Buffer): Buffer {
  return Buffer.from(
    css
      .toString()
      .replaceAll(/\/\*[^]*?\*\//gu, '')
      .replaceAll(/^\s+/gmu, ''),
  );
}

/** `files`: content by name; `source`: where they are from, for the message. */
export function assetsOf(files: ReadonlyMap<string, Buffer>, source: string): Assets {
  const urls = new Map<string, string>();
  const byPath = new Map<string, Asset>();
  for (const [name, content] of files) {
    const type = extname(name);
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
    const path = `/assets/${name.slice(0, -type.length)}.${hash}${type}`;
    const asset = { content, type, etag: `"${hash}"` };
    urls.set(name, path);
    byPath.set(path, asset);
    if (FIXED.includes(name)) byPath.set(`/${name}`, { ...asset, fixed: true });
  }
  return {
    url(name) {
      const path = urls.get(name);
      if (path === undefined) throw new Error(`There is no asset "${name}" in ${source}.`);
      return path;
    },
    find: (path) => byPath.get(path),
  };
}

const FOR_EVER = 'public, max-age=31536000, immutable';

export function serveAssets(assets: Assets): Middleware {
  return (ctx, next) => {
    const asset = ctx.method === 'GET' || ctx.method === 'HEAD' ? assets.find(ctx.path) : undefined;
    return asset ? answerAsset(ctx, asset) : next();
  };
}

export function answerAsset(ctx: Context, asset: Asset): void {
  ctx.status = 200;
  ctx.type = asset.type;
  ctx.set('Cache-Control', asset.fixed ? 'public, max-age=86400' : FOR_EVER);
  if (PICTURES.includes(asset.type)) ctx.set('Content-Security-Policy', PICTURE_POLICY);
  ctx.etag = asset.etag;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = asset.content;
}
