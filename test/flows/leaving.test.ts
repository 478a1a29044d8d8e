/** How a browser leaves our pages for an app: what our answers say, and to whom. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  createHttpBrowser,
  hiddenFields,
  unescapeHtml,
  type HtmlPage,
  type HttpBrowser,
} from '../support/http-browser.ts';
import { navigate } from '../support/navigation.ts';
import { authorize, exchange, type Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn } from '../support/sign-in.ts';

const GOODBYE = 'http://127.0.0.1:9/goodbye?from=here';

let server: TestServer;
let webmail: Registration;
let phone: Registration;
let person: TestPerson;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient({ postLogoutRedirectUris: [GOODBYE] });
  phone = await server.addClient({
    name: 'Phone',
    kind: 'native',
    redirectUris: ['com.example.phone:/callback'],
    postLogoutRedirectUris: ['com.example.phone:/goodbye'],
  });
  person = await server.addPerson({}, { totp: true });
});
after(() => server.stop());

const showsPages = () => createHttpBrowser(server.issuer, {}, navigate);
const showsNone = () => createHttpBrowser(server.issuer);

const policyOf = ({ headers }: HtmlPage): string => headers.get('content-security-policy') ?? '';

/** Where a page that goes on by itself leads: without a script, and by a link as well. */
function goesOnTo(page: HtmlPage): string {
  assert.equal(page.status, 200, page.html);
  assert.equal(page.headers.get('location'), null);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.match(policyOf(page), /form-action 'self'(;|$)/u);
  const [, to = ''] = /<meta http-equiv="refresh" content="0;url=([^"]*)">/u.exec(page.html) ?? [];
  assert.ok(page.html.includes(`href="${to}"`), page.html);
  return unescapeHtml(to);
}

const start = async (browser: HttpBrowser, client: Registration, params = {}) => {
  server.clock.ahead += 30_000;
  const asked = authorize(client, params);
  return { asked, page: await browser.open(asked.url) };
};

/** The answer to the form that completes a sign-in. */
async function complete(browser: HttpBrowser, page: HtmlPage): Promise<HtmlPage> {
  const { login } = person;
  const second = await browser.submit(page, { login, password: PASSWORD });
  return browser.submit(second, { code: person.code() });
}

async function askToSignOut(
  browser: HttpBrowser,
  client: Registration,
  uri: string,
): Promise<HtmlPage> {
  const url = new URL('/session/end', server.issuer);
  const params = { client_id: client.clientId, post_logout_redirect_uri: uri, state: `a"b&c` };
  url.search = new URLSearchParams(params).toString();
  return browser.open(url);
}

describe('the answer to the form that ends a sign-in', () => {
  it('is a page that goes on to the authorization request, in which no code stands', async () => {
    const browser = showsPages();
    const { asked, page } = await start(browser, webmail);
    const last = await complete(browser, page);
    const resume = goesOnTo(last);
    assert.match(resume, /^\/auth\/[\w-]+\?client=\w+$/u);
    // As does the way to it again, from another tab.
    const again = last.url.pathname.split('/').slice(0, 3).join('/');
    assert.equal(goesOnTo(await browser.open(server.issuer + again)), resume);
    const back = await browser.open(server.issuer + resume);
    assert.equal(back.status, 303);
    assert.equal((await exchange(webmail, asked, back.url)).status, 200);
  });

  it('is the same when the sign-in is cancelled', async () => {
    const browser = showsPages();
    const { page } = await start(browser, webmail);
    const resume = goesOnTo(await browser.submit(page, { go: 'cancel' }));
    const { url } = await browser.open(server.issuer + resume);
    assert.equal(url.searchParams.get('error'), 'access_denied');
  });

  it('is a redirect for whoever shows no pages', async () => {
    const browser = showsNone();
    const { page } = await start(browser, webmail);
    const back = await browser.submit(page, { go: 'cancel' });
    assert.equal(back.url.searchParams.get('error'), 'access_denied');
  });

  it('is a redirect to an app on the device, by a scheme of its own', async () => {
    const browser = showsPages();
    const { page } = await start(browser, phone);
    const second = await browser.submit(page, { login: person.login, password: PASSWORD });
    for (const form of [page, second])
      assert.match(policyOf(form), /form-action 'self' com\.example\.phone:(;|$)/u);
    const back = await browser.submit(second, { code: person.code() });
    assert.equal(back.url.protocol, 'com.example.phone:');
  });
});

