import type { Middleware } from 'koa';
export interface Assets {
  url(name: string): string;
}
export async function loadAssets(_folder: string): Promise<Assets> {
  return { url: (name) => `/assets/${name}` };
}
export function serveAssets(_assets: Assets): Middleware {
  return (_ctx, next) => next();
}
