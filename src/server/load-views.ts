/** What is made of the folder `views/`. It is the same for every server that a process runs. */
import { join } from 'node:path';
import { letterheadOf, type Letterhead } from '../mail/letterhead.ts';
import { createMailRenderer, type MailRenderer } from '../mail/render.ts';
import { UNBRANDED, type Brand } from '../branding/brand.ts';
import { loadTexts, type Texts } from '../text/catalogue.ts';
import { readTemplates } from '../text/templates.ts';
import { loadAssets, type Assets } from '../web/assets.ts';
import { brandPages } from '../web/brand-pages.ts';
import { branded, createRenderer, type Renderer } from '../web/render.ts';
import { VIEWS } from './views.ts';

export interface Views {
  texts: Texts;
  assets: Assets;
  pages: Renderer;
  /** Made when it is first asked for: not every server sends mail. */
  mails(): MailRenderer;
  /** Of mails that are no organisation's, and under those that are. */
  letterhead: Letterhead;
}

/** Reads it all; templates and messages are compiled when they are first wanted. */
export async function loadViews(): Promise<Views> {
  const texts = loadTexts(join(VIEWS, 'texts'));
  const assets = await loadAssets(join(VIEWS, 'assets'));
  const sources = readTemplates(VIEWS);
  const pages = createRenderer(VIEWS, assets, texts, sources);
  let mails: MailRenderer | undefined;
  return {
    texts,
    assets,
    pages,
    letterhead: letterheadOf(UNBRANDED, ''),
    mails: () => (mails ??= createMailRenderer(VIEWS, texts, sources)),
  };
}

/** The same under the brand of one installation. `issuer`: its address. */
export function brandedViews(views: Views, brand: Brand, issuer: string): Views {
  const { brand: shown, assets } = brandPages(brand, views.assets);
  const letterhead = letterheadOf(brand, issuer);
  return {
    ...views,
    assets,
    pages: branded(views.pages, shown),
    letterhead,
    mails() {
      const render = views.mails();
      return (mail, given = letterhead) => render(mail, given);
    },
  };
}
