/** The modules of the OpenID conformance suite's plan for RP-Initiated Logout 1.0, by their names. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import type { Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently, type SignedIn } from '../support/sign-in.ts';

const GOODBYE = 'http://127.0.0.1:9/goodbye';
const STATE = 'abc';

let server: TestServer;
let client: Registration;
let person: TestPerson;
before(async () => {
  server = await startTestServer();
  client = await server.addClient({ postLogoutRedirectUris: [GOODBYE] });
  person = await server.addPerson({}, { totp: true });
});
after(() => server.stop());

const LOGGED_OUT = 'oidc/logged-out';
/** Params of the request, from the ID token; where it leads to, or the page of ours. */
type Module = [string, (hint: string) => Record<string, string>, string];

const broken = (hint: string): string => `${hint.slice(0, -8)}AAAAAAAA`;
const uri = { post_logout_redirect_uri: GOODBYE };

/** Whoever is asked says yes. */
const ENDING: readonly Module[] = [
  [
    'oidcc-rp-initiated-logout',
    (id_token_hint) => ({ id_token_hint, ...uri, state: STATE }),
    `${GOODBYE}?state=${STATE}`,
  ],
  ['-no-state', (id_token_hint) => ({ id_token_hint, ...uri }), GOODBYE],
  ['-no-post-logout-redirect-uri', (id_token_hint) => ({ id_token_hint }), LOGGED_OUT],
  ['-no-id-token-hint', () => uri, LOGGED_OUT],
  ['-only-state', () => ({ state: STATE }), LOGGED_OUT],
  ['-no-params', () => ({}), LOGGED_OUT],
];
const REFUSED: readonly Module[] = [
  ['-bad-id-token-hint', () => ({ id_token_hint: 'no.id.token', ...uri }), ''],
  ['-modified-id-token-hint', (hint) => ({ id_token_hint: broken(hint), ...uri }), ''],
  [
    '-bad-post-logout-redirect-uri',
    (id_token_hint) => ({ id_token_hint, post_logout_redirect_uri: `${GOODBYE}/other` }),
    '',
  ],
  [
    '-query-added-to-post-logout-redirect-uri',
    (id_token_hint) => ({ id_token_hint, post_logout_redirect_uri: `${GOODBYE}?foo=bar` }),
    '',
  ],
];

async function newSession(): Promise<SignedIn> {
  server.clock.ahead += 30_000;
  return signIn(client, person);
}

function ask({ browser, tokens }: SignedIn, params: Module[1]): Promise<HtmlPage> {
  const url = new URL('/session/end', server.issuer);
  url.search = new URLSearchParams(params(tokens['id_token'] ?? '')).toString();
  return browser.open(url);
}

const nameOf = ({ html }: HtmlPage) => /data-page="([^"]*)"/u.exec(html)?.[1];

async function isSignedIn({ browser }: SignedIn): Promise<boolean> {
  return (await silently(client, browser)).callback.searchParams.has('code');
}

for (const [name, params, to] of ENDING)
  describe(name.replace(/^-/u, 'oidcc-rp-initiated-logout-'), () => {
    it('asks on a page of ours, signs out, and leads where it should', async () => {
      const session = await newSession();
      const question = await ask(session, params);
      assert.equal(nameOf(question), 'oidc/logout', question.html);
      const bye = await session.browser.submit(question, { logout: 'yes' });
      assert.equal(to === LOGGED_OUT ? nameOf(bye) : bye.url.href, to);
      assert.equal(await isSignedIn(session), false);
    });

    it('leads there at once where nobody is signed in', async () => {
      const session = { ...(await newSession()), browser: createHttpBrowser(server.issuer) };
      const bye = await ask(session, params);
      assert.equal(to === LOGGED_OUT ? nameOf(bye) : bye.url.href, to);
    });
  });

for (const [name, params] of REFUSED)
  describe(name.replace(/^-/u, 'oidcc-rp-initiated-logout-'), () => {
    it('is an error page, and signs nobody out', async () => {
      const session = await newSession();
      const page = await ask(session, params);
      assert.deepEqual([page.status, nameOf(page)], [400, 'error']);
      assert.equal(await isSignedIn(session), true);
    });
  });
