/** A whole sign-in through the hosted pages, as a browser without JavaScript does it. */
import { generateSync } from 'otplib';
import { send, unexpected, type Answer, type Connection, type Cookies } from './browser.ts';
import type { Person, PublicClient, Ready, WebClient } from './messages.ts';
import {
  authorizationRequest,
  codeIn,
  redeem,
  type Endpoints,
  type Tokens,
} from './relying-party.ts';

/** More than any sign-in has. */
const MOST_REDIRECTS = 10;

interface Provider extends Connection {
  ready: Pick<Ready, 'issuer'>;
  endpoints: Endpoints;
  /** Its time, milliseconds since the epoch. */
  now(): number;
}

/** `/auth`, password page, code page, back, and the code redeemed; `cookies` hold the session then. */
export async function signIn(
  target: Provider,
  client: WebClient | PublicClient,
  person: Person,
  cookies: Cookies,
): Promise<Tokens> {
  const request = authorizationRequest(target.endpoints, client);
  const visit = { target, cookies, until: client.redirect_uri };
  const passwordPage = await follow(visit, await send(target, { path: request.path }, cookies));
  const { login, password } = person;
  const codePage = await submit(visit, passwordPage, 'login', { login, password });
  const code = generateSync({ secret: person.totpSecret, epoch: Math.floor(target.now() / 1000) });
  const back = await submit(visit, codePage, 'code', { code });
  const redeemable = { code: codeIn(back, client, request), verifier: request.verifier };
  return redeem(target, target.endpoints, client, redeemable);
}

/** As far as the page that asks for the code, in a browser of its own. */
export async function givePassword(
  target: Provider,
  client: WebClient,
  { login, password }: Person,
): Promise<void> {
  const cookies: Cookies = new Map();
  const { path } = authorizationRequest(target.endpoints, client);
  const visit = { target, cookies, until: client.redirect_uri };
  const passwordPage = await follow(visit, await send(target, { path }, cookies));
  const codePage = await submit(visit, passwordPage, 'login', { login, password });
  if (!formWith(codePage.body, 'code')) throw unexpected('A right password', codePage);
}

/** A page of ours for people, through the sign-in that it asks for; `cookies` hold the session then. */
export async function openSignedIn(
  target: Omit<Provider, 'endpoints'>,
  path: string,
  person: Pick<Person, 'login' | 'password' | 'totpSecret'>,
  cookies: Cookies,
): Promise<Answer> {
  const visit = { target, cookies, until: NOWHERE };
  const passwordPage = await follow(visit, await send(target, { path }, cookies));
  const { login, password } = person;
  const codePage = await submit(visit, passwordPage, 'login', { login, password });
  const code = generateSync({ secret: person.totpSecret, epoch: Math.floor(target.now() / 1000) });
  return submit(visit, codePage, 'code', { code });
}

/** No redirect leads there. */
const NOWHERE = 'nowhere:';

interface Visit {
  target: Omit<Provider, 'endpoints'>;
  cookies: Cookies;
  /** Where the redirects leave the server. */
  until: string;
}

async function follow({ target, cookies, until }: Visit, first: Answer): Promise<Answer> {
  let answer = first;
  for (let redirects = 0; answer.location !== undefined; redirects += 1) {
    if (answer.location.startsWith(until)) return answer;
    if (redirects === MOST_REDIRECTS) throw unexpected('A request in a circle', answer);
    const { pathname, search } = new URL(answer.location, target.ready.issuer);
    answer = await send(target, { path: pathname + search }, cookies);
  }
  return answer;
}

/** Fills the form that has a box named `box`, with what its page has hidden in it. */
async function submit(
  visit: Visit,
  page: Answer,
  box: string,
  fields: Record<string, string>,
): Promise<Answer> {
  const form = formWith(page.body, box);
  if (page.status !== 200 || !form) throw unexpected(`A page that should ask for ${box}`, page);
  const request = { path: form.action, form: { ...form.hidden, ...fields } };
  return follow(visit, await send(visit.target, request, visit.cookies));
}

function formWith(
  html: string,
  box: string,
): { action: string; hidden: Record<string, string> } | undefined {
  for (const [, tag = '', content = ''] of html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gsu)) {
    const inputs = [...content.matchAll(/<input\b([^>]*)>/gu)].map(
      ([, attributes = '']) => attributes,
    );
    if (!inputs.some((attributes) => attribute(attributes, 'name') === box)) continue;
    const hidden = inputs.filter((attributes) => attribute(attributes, 'type') === 'hidden');
    return {
      action: attribute(tag, 'action'),
      hidden: Object.fromEntries(
        hidden.map((attributes) => [attribute(attributes, 'name'), attribute(attributes, 'value')]),
      ),
    };
  }
  return undefined;
}

function attribute(attributes: string, name: string): string {
  const found = new RegExp(`(?:^|\\s)${name}="([^"]*)"`, 'u').exec(attributes)?.[1] ?? '';
  return found.replaceAll('&#x2F;', '/').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
