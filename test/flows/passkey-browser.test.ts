/** Passkeys in a real browser at the real server: set up inside a sign-in, alone, and after the password. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { JWTPayload } from 'jose';
import type { Browser, CDPSession, Locator } from 'playwright-core';
import { getPerson } from '../../src/records/person.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser, type Person, type PersonOptions } from '../support/browser.ts';
import {
  authorize,
  exchange,
  verifyIdToken,
  type Authorization,
  type Registration,
} from '../support/relying-party.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';

let server: PolicyServer;
let app: Server;
let webmail: Registration;
let browser: Browser;
before(async () => {
  app = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(
      '<!doctype html><link rel="icon" href="data:,"><title>App</title><h1>The app</h1>',
    );
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const { port } = app.address() as AddressInfo;
  server = await startPolicyServer();
  webmail = await server.addClient({ redirectUris: [`http://127.0.0.1:${port}/callback`] });
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
  app.closeAllConnections();
  app.close();
});

let seat: Person;
let device: CDPSession;
/** Does the browser offer passkeys under the box for the login name? */
let hasList = false;
let authenticatorId: string;

/**
 * At a computer of one's own, with an authenticator that asks for nothing but a touch. What is asked of
 * it without one is never answered: so waits the list under the box for the login name.
 */
async function sitDown(options?: PersonOptions): Promise<void> {
  seat = await newPerson(browser, options);
  if (!hasList)
    await seat.context.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
  device = await seat.context.newCDPSession(seat.page);
  await device.send('WebAuthn.enable');
  ({ authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: false,
    },
  }));
}
beforeEach(() => sitDown());
afterEach(() => seat.close());

const touch = (enabled: boolean): Promise<unknown> =>
  device.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });

const button = (name: string): Locator => seat.page.getByRole('button', { name, exact: true });
const heading = (name: string): Promise<void> =>
  seat.page.getByRole('heading', { name, level: 1 }).waitFor();

/** Presses a button that asks for the passkey, with a finger on the authenticator. */
async function press(name: string): Promise<void> {
  await touch(true);
  await button(name).click();
}

async function start(params: Record<string, string> = {}): Promise<Authorization> {
  const asked = authorize(webmail, params);
  await touch(false);
  await seat.page.goto(asked.url.href);
  return asked;
}

async function givePassword({ login }: TestPerson): Promise<void> {
  await seat.page.getByLabel('Login name').fill(login);
  await seat.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button('Sign in').click();
}

/** The ID token that the app gets; when it was asked for, and came, in seconds. */
async function claimsFor(asked: Authorization): Promise<JWTPayload> {
  await heading('The app');
  const answer = await exchange(webmail, asked, new URL(seat.page.url()));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return verifyIdToken(webmail, String(answer.body['id_token']), asked.nonce);
}

function assertSays(claims: JWTPayload, sub: string, amr: string[], since: number): void {
  assert.equal(claims.sub, sub);
  assert.equal(claims['acr'], 'phr');
  assert.deepEqual((claims['amr'] as string[]).toSorted(), amr.toSorted());
  const at = Number(claims['auth_time']);
  assert.ok(at >= since && at <= Math.floor(server.now() / 1000), String(at));
}
const seconds = (): number => Math.floor(server.now() / 1000);

/** Sets up a passkey where a factor is required, as far as the sign-in with it. */
async function enrol(person: TestPerson): Promise<Authorization> {
  const asked = await start();
  await givePassword(person);
  await heading('Set up two-step authentication');
  await seat.page.getByRole('link', { name: 'Use a passkey instead' }).click();
  await heading('Add a passkey');
  await seat.page.getByLabel('Name of the passkey').fill('Work laptop');
  await press('Create passkey');
  await heading('You have enrolled in MFA');
  await touch(false);
  await seat.page.getByLabel('I have saved them').check();
  await button('Finish').click();
  await heading('Sign in');
  return asked;
}

