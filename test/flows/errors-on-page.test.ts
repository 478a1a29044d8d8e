/** An app that cannot take errors: all of an authorization request are shown here, with the way back to it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { afterPassword } from '../support/factors.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';

const HOME = 'https://mail.test/';
let server: TestServer;
let roundcube: Registration;
let partner: Registration;
before(async () => {
  server = await startTestServer();
  const errors = { errors: 'page', clientUri: HOME } as const;
  roundcube = await server.addClient({ name: 'Roundcube', ...errors });
  partner = await server.addClient({ name: 'Partner', firstParty: false, ...errors });
});
after(() => server.stop());

/** It stays here, tells nobody else, and leads back to the app by a click. */
function assertShown(page: HtmlPage, status: number, text: RegExp, app = 'Roundcube'): void {
  assert.equal(page.url.origin, server.issuer, page.url.href);
  assert.equal(page.status, status);
  assert.match(page.html, text);
  assert.match(
    page.html,
    new RegExp(`<a class="button primary" href="${HOME}">Back to ${app}<`, 'u'),
  );
  assert.equal(page.headers.get('location'), null);
}

describe('an app whose errors are shown on our page', () => {
  it('is told of no sign-in that was cancelled', async () => {
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(roundcube).url);
    const left = await browser.submit(page, { go: 'cancel' });
    assertShown(left, 403, /You are not signed in/u);
  });

  it('is told of no consent that was refused, and of nobody it is not open to', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(roundcube, person);
    const asked = await browser.open(authorize(partner).url);
    assert.equal(stepOf(asked), 'consent');
    assertShown(
      await browser.submit(asked, { decision: 'deny' }),
      403,
      /not signed in/u,
      'Partner',
    );
    const errors = { errors: 'page', clientUri: HOME } as const;
    const shut = await server.addClient({
      name: 'Shut',
      organisations: ['globex'],
      ...errors,
    });
    const closed = await afterPassword(shut, await server.addPerson());
    assert.equal(stepOf(closed.page), 'not-open');
    assertShown(await closed.browser.submit(closed.page, {}), 403, /isn’t open to you/u, 'Shut');
  });

  it('is told of no request that is wrong, and of none that cannot be silent', async () => {
    const open = (params: Record<string, string>) =>
      createHttpBrowser(server.issuer).open(authorize(roundcube, params).url);
    const wrong: [params: Record<string, string>, text: RegExp][] = [
      [{ prompt: 'none' }, /login_required/u],
      [{ response_type: 'token' }, /unsupported_response_type/u],
      [{ scope: 'openid groups' }, /invalid_scope/u],
      [{ max_age: 'soon' }, /invalid_request/u],
      [{ prompt: 'none', response_mode: 'form_post' }, /login_required/u],
    ];
    for (const [params, text] of wrong) {
      const page = await open(params);
      assert.equal(page.status, 400, `${JSON.stringify(params)} ${page.url.href}`);
      assertShown(page, 400, text);
    }
  });

  it('gets its codes as every app does', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(roundcube, person);
    assert.ok((await silently(roundcube, browser)).callback.searchParams.has('code'));
  });

  it('is one of its own: others are told theirs', async () => {
    const other = await server.addClient({ name: 'Wiki', clientUri: HOME });
    const page = await createHttpBrowser(server.issuer).open(
      authorize(other, { prompt: 'none' }).url,
    );
    assert.equal(page.url.searchParams.get('error'), 'login_required');
  });
});
