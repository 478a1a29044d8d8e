/** A real browser for tests, and the people who sit in front of it. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { countedAtEnd } from '../runner/cost.ts';
import { packagedChromium } from './packaged-chromium.ts';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Whatever a page loads from another host fails and is among the person's problems.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const advice = `No browser could be started. The tests need Chromium: install one and set CHROMIUM_PATH
to its program (for instance CHROMIUM_PATH=/usr/bin/chromium), or run the tests on Linux on x64,
where the npm package @sparticuz/chromium brings it ("npm ci" installs that). What was tried:`;

/**
 * Starts a browser: the one that CHROMIUM_PATH names and no other, else the one from npm, else one
 * that is installed. Close it when the test file is through.
 */
export async function openBrowser(): Promise<Browser> {
  const named = process.env['CHROMIUM_PATH'];
  const starts = named === undefined ? [startPackaged, ...startInstalled()] : [start(named)];
  const failures: string[] = [];
  for (const attempt of starts) {
    try {
      return await attempt();
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error([advice, ...failures].join('\n\n'));
}

function start(executablePath: string, env: Record<string, string> = {}): () => Promise<Browser> {
  return async () => {
    const own = { ...process.env, ...env };
    const browser = await chromium.launch({ executablePath, args, headless: true, env: own });
    const close = browser.close.bind(browser);
    return Object.assign(browser, { close: () => countedAtEnd(close) });
  };
}

function startInstalled(): (() => Promise<Browser>)[] {
  return installed.filter((path) => existsSync(path)).map((path) => start(path));
}

async function startPackaged(): Promise<Browser> {
  const { executablePath, env, ownLibraries } = await packagedChromium();
  try {
    return await start(executablePath, env)();
  } catch (error) {
    if (!String(error).includes('shared libraries')) throw error;
    return start(executablePath, { ...env, ...ownLibraries })();
  }
}

export interface PersonOptions {
  /** A BCP 47 tag; also what the browser sends as Accept-Language. `en-GB` unless told. */
  locale?: string;
  colorScheme?: 'light' | 'dark';
  javaScriptEnabled?: boolean;
  /** CSS pixels; 1280 × 800 unless told. */
  viewport?: { width: number; height: number };
}

/** One person at one computer: cookies and storage of their own. */
export interface Person {
  context: BrowserContext;
  page: Page;
  /**
   * What went wrong in the browser so far: console errors (an answer with a status of 400 and above
   * is one), exceptions, requests that failed. Set `problems.length = 0` after an expected one.
   */
  problems: string[];
  close(): Promise<void>;
}

export async function newPerson(browser: Browser, options: PersonOptions = {}): Promise<Person> {
  const context = await browser.newContext({
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'light',
    javaScriptEnabled: options.javaScriptEnabled ?? true,
    viewport: options.viewport ?? { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(45_000);
  const problems = collectProblems(context);
  const page = await context.newPage();
  return { context, page, problems, close: () => context.close() };
}

function collectProblems(context: BrowserContext): string[] {
  const problems: string[] = [];
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (event) => problems.push(`exception: ${event.error().message}`));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'unknown';
    // A page that is left while it still loads something aborts that; nothing is wrong then.
    if (reason !== 'net::ERR_ABORTED') problems.push(`request: ${request.url()} ${reason}`);
  });
  return problems;
}

/** The ID token's claims that the sample webmail shows to the person who is signed in. */
export async function shownClaims(page: Page): Promise<Record<string, unknown>> {
  const pairs = await page
    .locator('[data-claim]')
    .evaluateAll((cells) =>
      cells.map((cell) => [cell.getAttribute('data-claim') ?? '', cell.textContent] as const),
    );
  return Object.fromEntries(pairs.map(([name, json]) => [name, JSON.parse(json ?? 'null')]));
}
