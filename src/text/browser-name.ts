/** What a browser is called on pages and in mails: a label for people, never a proof of anything. */
import type Bowser from 'bowser';
import { LRUCache } from 'lru-cache';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Where people call it otherwise than the library. */
const COMMON_NAMES: Readonly<Record<string, string>> = {
  'Chrome OS': 'ChromeOS',
  Chromium: 'Chrome',
  'Microsoft Edge': 'Edge',
  'Samsung Internet for Android': 'Samsung Internet',
};
const UNKNOWN = 'Unknown browser';
/** Characters that are looked at. */
const LONGEST = 500;

/** One browser stands in many lines of a list. */
const names = new LRUCache<string, string>({ max: 200 });

/** Such as `Firefox on Windows`; `Unknown browser` where nothing is recognised. */
export function browserName(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, LONGEST);
  const name = names.get(text) ?? (text === '' ? UNKNOWN : nameOf(text));
  names.set(text, name);
  return name;
}

function nameOf(userAgent: string): string {
  // Loaded here: most commands name no browser.
  const library = require('bowser') as typeof Bowser;
  const { browser, os, platform } = library.parse(userAgent);
  // Of what it does not know, the library makes a name out of the text, and that is the sender's.
  const isListed = Object.values(library.BROWSER_MAP).includes(browser.name ?? '');
  const name = isListed ? common(browser.name) : UNKNOWN;
  const system = os.name === 'iOS' ? (platform.model ?? os.name) : os.name;
  return system ? `${name} on ${common(system)}` : name;
}

function common(name = ''): string {
  return COMMON_NAMES[name] ?? name;
}
