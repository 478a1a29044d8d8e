/** Going through the pages of codes over HTTP. */
import assert from 'node:assert/strict';
import { auditCollection, eventsAbout, type AuditEvent } from '../../src/audit/event.ts';
import { createHttpBrowser, type HtmlPage, type HttpBrowser } from './http-browser.ts';
import { authorize, type Registration } from './relying-party.ts';
import { PASSWORD, type TestPerson, type TestServer } from './server.ts';

export interface AtPage {
  browser: HttpBrowser;
  page: HtmlPage;
}

/** As far as the page after the password, in a browser of its own unless one is given. */
export async function afterPassword(
  client: Registration,
  person: Pick<TestPerson, 'login'>,
  browser = createHttpBrowser(client.issuer),
  params: Record<string, string> = {},
): Promise<AtPage> {
  const page = await browser.open(authorize(client, params).url);
  const next = await browser.submit(page, { login: person.login, password: PASSWORD });
  return { browser, page: next };
}

/** Another step of the same sign-in. */
export async function toStep({ browser, page }: AtPage, step: string): Promise<AtPage> {
  const uid = page.url.pathname.split('/')[2] ?? '';
  return { browser, page: await browser.open(new URL(`/interaction/${uid}/${step}`, page.url)) };
}

export const referenceOn = (page: HtmlPage): string =>
  /class="reference">([^<]*)</u.exec(page.html)?.[1] ?? '';

/** What the page says about the last submission. */
export const noticeOn = (page: HtmlPage): string =>
  /id="notice"[^>]*><p>([^<]*)</u.exec(page.html)?.[1]?.replaceAll('&#39;', "'") ?? '';

/** A code that is not the person's now. */
export function wrongCode(person: TestPerson, salt = 1): string {
  const near = new Set(Array.from({ length: 41 }, (_, at) => person.code(at - 20)));
  let code = salt;
  while (near.has(String(code).padStart(6, '0'))) code += 1;
  return String(code).padStart(6, '0');
}

export const isSignedIn = (page: HtmlPage): boolean => page.url.searchParams.has('code');

/** Events of a person, oldest first. */
/** Of what happened since they were added, oldest first. */
export async function eventsOf(server: TestServer, person: TestPerson): Promise<AuditEvent[]> {
  await server.settle();
  const query = { ...eventsAbout(person.person.id), limit: 1000 };
  const { items } = await server.store.find(auditCollection, query);
  const events = items.map(({ value }) => value).filter(({ type }) => type !== 'person.added');
  return events.toSorted((a, b) => a.at - b.at);
}

export function assertSaid(page: HtmlPage, status: number, said: RegExp): void {
  assert.equal(page.status, status, page.html);
  assert.match(noticeOn(page), said);
}
