/** Files of our own origin: those that come with the program, and those of organisations. */
import type { Middleware } from 'koa';
import { serveAssets, type Assets } from '../assets.ts';
import { serveBrandFiles } from './organisation-brand.ts';

export interface ServedFiles {
  serve: readonly Middleware[];
  /** Is the path that of a file, or a place where there may be one? */
  isThere(path: string): boolean;
}

export function servedFiles(
  assets: Assets,
  parts: Parameters<typeof serveBrandFiles>[0],
): ServedFiles {
  const ofOrganisations = serveBrandFiles(parts);
  return {
    serve: [serveAssets(assets), ofOrganisations],
    isThere: (path) => assets.find(path) !== undefined || ofOrganisations.isThere(path),
  };
}