describe('a passkey', () => {
  it('is set up inside a sign-in, which it then completes alone', async () => {
    const person = await server.addPerson();
    const asked = await enrol(person);
    const stored = await getPerson(server.store, person.person.id);
    assert.deepEqual(
      stored?.passkeys.map(({ name }) => name),
      ['Work laptop'],
    );
    const since = seconds();
    await press('Sign in with a passkey');
    const claims = await claimsFor(asked);
    assertSays(claims, person.person.id, ['pop', 'user', 'mfa'], since);
    assert.deepEqual(seat.problems, [], 'nothing is against the content security policy');

    const [enrolled] = await server.eventsOf(person, 'factor.enrolled');
    assert.deepEqual(enrolled?.details, { factor: 'passkey' });
    const subjects = (await server.mailsTo(person.person.email)).map(
      ({ parsed }) => parsed.subject,
    );
    assert.ok(subjects.includes('Two-step authentication was changed for your Acme account'));
  });

  it('signs in from the page of the password, without saying before whose it is', async () => {
    const person = await server.addPerson();
    await enrol(person);
    server.clock.ahead += 3600_000;
    await seat.context.clearCookies();
    const asked = await start();
    const since = seconds();
    await press('Sign in with a passkey');
    assertSays(await claimsFor(asked), person.person.id, ['pop', 'user', 'mfa'], since);

    // Silently afterwards, an hour later: the same truth.
    server.clock.ahead += 3600_000;
    const later = await start({ prompt: 'none' });
    const claims = await claimsFor(later);
    assertSays(claims, person.person.id, ['pop', 'user', 'mfa'], since);
    assert.ok(Number(claims['auth_time']) <= seconds() - 3600);
  });

  it('is the second factor after the password, and may trust the computer', async () => {
    const person = await server.addPerson();
    await enrol(person);
    await givePassword(person);
    await heading('Use your passkey');
    assert.deepEqual(await accessibilityProblems(seat.page), []);
    await seat.page.getByLabel('Trust this computer').check();
    const since = seconds();
    await press('Use passkey');
    await heading('The app');

    const asked = await start({ prompt: 'login' });
    await givePassword(person);
    const claims = await claimsFor(asked);
    assert.equal(claims['acr'], 'urn:latchkey:acr:trusted');
    assert.deepEqual(claims['amr'], ['pwd']);
    const both = await start({ prompt: 'none' });
    assertSays(await claimsFor(both), person.person.id, ['pwd', 'pop', 'user', 'mfa'], since);
  });

  it('that was cancelled says so, and the page can be used again', async () => {
    const person = await server.addPerson();
    const asked = await enrol(person);
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    const said = seat.page.getByRole('alert').filter({ hasText: 'You cancelled, or it took too' });
    await press('Sign in with a passkey');
    await said.waitFor();
    assert.match(new URL(seat.page.url()).pathname, /\/password$/u, 'nothing was sent');
    assert.deepEqual(await accessibilityProblems(seat.page), []);

    await touch(false);
    await givePassword(person);
    await heading('Use your passkey');
    await press('Use passkey');
    await said.waitFor();
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await press('Use passkey');
    assert.equal((await claimsFor(asked))['acr'], 'phr');
    const refused = (await server.eventsOf(person)).filter(({ outcome }) => outcome === 'refused');
    assert.deepEqual(refused, [], 'a cancelled request never came here');
  });

  it('of somebody else’s does not complete the sign-in of who gave the password', async () => {
    const [alice, bob] = [await server.addPerson(), await server.addPerson()];
    await enrol(alice);
    await seat.close();
    await sitDown();
    const asked = await enrol(bob);
    // Bob's device is asked for a passkey of Alice's, which it doesn't have.
    await givePassword(alice);
    await heading('Use your passkey');
    await press('Use passkey');
    await seat.page.getByRole('alert').filter({ hasText: 'Nothing was sent' }).waitFor();
    await touch(false);
    await button('Not you?').click();
    await heading('Sign in');
    await press('Sign in with a passkey');
    const claims = await claimsFor(asked);
    assert.equal(claims.sub, bob.person.id);
  });

  it('without JavaScript: the password page has none, the passkey’s own page says why', async () => {
    const person = await server.addPerson();
    await enrol(person);
    await seat.close();
    await sitDown({ javaScriptEnabled: false });
    await start();
    assert.equal(await button('Sign in with a passkey').count(), 0);
    await givePassword(person);
    await heading('Use your passkey');
    assert.match(await seat.page.locator('main').innerText(), /Passkeys need JavaScript/u);
    assert.equal(await button('Use passkey').count(), 0);
    const other = seat.page.getByRole('link', { name: 'One-time code' });
    assert.equal(await other.count(), 1, 'another way is there');
  });
});

