/**
 * Every page with sample data, in each language, wide and narrow, light and dark: pictures to look
 * at, and axe on each. `node bin/run.js test/support/preview-pages.ts [FOLDER] [PAGE …]`; exits with
 * 1 when something is wrong with a page.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Koa from 'koa';
import type { Browser } from 'playwright-core';
import { loadAssets, serveAssets } from '../../src/web/assets.ts';
import { securityHeaders } from '../../src/web/headers.ts';
import { LANGUAGES } from '../../src/web/languages.ts';
import { createRenderer } from '../../src/web/render.ts';
import { accessibilityProblems } from './accessibility.ts';
import { newPerson, openBrowser } from './browser.ts';
import { samplePages, type Sample } from './sample-pages.ts';

const VIEWS = fileURLToPath(new URL('../../views/', import.meta.url));
const WIDTHS = [1280, 390];
const SCHEMES = ['light', 'dark'] as const;

const [given, ...only] = process.argv.slice(2);
const folder = given ?? (await mkdtemp(join(tmpdir(), 'latchkey-pages-')));
await mkdir(folder, { recursive: true });
const samples = (await samplePages()).filter(
  ({ name }) => only.length === 0 || only.some((wanted) => name.includes(wanted)),
);
const server = await serve(samples);
const { port } = server.address() as AddressInfo;
const browser = await openBrowser();
const problems: string[] = [];
for (const width of WIDTHS) {
  for (const colorScheme of SCHEMES) {
    problems.push(...(await look(browser, { width, colorScheme })));
  }
}
await browser.close();
server.close();
process.stdout.write(`${[...problems, `Pictures: ${folder}`].join('\n')}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

async function serve(pages: readonly Sample[]): Promise<Server> {
  const assets = await loadAssets(join(VIEWS, 'assets'));
  const renderer = await createRenderer(VIEWS, assets);
  const app = new Koa();
  app.use(securityHeaders(false));
  app.use(serveAssets(assets));
  app.use((ctx) => {
    const [, language = '', name = ''] = ctx.path.split('/');
    const sample = pages.find((page) => page.name === name);
    if (!sample) return;
    ctx.type = 'html';
    ctx.body = renderer.render(sample.page, language, sample.context);
  });
  const listener = app.callback();
  const running = createServer((request, response) => void listener(request, response));
  running.listen(0, '127.0.0.1');
  await once(running, 'listening');
  return running;
}

async function look(
  chromium: Browser,
  eyes: { width: number; colorScheme: (typeof SCHEMES)[number] },
): Promise<string[]> {
  const { width, colorScheme } = eyes;
  const viewport = { width, height: width < 600 ? 844 : 900 };
  const person = await newPerson(chromium, { colorScheme, viewport });
  const found: string[] = [];
  for (const language of LANGUAGES) {
    for (const { name } of samples) {
      const picture = `${name}.${language}.${width}.${colorScheme}`;
      await person.page.goto(`http://127.0.0.1:${port}/${language}/${name}`);
      const wide = await person.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wide > 0) found.push(`${picture}: ${wide} pixels wider than the window`);
      const violations = await accessibilityProblems(person.page);
      found.push(...[...violations, ...person.problems].map((problem) => `${picture}: ${problem}`));
      person.problems.length = 0;
      await person.page.screenshot({ path: join(folder, `${picture}.png`), fullPage: true });
    }
  }
  await person.close();
  return found;
}
