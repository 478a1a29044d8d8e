/** The forced set-up of an authenticator inside a sign-in, over HTTP: its swaps, its races, its wrong codes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import QRCode from 'qrcode';
import { updateOrganisation } from '../../src/records/organisation.ts';
import { getPerson } from '../../src/records/person.ts';
import {
  createHttpBrowser,
  hiddenFields,
  unescapeHtml,
  type HtmlPage,
  type HttpBrowser,
} from '../support/http-browser.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import {
  PASSWORD,
  codeOf,
  startTestServer,
  type TestPerson,
  type TestServer,
} from '../support/server.ts';
import { silently, stepOf } from '../support/sign-in.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
});
after(() => server.stop());

interface Wizard {
  browser: HttpBrowser;
  person: TestPerson;
  page: HtmlPage;
}

const secretOn = (page: HtmlPage): string => {
  const secret = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(page.html)?.[0];
  assert.ok(secret, page.html);
  return secret.replaceAll(' ', '');
};

async function toScan(options: Partial<Wizard> = {}): Promise<Wizard> {
  const browser = options.browser ?? createHttpBrowser(server.issuer);
  const person = options.person ?? (await server.addPerson());
  let page = await browser.open(authorize(webmail).url);
  page = await browser.submit(page, { login: person.login, password: PASSWORD });
  assert.equal(stepOf(page), 'totp-enrol');
  page = await browser.submit(page, { go: 'next' });
  assert.equal(stepOf(page), 'totp-enrol/install');
  page = await browser.submit(page, { go: 'next' });
  assert.equal(stepOf(page), 'totp-enrol/scan');
  return { browser, person, page };
}

const code = (secret: string, steps = 0): string => codeOf(secret, server.now(), steps);

describe('the set-up wizard in a sign-in', () => {
  it('leads from the password to a verified second factor inside the same request', async () => {
    const { browser, person, page } = await toScan();
    const secret = secretOn(page);
    const box = await browser.submit(page, { go: 'next' });
    assert.equal(stepOf(box), 'totp-enrol/code');
    const done = await browser.submit(box, { go: 'submit', code: code(secret) });
    assert.equal(stepOf(done), 'enrolled');
    assert.equal((await getPerson(server.store, person.person.id))?.authenticators.length, 1);
    // Reloading changes nothing; finishing asks for password and the *next* code.
    assert.equal(stepOf(await browser.open(done.url)), 'enrolled');
    const again = await browser.submit(done, { go: 'finish' });
    assert.equal(stepOf(again), 'password');
    assert.match(again.html, /<h1>Sign in again<\/h1>/u);
    assert.match(again.html, new RegExp(`name="login"[^>]* value="${person.login}"`, 'u'));
    const totp = await browser.submit(again, { login: person.login, password: PASSWORD });
    assert.equal(stepOf(totp), 'totp');
    const spent = await browser.submit(totp, { code: code(secret) });
    assert.equal(spent.status, 400, 'the enrolment code counts as accepted');
    server.clock.ahead += 30_000;
    const back = await browser.submit(totp, { code: code(secret) });
    assert.ok(back.url.searchParams.has('code'), back.html);
  });

  it('ends on a page of their organisation, though nobody is signed in any more', async () => {
    const contact = 'Mia in IT, extension 40';
    const set = (to: string | null): Promise<unknown> =>
      updateOrganisation(server.store, 'acme', () => ({ set: { contact: to }, result: undefined }));
    await set(contact);
    server.clock.ahead += 1_000;
    const { browser, page } = await toScan();
    const box = await browser.submit(page, { go: 'next' });
    const done = await browser.submit(box, { go: 'submit', code: code(secretOn(page)) });
    assert.equal(stepOf(done), 'enrolled');
    assert.match(done.html, /Your administrator: Mia in IT/u);
    await set(null);
  });

  it('names the entry so that no app cuts the names at a wrong colon', async () => {
    const options = { type: 'svg', margin: 2, errorCorrectionLevel: 'M' } as const;
    const scanOf = async (organisation: string, email: string) => {
      await updateOrganisation(server.store, 'acme', () => ({
        set: { name: organisation },
        result: undefined,
      }));
      return (await toScan({ person: await server.addPerson({ email }) })).page;
    };
    for (const [organisation, email, label, issuer] of [
      ['Acme: mail', 'ops:ada@acme.test', 'Acme%20-%20mail:ops-ada%40acme.test', 'Acme%20-%20mail'],
      ['50 %3A', 'a+b/c@acme.test', '50%20%253A:a%2Bb%2Fc%40acme.test', '50%20%253A'],
    ] as const) {
      const page = await scanOf(organisation, email);
      const uri = `otpauth://totp/${label}?secret=${secretOn(page)}&issuer=${issuer}`;
      assert.ok(page.html.includes(await QRCode.toString(uri, options)), uri);
      // The same, for the app on the device that shows it.
      const links = [...page.html.matchAll(/href="(otpauth:[^"]*)"/gu)];
      assert.deepEqual(
        links.map(([, href = '']) => unescapeHtml(href)),
        [uri],
      );
    }
    const long = await scanOf('信'.repeat(100), `${'信'.repeat(64)}@${'箱'.repeat(120)}`);
    assert.equal(long.status, 200, 'a code holds 2331 bytes');
    await updateOrganisation(server.store, 'acme', () => ({
      set: { name: 'Acme' },
      result: undefined,
    }));
  });

  it('shows the same secret on reload, a new one on "Refresh", after which the old one is dead', async () => {
    const { browser, page } = await toScan();
    const first = secretOn(page);
    assert.equal(secretOn(await browser.open(page.url)), first);
    const refreshed = await browser.submit(page, { go: 'refresh' });
    assert.equal(stepOf(refreshed), 'totp-enrol/scan');
    const second = secretOn(refreshed);
    assert.notEqual(second, first);
    const box = await browser.submit(refreshed, { go: 'next' });
    assert.equal((await browser.submit(box, { go: 'submit', code: code(first) })).status, 400);
    assert.equal(
      stepOf(await browser.submit(box, { go: 'submit', code: code(second) })),
      'enrolled',
    );
  });

  it('does not activate a secret that was replaced in another tab', async () => {
    const { browser, page } = await toScan();
    const box = await browser.submit(page, { go: 'next' });
    const stale = hiddenFields(box.html)['pending'] ?? '';
    assert.notEqual(stale, '');
    const secret = secretOn(await browser.submit(page, { go: 'refresh' }));
    const refused = await browser.submit(box, { go: 'submit', pending: stale, code: code(secret) });
    assert.equal(refused.status, 400);
  });

  it('activated twice at once is one authenticator', async () => {
    const { browser, person, page } = await toScan();
    const secret = secretOn(page);
    const box = await browser.submit(page, { go: 'next' });
    await Promise.all(
      Array.from({ length: 5 }, () => browser.submit(box, { go: 'submit', code: code(secret) })),
    );
    const found = await getPerson(server.store, person.person.id);
    assert.equal(found?.authenticators.length, 1);
    assert.equal(found.pendingAuthenticator, null);
    assert.equal(found.epoch, person.person.epoch + 1);
  });

  it('ends the person’s other sessions with the write that activates', async () => {
    await server.setOrganisationMfa('optional');
    const person = await server.addPerson();
    const laptop = createHttpBrowser(server.issuer);
    const signedIn = await laptop.submit(await laptop.open(authorize(webmail).url), {
      login: person.login,
      password: PASSWORD,
    });
    assert.ok(signedIn.url.searchParams.has('code'));
    await server.setOrganisationMfa('required');
    const { browser, page } = await toScan({ person });
    const box = await browser.submit(page, { go: 'next' });
    await browser.submit(box, { go: 'submit', code: code(secretOn(page)) });
    await server.setOrganisationMfa('off');
    const { callback } = await silently(webmail, laptop);
    assert.equal(callback.searchParams.get('error'), 'login_required');
    await server.setOrganisationMfa('required');
  });

  it('goes back and forth, and cancels to the app', async () => {
    const { browser, page } = await toScan();
    const install = await browser.submit(page, { go: 'previous' });
    assert.equal(stepOf(install), 'totp-enrol/install');
    const back = await browser.submit(install, { go: 'cancel' });
    assert.equal(back.url.searchParams.get('error'), 'access_denied');
  });

  it('waits after five wrong codes here too', async () => {
    const { browser, page } = await toScan();
    const secret = secretOn(page);
    const wrong = String((Number(code(secret)) + 1) % 1_000_000).padStart(6, '0');
    const box = await browser.submit(page, { go: 'next' });
    for (let count = 0; count < 5; count += 1) {
      assert.equal((await browser.submit(box, { go: 'submit', code: wrong })).status, 400);
    }
    assert.equal((await browser.submit(box, { go: 'submit', code: code(secret) })).status, 429);
  });

  it('is closed to somebody who holds a factor, and before the password', async () => {
    const enrolled = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(webmail).url);
    const wizard = new URL(
      `${page.url.pathname.replace(/password$/u, '')}totp-enrol/scan`,
      page.url,
    );
    assert.equal(stepOf(await browser.open(wizard)), 'password');
    await browser.submit(page, { login: enrolled.login, password: PASSWORD });
    assert.equal(stepOf(await browser.open(wizard)), 'totp');
    const forged = new URLSearchParams({ ...hiddenFields(page.html), go: 'refresh' });
    await browser.send(wizard, { method: 'POST', body: forged });
    assert.equal((await getPerson(server.store, enrolled.person.id))?.pendingAuthenticator, null);
  });

  it('keeps no secret in clear in the store', async () => {
    const { person, page } = await toScan();
    const stored = JSON.stringify(await getPerson(server.store, person.person.id));
    assert.ok(!stored.includes(secretOn(page)));
  });
});