describe('the answer to the form that signs out', () => {
  it('is a page that goes on to the app, with its state', async () => {
    const browser = showsPages();
    const { page } = await start(browser, webmail);
    await browser.open(server.issuer + goesOnTo(await complete(browser, page)));
    const question = await askToSignOut(browser, webmail, GOODBYE);
    assert.match(policyOf(question), /form-action 'self'(;|$)/u);
    const bye = await browser.submit(question, { logout: 'yes' });
    assert.equal(goesOnTo(bye), `${GOODBYE}&state=a%22b%26c`);
    assert.match(bye.headers.get('set-cookie') ?? '', /latchkey_session=;/u);
  });

  it('is a redirect for whoever shows no pages, and to an app on the device', async () => {
    for (const [browser, client, uri] of [
      [showsNone(), webmail, GOODBYE],
      [showsPages(), phone, 'com.example.phone:/goodbye'],
    ] as const) {
      server.clock.ahead += 30_000;
      const plain = showsNone();
      await signIn(webmail, person, { browser: plain });
      browser.steal(plain, () => true);
      const question = await askToSignOut(browser, client, uri);
      const bye = await browser.submit(question, { logout: 'yes' });
      assert.ok(bye.url.href.startsWith(uri), bye.url.href);
      assert.equal(bye.url.searchParams.get('state'), `a"b&c`);
    }
  });
});

describe('the question whether to sign out', () => {
  /** At a browser with a session. */
  async function asked(): Promise<[HttpBrowser, HtmlPage]> {
    server.clock.ahead += 30_000;
    const plain = showsNone();
    await signIn(webmail, person, { browser: plain });
    const browser = showsPages();
    browser.steal(plain, () => true);
    return [browser, await browser.open(`${server.issuer}/session/end`)];
  }

  it('answered with "stay" leads to the account, where nobody is told that they are signed out', async () => {
    const [browser, question] = await asked();
    assert.equal(goesOnTo(await browser.submit(question, {})), '/account');
    const named = `${server.issuer}/session/end?client_id=${webmail.clientId}`;
    assert.equal(goesOnTo(await browser.submit(await browser.open(named), {})), '/account');
    const toApp = await browser.submit(await askToSignOut(browser, webmail, GOODBYE), {});
    assert.equal(goesOnTo(toApp), `${GOODBYE}&state=a%22b%26c`);
    const account = await browser.open(`${server.issuer}/account`);
    assert.equal(account.url.pathname, '/account', 'still signed in');
    const plain = showsNone();
    plain.steal(browser, () => true);
    const again = await plain.open(`${server.issuer}/session/end`);
    assert.equal((await plain.submit(again, {})).url.pathname, '/account');
  });

  it('is asked anew when it is answered too late, or twice, and no app is blamed', async () => {
    const [browser, question] = await asked();
    const other = await browser.open(`${server.issuer}/session/end`);
    for (const after_ of ['/session/end', '/session/end/success']) {
      const late = await browser.submit(question, { logout: 'yes' });
      assert.equal(late.status, 400);
      assert.match(late.html, /This page was open for too long/u);
      assert.match(late.html, /href="\/session\/end">Go back</u);
      const anew = await browser.open(`${server.issuer}/session/end`);
      assert.equal(anew.url.pathname, after_);
      if (after_ === '/session/end') await browser.submit(anew, { logout: 'yes' });
    }
    assert.equal((await browser.submit(other, { logout: 'yes' })).status, 400);
  });
});

