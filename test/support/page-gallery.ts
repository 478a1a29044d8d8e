/** Every page with sample data, looked at in a real browser: pictures, and axe on each. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Koa from 'koa';
import type { Browser, Page } from 'playwright-core';
import { loadAssets, serveAssets, type Assets } from '../../src/web/assets.ts';
import { serveBrandFiles } from '../../src/web/brand/organisation-brand.ts';
import { securityHeaders } from '../../src/net/response-headers.ts';
import { LANGUAGES } from '../../src/text/languages.ts';
import { createRenderer } from '../../src/web/render.ts';
import { askAxe, bringAxe, BY_LOOK } from './accessibility.ts';
import { newPerson, openBrowser, type Person } from './browser.ts';
import type { Sample } from './sample.ts';

const VIEWS = fileURLToPath(new URL('../../views/', import.meta.url));
/** One way of looking at a page. */
export interface Eyes {
  language: string;
  width: number;
  colorScheme: 'light' | 'dark';
  /** How large the reader has text, in percent of what is usual; 100 unless told. */
  text?: number;
  /**
   * Are all pages looked at in another way too? Axe's rules about markup are then asked of one page of each template,
   * and of the others those about what they look like.
   */
  again?: true;
}

export const EVERY_WAY: readonly Eyes[] = LANGUAGES.flatMap((language) =>
  [1280, 390].flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ language, width, colorScheme })),
  ),
);

export interface Gallery {
  samples: readonly Sample[];
  ways: readonly Eyes[];
  /** Where the pictures go; none are taken without it. `small`: for keeping, not for comparing pixels. */
  folder?: string;
  small?: boolean;
}

/** Looks at each sample in each way, and answers what is wrong: too wide, axe, console, requests. */
export async function lookAtPages(gallery: Gallery): Promise<string[]> {
  const painter = await (loaded ??= load());
  const server = await serve(gallery.samples, painter);
  const { port } = server.address() as AddressInfo;
  const browser = await openBrowser();
  const problems: string[] = [];
  for (const eyes of gallery.ways)
    problems.push(...(await look(browser, `http://127.0.0.1:${port}`, eyes, gallery, painter)));
  await browser.close();
  server.close();
  return problems;
}

interface Painter {
  assets: Assets;
  paint(sample: Sample, language: string): string;
}

/** Once for all ways: compiling the templates takes longer than filling them in. */
let loaded: Promise<Painter> | undefined;

async function load(): Promise<Painter> {
  const assets = await loadAssets(join(VIEWS, 'assets'));
  const renderer = createRenderer(VIEWS, assets);
  return {
    assets,
    paint({ page, context }, language) {
      const html = renderer.render(page, language, context);
      // A page that goes on by itself stays, to be looked at.
      return html.replace(/<(?:meta http-equiv="refresh"|script src="[^"]*form-post)[^>]*>/u, '');
    },
  };
}

async function serve(pages: readonly Sample[], { assets, paint }: Painter): Promise<Server> {
  const app = new Koa();
  app.use(securityHeaders(false));
  app.use(serveAssets(assets));
  // Samples have no logos in a store; colours are made of themselves.
  const store = { get: () => Promise.resolve(undefined) };
  app.use(serveBrandFiles({ store, now: Date.now }));
  app.use((ctx) => {
    const [, language = '', name = ''] = ctx.path.split('/');
    const sample = pages.find((page) => page.name === name);
    if (!sample) return;
    ctx.type = 'html';
    ctx.body = paint(sample, language);
  });
  const listener = app.callback();
  const running = createServer((request, response) => void listener(request, response));
  running.listen(0, '127.0.0.1');
  await once(running, 'listening');
  return running;
}

