/** Templates: nunjucks, escaped, strict about what is missing, all compiled at the start. */
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import nunjucks from 'nunjucks';
import { withoutDirectionMarks } from '../text/printable.ts';
import type { Assets } from './assets.ts';
import { loadTexts, type TextValues } from '../text/catalogue.ts';
import { timesAsMarkup } from '../text/times.ts';

export interface Renderer {
  /**
   * `page`: path of the template in the folder, without `.njk`; `context`: what it wants; `zone`: of
   * the reader, if that is known (text/catalogue.ts).
   */
  render(page: string, language: string, context: object, zone?: string): string;
}

/**
 * In templates: `t(key, values)` is the text in the reader's language, its dates and times as `<time>`
 * elements (no text with one belongs into an attribute), `hasText(key)` says whether
 * there is one, `asset(name)` is a file's URL, `language` the BCP 47 tag, `pageName` the page's own name.
 */
export async function createRenderer(
  viewsFolder: string,
  assets: Assets,
  texts = loadTexts(join(viewsFolder, 'texts')),
): Promise<Renderer> {
  const loader = new nunjucks.FileSystemLoader(viewsFolder);
  const environment = new nunjucks.Environment(loader, {
    autoescape: true,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  environment.addGlobal('asset', (name: string) => assets.url(name));

  const pages = new Map<string, nunjucks.Template>();
  for (const page of await pageNames(viewsFolder))
    pages.set(page, environment.getTemplate(`${page}.njk`, true));
  const words = (language: string, zone: string | undefined) => ({
    language,
    t: (key: string, values?: TextValues | null) =>
      timesAsMarkup(texts.marked(language, key, values ?? {}, zone)),
    hasText: (key: string) => texts.has(language, key),
  });

  return {
    render(page, language, context, zone) {
      const template = pages.get(page);
      if (!template) throw new Error(`There is no page "${page}".`);
      const html = template.render({ ...context, ...words(language, zone), pageName: page });
      // One in a name would turn the words after it around.
      return withoutDirectionMarks(html);
    },
  };
}

async function pageNames(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files
    .filter((file) => file.endsWith('.njk'))
    .map((file) => file.slice(0, -'.njk'.length).split(sep).join('/'));
}