describe('an answer with response_mode=form_post', () => {
  const formPost = { response_mode: 'form_post' };
  const fieldsOf = ({ html }: HtmlPage) => hiddenFields(html.slice(html.indexOf('<form')));
  /** Our page, whose form leads to the app and on to wherever that sends it. */
  function assertForm(page: HtmlPage): void {
    assert.equal(page.status, 200, page.html);
    assert.equal(policyOf(page), policyOf(signInPage).replace(/; form-action [^;]*/u, ''));
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.match(page.html, /data-page="oidc\/form-post"/u);
    assert.match(page.html, /<script src="\/assets\/form-post\.\w+\.js" defer>/u);
    assert.equal(/action="([^"]*)"/u.exec(page.html)?.[1], webmail.redirectUri);
    // What the script puts out of the way: the button, and the words that say to press it.
    assert.match(page.html, /<form[^>]*>\s*<p class="lead">[^]*<button type="submit"[^]*<\/form>/u);
  }
  let signInPage: HtmlPage;

  it('is a page of ours, with the code or with the error, and in the reader’s language', async () => {
    const browser = showsPages();
    const { asked, page } = await start(browser, webmail, formPost);
    signInPage = page;
    const last = goesOnTo(await complete(browser, page));
    const answer = await browser.open(server.issuer + last);
    assertForm(answer);
    const { code, state, iss, ...rest } = fieldsOf(answer);
    assert.deepEqual([state, iss, rest], [asked.state, server.issuer, {}]);
    const back = new URL(`${webmail.redirectUri}?code=${code}`);
    assert.equal((await exchange(webmail, asked, back)).status, 200);

    const silent = { ...formPost, prompt: 'none', ui_locales: 'zh-Hant' };
    const again = await browser.open(authorize(webmail, silent).url);
    assertForm(again);
    assert.match(again.html, /<html lang="zh-Hant">/u);
    const refused = await showsPages().open(authorize(webmail, silent).url);
    assertForm(refused);
    assert.equal(fieldsOf(refused)['error'], 'login_required');
    const state_ = `"><script>'`;
    const odd = await showsPages().open(authorize(webmail, { ...silent, state: state_ }).url);
    assertForm(odd);
    assert.equal(fieldsOf(odd)['state'], state_);
  });
});

describe('signing out where nobody is signed in', () => {
  it('is no page of the library: oidcc-rp-initiated-logout-no-params', async () => {
    const browser = showsPages();
    const strict = policyOf(await browser.open(authorize(webmail).url));
    const end = await browser.send(`${server.issuer}/session/end`);
    assert.equal(end.status, 303);
    assert.equal(policyOf(end), strict, 'no script of the library is let in');
    const page = await browser.open(new URL(end.headers.get('location') ?? '', server.issuer));
    assert.match(page.html, /data-page="oidc\/logged-out"/u);
    const back = await askToSignOut(browser, webmail, GOODBYE);
    assert.equal(back.url.href, `${GOODBYE}&state=a%22b%26c`);
  });
});

describe('Cross-Origin-Opener-Policy', () => {
  it('takes the window that opened it from no page of a sign-in, errors included', async () => {
    const browser = showsPages();
    const asked = authorize(webmail).url.pathname + authorize(webmail).url.search;
    const { page } = await start(browser, webmail);
    const open = [
      '/',
      asked,
      '/auth',
      '/auth/none',
      '/interaction/none/password',
      page.url.pathname,
      '/session/end',
      '/session/end/success',
      '/session/end?client_id=none',
      '/session/none',
      '/forgot-password',
      '/set-password',
      '/set-password/none',
      '/accounts',
    ];
    const ours = ['/account', '/account/sessions', '/account/callback', '/ACCOUNT/none'];
    for (const path of [...open, ...ours]) {
      const { headers } = await browser.send(server.issuer + path);
      const policy = headers.get('cross-origin-opener-policy');
      assert.equal(policy, ours.includes(path) ? 'same-origin' : null, path);
    }
    const posted = await browser.send(`${server.issuer}/session/end/confirm`, { method: 'POST' });
    assert.equal(posted.status, 400);
    assert.equal(posted.headers.get('cross-origin-opener-policy'), null);
  });
});