async function look(
  chromium: Browser,
  origin: string,
  { language, width, colorScheme, text = 100, again }: Eyes,
  { samples, folder, small = false }: Omit<Gallery, 'ways'>,
  { paint }: Painter,
): Promise<string[]> {
  const viewport = { width, height: width < 600 ? 844 : 900 };
  const person = await newPerson(chromium, { colorScheme, viewport });
  // What axe looks at is the same in every size of text.
  const looksByAxe = text === 100;
  if (looksByAxe) await bringAxe(person.context);
  await person.context.addInitScript({ content: `globalThis.look = ${LOOK};` });
  await setTextSize(person, text);
  const found: string[] = [];
  const seen = new Set<string>();
  for (const sample of samples) {
    const { name, page } = sample;
    const picture = `${name}.${language}.${width}.${colorScheme}${text === 100 ? '' : `.${text}`}`;
    const isLoaded = folder !== undefined || person.page.url() === 'about:blank';
    if (isLoaded) await person.page.goto(`${origin}/${language}/${name}`);
    const html = isLoaded ? '' : paint(sample, language);
    const rules = again === true && seen.has(page) ? BY_LOOK : [];
    const asked: Asked = { html, pixels: pixelsOf(text), ...(looksByAxe ? { rules } : {}) };
    const problems = [...(await person.page.evaluate(lookHere, asked)), ...person.problems];
    found.push(...problems.map((problem) => `${picture}: ${problem}`));
    person.problems.length = 0;
    seen.add(page);
    if (folder !== undefined)
      await shoot(person.page, join(folder, picture), { small, fullPage: text === 100 });
  }
  // What was told late is of one of the last.
  await person.page.evaluate(() => undefined);
  found.push(...person.problems);
  await person.close();
  return found;
}

interface Asked {
  /** Of a page in the place of the one that is there; empty: that one. */
  html: string;
  pixels: number;
  /** Axe's; absent: axe is not asked. */
  rules?: readonly string[];
}

/** What is done in a page, brought with each document: all of it is then one message to the browser. */
const LOOK = `{ ${[rewrite, misshapen, askAxe].map((each) => `${each.name}: ${String(each)}`).join(', ')} }`;

async function lookHere({ html, pixels, rules }: Asked): Promise<string[]> {
  const { look: here } = globalThis as unknown as {
    look: { rewrite: typeof rewrite; misshapen: typeof misshapen; askAxe: typeof askAxe };
  };
  if (html !== '') await here.rewrite(html);
  return [...here.misshapen(pixels), ...(rules ? await here.askAxe(rules) : [])];
}

/**
 * In a page: another one in its place, as it would be loaded, under the same content security policy. What is
 * global stays: axe, which costs more to bring and to warm up than to run.
 */
async function rewrite(html: string): Promise<void> {
  document.open();
  document.write(html);
  document.close();
  if (document.readyState !== 'complete')
    await new Promise((done) => addEventListener('load', done, { once: true }));
  // The browser does so by itself once in a document.
  document.querySelector<HTMLElement>('[autofocus]')?.focus();
}

/** Pixels. */
function pixelsOf(percent: number): number {
  return (16 * percent) / 100;
}

/** In the page: does it scroll sideways, and is anything too small to be hit (24 pixels, WCAG 2.2 §2.5.8)? */
function misshapen(pixels: number): string[] {
  const size = getComputedStyle(document.body).fontSize;
  if (size !== `${pixels}px`) return [`text of ${size}, not of ${pixels}px`];
  const { scrollWidth, clientWidth } = document.documentElement;
  const wide = scrollWidth > clientWidth ? [`${scrollWidth - clientWidth} pixels too wide`] : [];
  const targets = [...document.querySelectorAll('a, button, input, select, summary, label')];
  const small = targets.filter((target) => {
    const { width, height } = target.getBoundingClientRect();
    return width > 0 && height > 0 && Math.min(width, height) < 24;
  });
  return [...wide, ...small.map((target) => `too small to be hit: ${target.outerHTML}`)];
}

/** The browser's own setting, as people make it: 16 pixels are usual. */
async function setTextSize({ context, page }: Person, percent: number): Promise<void> {
  if (percent === 100) return;
  const browser = await context.newCDPSession(page);
  const standard = pixelsOf(percent);
  await browser.send('Page.setFontSizes', { fontSizes: { standard, fixed: standard } });
}

/** For `fullPage` the window grows, and its text has the usual size again. */
async function shoot(
  page: Page,
  path: string,
  { small, fullPage }: { small: boolean; fullPage: boolean },
): Promise<void> {
  // Axe scrolls about, and what sticks to the window would be somewhere in the middle.
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot(
    small
      ? { path: `${path}.jpg`, type: 'jpeg', quality: 60, fullPage }
      : { path: `${path}.png`, fullPage },
  );
}
