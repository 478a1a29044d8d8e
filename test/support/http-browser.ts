/** A browser without a screen: keeps cookies, follows redirects, fills in and posts the page's own form. */
import assert from 'node:assert/strict';
import { request as ask, type Answer } from './request.ts';

export interface HtmlPage {
  url: URL;
  status: number;
  html: string;
  headers: Headers;
}

export interface HttpBrowser {
  /** Follows redirects within the origin of `home`; one that leaves it is answered as it is (status 303). */
  open(url: string | URL): Promise<HtmlPage>;
  /** Posts the page's form (the first with an action) with its hidden fields and these. */
  submit(page: HtmlPage, fields: Record<string, string | File>): Promise<HtmlPage>;
  /** As it is, no redirects followed. */
  send(url: string | URL, init?: RequestInit): Promise<HtmlPage>;
  /** The value of every cookie, whatever path it is for. */
  cookieValues(): string[];
  /** Takes over those of another browser whose name fits. */
  steal(from: HttpBrowser, fits: (name: string) => boolean): void;
  jar: Map<string, Cookie>;
}

interface Cookie {
  name: string;
  value: string;
  path: string;
}

/** `request`: `navigate` of navigation.ts, for a browser that shows its pages to somebody. */
export function createHttpBrowser(
  home: string,
  headers: Record<string, string> = {},
  request: (url: string | URL, init: RequestInit) => Promise<Answer> = ask,
): HttpBrowser {
  const jar = new Map<string, Cookie>();
  const { origin } = new URL(home);

  const send = async (url: string | URL, init: RequestInit = {}): Promise<HtmlPage> => {
    const { pathname } = new URL(url);
    const cookie = [...jar.values()]
      .filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const response = await request(url, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        ...headers,
        ...(cookie ? { cookie } : {}),
        ...(init.headers as object),
      },
    });
    for (const line of response.headers.getSetCookie()) keep(jar, line);
    return {
      url: new URL(url),
      status: response.status,
      html: await response.text(),
      headers: response.headers,
    };
  };
  const follow = async (page: HtmlPage): Promise<HtmlPage> => {
    const location = page.headers.get('location');
    if (page.status < 300 || page.status > 399 || location === null) return page;
    const next = new URL(location, page.url);
    return next.origin === origin ? follow(await send(next)) : { ...page, url: next };
  };
  return {
    jar,
    cookieValues: () => [...jar.values()].map(({ value }) => value),
    steal(from, fits) {
      for (const [key, cookie] of from.jar) if (fits(cookie.name)) jar.set(key, cookie);
    },
    send,
    open: async (url) => follow(await send(url)),
    async submit(page, fields) {
      const { to, form, hidden } = formOn(page);
      const all = { ...hidden, ...fields };
      const body = form.includes('enctype="multipart/') ? formData(all) : urlEncoded(all);
      return follow(await send(to, { method: 'POST', body }));
    },
  };
}

function urlEncoded(fields: Record<string, string | File>): URLSearchParams {
  const entries = Object.entries(fields);
  return new URLSearchParams(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : value.name]),
  );
}

/** Where files may be sent. */
export function formData(fields: Record<string, string | File>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

/** Where the page’s form goes, and its hidden fields. */
function formOn(page: HtmlPage): { to: URL; form: string; hidden: Record<string, string> } {
  // The frame of the account pages has a form of its own before it.
  const main = page.html.slice(Math.max(0, page.html.indexOf('<main')));
  const form = /<form[^>]*method="post"[^>]*>[\s\S]*?<\/form>/u.exec(main)?.[0];
  assert.ok(form, `no form on ${page.url}: ${page.html.slice(0, 500)}`);
  const action = /action="([^"]*)"/u.exec(form)?.[1] ?? '';
  return { to: new URL(unescapeHtml(action), page.url), form, hidden: hiddenFields(form) };
}

/** Names and values of the hidden inputs. */
export function hiddenFields(html: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [input] of html.matchAll(/<input[^>]*type="hidden"[^>]*>/gu)) {
    const name = /name="([^"]*)"/u.exec(input)?.[1];
    if (name) fields[name] = unescapeHtml(/value="([^"]*)"/u.exec(input)?.[1] ?? '');
  }
  return fields;
}

export function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function keep(jar: Map<string, Cookie>, line: string): void {
  const [pair = ''] = line.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, at);
  const path = /;\s*path=([^;]*)/iu.exec(line)?.[1] ?? '/';
  const key = `${name} ${path}`;
  if (/expires=Thu, 01 Jan 1970/iu.test(line)) jar.delete(key);
  else jar.set(key, { name, value: pair.slice(at + 1), path });
}
