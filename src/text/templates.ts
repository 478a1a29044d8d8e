/** Templates (nunjucks), read at once; those that the build has not compiled are when they are first rendered. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import nunjucks from 'nunjucks';

/** What stands in the files, or what was compiled of it, by their names in the folder: `mail/frame.njk`. */
export type TemplateSources = ReadonlyMap<string, string | CompiledTemplate>;

/** Nunjucks' own form: its functions by their names. */
export interface CompiledTemplate {
  readonly root: unknown;
}

/** In a folder that was built: the templates by their names, in place of the files. */
export const COMPILED_TEMPLATES = 'templates.cjs';

/** What the templates are written for: they are compiled by these. */
export const TEMPLATE_SYNTAX = {
  throwOnUndefined: true,
  trimBlocks: true,
  lstripBlocks: true,
} as const;

/** A program that runs while its files are replaced goes on with those that it began with. */
export function readTemplates(folder: string): TemplateSources {
  const compiled = join(folder, COMPILED_TEMPLATES);
  if (!existsSync(compiled)) return readSources(folder);
  const templates: unknown = createRequire(import.meta.url)(compiled);
  return new Map(Object.entries(templates as Record<string, CompiledTemplate>));
}

/** The same where nothing is compiled. */
export function readSources(folder: string): ReadonlyMap<string, string> {
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
      const found = sources.get(path);
      if (found === undefined) return null;
      const src = typeof found === 'string' ? found : { type: 'code', obj: found };
      return { src: src as string, path, noCache: false };
    },
  };
  return new nunjucks.Environment(loader as nunjucks.ILoader, { autoescape, ...TEMPLATE_SYNTAX });
}