describe('the list under the box for the login name', () => {
  before(() => {
    hasList = true;
  });
  after(() => {
    hasList = false;
  });

  /** To the sign-in, with a finger on the authenticator or none: nobody presses anything. */
  async function arrive(touching: boolean): Promise<Authorization> {
    const asked = authorize(webmail);
    await touch(touching);
    await seat.page.goto(asked.url.href);
    return asked;
  }
  /** Somebody with a passkey here, whom the server doesn't know. */
  async function stranger(): Promise<TestPerson> {
    const person = await server.addPerson();
    await enrol(person);
    await seat.context.clearCookies();
    return person;
  }
  const box = (): Locator => seat.page.getByLabel('Login name');

  it('offers passkeys; one of there counts as one that was given at its step', async () => {
    const person = await stranger();
    server.clock.ahead += 3600_000;
    await arrive(false);
    assert.equal(await box().getAttribute('autocomplete'), 'username webauthn');
    const since = seconds();
    const claims = await claimsFor(await arrive(true));
    assertSays(claims, person.person.id, ['pop', 'user', 'mfa'], since);
    const [signedIn] = await server.eventsOf(person, 'sign-in.factor');
    const { sign_in: which, ...told } = signedIn?.details ?? {};
    assert.match(String(which), /^[\w-]{12}$/u);
    assert.deepEqual(told, { factor: 'passkey', alone: true });
    assert.deepEqual(seat.problems, []);
  });

  it('leaves the password alone, and is asked again when the button was cancelled', async () => {
    const person = await stranger();
    const asked = await arrive(false);
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await press('Sign in with a passkey');
    await seat.page.getByRole('alert').filter({ hasText: 'You cancelled' }).waitFor();
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await seat.page.getByLabel('Password', { exact: true }).focus();
    await box().focus();
    assert.equal((await claimsFor(asked)).sub, person.person.id);
  });

  it('is there again after "back"', async () => {
    const person = await stranger();
    const asked = await arrive(false);
    await seat.page.goto(webmail.redirectUri);
    await touch(true);
    await seat.page.goBack();
    assert.equal((await claimsFor(asked)).sub, person.person.id);
  });

  it('is there again on a page out of the memory for "back", with a challenge that is still good', async () => {
    const person = await stranger();
    const asked = await arrive(false);
    await seat.page.evaluate(() => {
      const button = document.querySelector<HTMLElement>('[data-passkey]');
      const { options = '' } = button?.dataset ?? {};
      if (button)
        button.dataset['options'] = options.replace(/"challenge":"[^"]*"/u, '"challenge":"b2xk"');
      dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    });
    await touch(true);
    // The page may be gone before this has returned: the passkey answers at once.
    await seat.page
      .evaluate(() => {
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      })
      .catch((error: unknown) => assert.match(String(error), /context was destroyed/u));
    assert.equal((await claimsFor(asked)).sub, person.person.id);
  });

  it('after one that is unknown here: says so, locks nobody out, and works with the next challenge', async () => {
    const person = await stranger();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId });
    await device.send('WebAuthn.clearCredentials', { authenticatorId });
    const unknown = {
      credentialId: randomBytes(16).toString('base64'),
      privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      userHandle: Buffer.from('nobody').toString('base64'),
    };
    const common = { isResidentCredential: true, rpId: 'localhost', signCount: 1 };
    const credential = { ...common, ...unknown };
    await device.send('WebAuthn.addCredential', { authenticatorId, credential });
    const asked = await arrive(true);
    for (let count = 0; count < 6; count += 1) {
      await seat.page.getByText('This passkey isn’t registered here').waitFor();
      await heading('Use your passkey');
      const back = seat.page.getByRole('link', { name: 'Use your password instead' });
      if (count < 5) await back.click();
    }
    await device.send('WebAuthn.clearCredentials', { authenticatorId });
    for (const own of credentials)
      await device.send('WebAuthn.addCredential', { authenticatorId, credential: own });
    await seat.page.goBack();
    const claims = await claimsFor(asked);
    assert.equal(claims.sub, person.person.id);
    // Nor do they stand in the way of the password.
    await seat.context.clearCookies();
    await start();
    await givePassword(person);
    await heading('Use your passkey');
  });
});
