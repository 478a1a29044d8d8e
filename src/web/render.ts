/** Templates: nunjucks, escaped, strict about what is missing, each compiled when it is first rendered. */
import { join } from 'node:path';
import { withoutDirectionMarks } from '../text/printable.ts';
import { UNBRANDED } from '../branding/brand.ts';
import type { Assets } from './assets.ts';
import { brandPages, type PageBrand } from './brand-pages.ts';
import { loadTexts, type TextValues } from '../text/catalogue.ts';
import { languageOfLocale } from '../text/languages.ts';
import { readTemplates, templateEnvironment } from '../text/templates.ts';
import { timesAsMarkup } from '../text/times.ts';

export interface Renderer {
  /** What pages are shown with unless their context says otherwise. */
  readonly brand: PageBrand;
  /**
   * `page`: path of the template in the folder, without `.njk`; `locale`: a language of ours, with the
   * reader's region or without; `context`: what it wants; `zone`: of the reader, if that is known
   * (text/catalogue.ts).
   */
  render(page: string, locale: string, context: object, zone?: string): string;
}

/**
 * In templates: `t(key, values)` is the text in the reader's language, its dates and times as `<time>`
 * elements (no text with one belongs into an attribute), `hasText(key)` says whether
 * there is one, `asset(name)` is a file's URL, `language` the BCP 47 tag, `pageName` the page's own name,
 * `brand` the installation's (brand-pages.ts), unless `branded` says otherwise our own.
 */
export function createRenderer(
  viewsFolder: string,
  assets: Assets,
  texts = loadTexts(join(viewsFolder, 'texts')),
  sources = readTemplates(viewsFolder),
): Renderer {
  const environment = templateEnvironment(sources, { autoescape: true });
  environment.addGlobal('asset', (name: string) => assets.url(name));

  const { brand } = brandPages(UNBRANDED, assets);
  const words = (locale: string, zone: string | undefined, mails: boolean) => ({
    language: languageOfLocale(locale) ?? locale,
    t: (key: string, values?: TextValues | null) =>
      timesAsMarkup(texts.marked(locale, key, { mails: mails ? 'yes' : 'no', ...values }, zone)),
    hasText: (key: string) => texts.has(locale, key),
  });

  return {
    brand,
    render(page, locale, context, zone) {
      if (!sources.has(`${page}.njk`)) throw new Error(`There is no page "${page}".`);
      const values = {
        brand,
        ...context,
        ...words(locale, zone, isMailed(context)),
        pageName: page,
      };
      const html = environment.render(`${page}.njk`, values);
      // One in a name would turn the words after it around.
      return withoutDirectionMarks(wholeWords(html));
    },
  };
}

/** Where no mail server is configured, nobody is told anything by email: a text may ask (`{mails, select, …}`). */
const isMailed = ({ hasMail }: { hasMail?: unknown }): boolean => hasMail !== false;

const HEADING = /<h([12])\b[^>]*>[^]*?<\/h\1>/gu;
/** What is between tags and has a hyphen in it. */
const WITH_HYPHEN = /(<[^>]*>)|[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)+/gu;
/** Characters: longer ones have no room on a line of their own. */
const LONGEST_WHOLE = 20;

/** A heading is read at a glance: “two-step” is not broken at its hyphen, which no style can say. */
function wholeWords(html: string): string {
  return html.replaceAll(HEADING, (heading) =>
    heading.replaceAll(WITH_HYPHEN, (word: string, tag: string | undefined) =>
      tag !== undefined || word.length > LONGEST_WHOLE
        ? word
        : `<span class="whole">${word}</span>`,
    ),
  );
}

/** The same pages under another brand. */
export function branded(renderer: Renderer, brand: PageBrand): Renderer {
  return {
    brand,
    render: (page, language, context, zone) =>
      renderer.render(page, language, { brand, ...context }, zone),
  };
}
