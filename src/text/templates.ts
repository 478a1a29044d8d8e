/** Templates (nunjucks), read at once and compiled when they are first rendered. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import nunjucks from 'nunjucks';

/** What stands in the files, by their names in the folder: `mail/frame.njk`. */
export type TemplateSources = ReadonlyMap<string, string>;

/** A program that runs while its files are replaced goes on with those that it began with. */
export function readTemplates(folder: string): TemplateSources {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const templates = files.filter((file) => file.endsWith('.njk'));
  return new Map(
    templates.map((file) => [file.split(sep).join('/'), readFileSync(join(folder, file), 'utf8')]),
  );
}

/** Strict about what is missing: a value that a template wants and does not get throws. */
export function templateEnvironment(
  sources: TemplateSources,
  { autoescape }: { autoescape: boolean },
): nunjucks.Environment {
  // A loader of its own: it keeps the compiled templates, and with them whether they escape.
  const loader = {
    getSource(path: string): nunjucks.LoaderSource | null {
      const src = sources.get(path);
      return src === undefined ? null : { src, path, noCache: false };
    },
  };
  const layout = { trimBlocks: true, lstripBlocks: true };
  return new nunjucks.Environment(loader as nunjucks.ILoader, {
    autoescape,
    throwOnUndefined: true,
    ...layout,
  });
}
