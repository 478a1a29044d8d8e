/** The pages with a passkey's button, in a real browser with a virtual authenticator. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession } from 'playwright-core';
import type { Passkey } from '../../src/records/factors/passkey.ts';
import {
  challengeFor,
  creationOptions,
  requestOptions,
  supportsPasskeys,
  type Purpose,
} from '../../src/factors/passkey-options.ts';
import {
  passkeyCounterCollection,
  verifyAuthentication,
  verifyRegistration,
  type AuthenticationVerdict,
  type RegistrationVerdict,
} from '../../src/factors/passkey.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { loadAssets, type Assets } from '../../src/web/assets.ts';
import { createRenderer, type Renderer } from '../../src/web/render.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser, type Person, type PersonOptions } from '../support/browser.ts';

const NOW = 4_000_000_000_000;
const VIEWS = join(import.meta.dirname, '..', '..', 'views');
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'";

interface Shown {
  page: string;
  context: object;
}

describe('passkeys in a browser', () => {
  const vault = createVault([vaultKey(randomBytes(32))]);
  let folder: string;
  let store: Store;
  let browser: Browser;
  let assets: Assets;
  let renderer: Renderer;
  let server: Server;
  let issuer: string;
  let shown: Shown;
  let received: URLSearchParams[];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-passkey-'));
    const options = { engine: 'sqlite' as const, path: join(folder, 'latchkey.db') };
    store = await openStore(options, [passkeyCounterCollection], { now: () => NOW });
    assets = await loadAssets(join(VIEWS, 'assets'));
    renderer = createRenderer(VIEWS, assets);
    server = createServer(async (request, response) => {
      const asset = assets.find(request.url ?? '');
      response.setHeader('Content-Security-Policy', POLICY);
      if (asset) {
        response.setHeader(
          'Content-Type',
          { '.js': 'text/javascript', '.css': 'text/css' }[asset.type] ?? 'image/svg+xml',
        );
        return response.end(asset.content);
      }
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      if (request.method === 'POST') {
        const body = Buffer.concat(await request.toArray()).toString();
        received.push(new URLSearchParams(body));
        return response.end('<!doctype html><title>Received</title><p id="received">Received');
      }
      const context = { csrf: 'token', org: null, action: '/answer', ...shown.context };
      return response.end(renderer.render(shown.page, 'en', context));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    server.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  let person: Person;
  let device: CDPSession;
  let authenticatorId: string;
  let owner: { id: string; active: boolean; login: string; name: string; passkeys: Passkey[] };
  let round: number;

  const sitDown = async (options?: PersonOptions): Promise<void> => {
    person = await newPerson(browser, options);
    device = await person.context.newCDPSession(person.page);
    await device.send('WebAuthn.enable');
    ({ authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    }));
  };
  beforeEach(async () => {
    const id = randomBytes(16).toString('base64url');
    owner = { id, active: true, login: 'alice', name: 'Alice "Ace" <Archer>', passkeys: [] };
    round = 0;
    received = [];
    await sitDown();
  });
  afterEach(() => person.close());

  const challenge = (purpose: Purpose): string =>
    challengeFor(vault, { uid: 'sign-in', purpose, round });

  const showEnrolment = async (change: object = {}): Promise<void> => {
    const options = {
      ...creationOptions({
        issuer,
        rpName: 'Acme',
        challenge: challenge('register'),
        person: owner,
      }),
      ...change,
    };
    const rest = {
      problem: null,
      errors: {},
      name: '',
      previous: 'previous',
      others: [],
      postpone: 0,
    };
    shown = { page: 'interactions/passkey-enrol', context: { options, ...rest } };
    await person.page.goto(issuer);
  };

  const showSignIn = async (passkeys: readonly Passkey[], change: object = {}): Promise<void> => {
    const asked = { issuer, challenge: challenge('authenticate'), passkeys };
    const options = { ...requestOptions(asked), ...change };
    const alone = passkeys.length === 0;
    const context = {
      options,
      problem: null,
      errors: {},
      login: alone ? '' : owner.login,
      others: [],
      trustDays: alone ? 0 : 30,
      password: alone ? '/interaction/abc/password' : '',
    };
    shown = { page: 'interactions/passkey', context };
    await person.page.goto(issuer);
  };

  /** The answer that the form sent after a press of the button. */
  const press = async (button: string): Promise<string> => {
    await person.page.getByRole('button', { name: button }).click();
    await person.page.locator('#received').waitFor();
    assert.equal(received.at(-1)?.get('go'), 'submit');
    return received.at(-1)?.get('response') ?? '';
  };

  const register = (response: string): Promise<RegistrationVerdict> => {
    const expected = { issuer, challenge: challenge('register') };
    return verifyRegistration({ store, vault }, expected, { response, name: 'Laptop' }, NOW);
  };

  const authenticate = (
    response: string,
    expected = { issuer, challenge: challenge('authenticate') },
  ): Promise<AuthenticationVerdict<typeof owner>> =>
    verifyAuthentication(
      { store, vault },
      expected,
      async (id) => (id === owner.id ? owner : undefined),
      response,
    );

  const enrol = async (): Promise<void> => {
    await showEnrolment();
    const verdict = await register(await press('Create passkey'));
    assert.ok(verdict.verdict === 'accepted', JSON.stringify(verdict));
    owner.passkeys.push(verdict.passkey);
  };

  it('are made, and sign in after the password', async () => {
    await enrol();
    assert.equal(received[0]?.get('name'), 'Passkey');
    assert.deepEqual(owner.passkeys[0]?.transports, ['internal']);

    await showSignIn(owner.passkeys);
    await person.page.getByLabel('Trust this computer').check();
    const verdict = await authenticate(await press('Use passkey'));
    assert.deepEqual(verdict, { verdict: 'accepted', person: owner, passkey: owner.passkeys[0] });
    assert.equal(received.at(-1)?.get('trust'), 'yes');
    assert.deepEqual(person.problems, []);
  });

  it('sign in alone, and say whose they are', async () => {
    await enrol();
    await showSignIn([]);
    const answer = await press('Use passkey');
    assert.equal((await authenticate(answer)).verdict, 'accepted');
    // A counter that stands still is that of a copy; a spent challenge does not even get there.
    assert.equal((await authenticate(answer)).verdict, 'cloned');
    round = 1;
    assert.equal((await authenticate(answer)).verdict, 'wrong');
  });

  it('are refused by another issuer, and for another challenge', async () => {
    await enrol();
    await showSignIn(owner.passkeys);
    const answer = await press('Use passkey');
    const asked = challenge('authenticate');
    for (const other of ['http://localhost:1', 'https://idp.example', 'https://localhost'])
      assert.equal(
        (await authenticate(answer, { issuer: other, challenge: asked })).verdict,
        'wrong',
      );
    const foreign = challenge('register');
    assert.equal((await authenticate(answer, { issuer, challenge: foreign })).verdict, 'wrong');
    assert.equal((await authenticate(answer)).verdict, 'accepted');
  });

  it('are refused when the device has not verified its user', async () => {
    await enrol();
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await showSignIn(owner.passkeys, { userVerification: 'discouraged' });
    const verdict = await authenticate(await press('Use passkey'));
    assert.equal(verdict.verdict, 'wrong');
    assert.match(String('cause' in verdict && verdict.cause), /could not be verified/u);
  });

  it('of two on one device, the page says that there is one', async () => {
    await enrol();
    await showEnrolment();
    await person.page.getByRole('button', { name: 'Create passkey' }).click();
    const said = person.page.getByRole('alert').filter({ hasText: 'already has a passkey' });
    await said.waitFor();
    assert.equal(received.length, 1);
    assert.deepEqual(await accessibilityProblems(person.page), []);
  });

  it('that are not there are told on the page, which can be used again', async () => {
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await showSignIn([]);
    const alert = person.page.getByRole('alert').filter({ hasText: /./u });
    assert.equal(await alert.count(), 0);
    await person.page.getByRole('button', { name: 'Use passkey' }).click();
    await alert.filter({ hasText: 'Nothing was sent' }).waitFor();
    assert.equal(received.length, 0);
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await enrol();
    await showSignIn([]);
    assert.equal((await authenticate(await press('Use passkey'))).verdict, 'accepted');
  });

  it('need a name, before the device is asked', async () => {
    await showEnrolment();
    await person.page.getByLabel('Name of the passkey').fill('');
    await person.page.getByRole('button', { name: 'Create passkey' }).click();
    const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId });
    assert.deepEqual([credentials.length, received.length], [0, 0]);
    // Enter in the box presses the button.
    await person.page.getByLabel('Name of the passkey').fill('Work laptop');
    await person.page.getByLabel('Name of the passkey').press('Enter');
    await person.page.locator('#received').waitFor();
    assert.equal(received[0]?.get('name'), 'Work laptop');
    assert.equal((await register(received[0]?.get('response') ?? '')).verdict, 'accepted');
  });

  it('leave the other ways of the page alone', async () => {
    await showSignIn([]);
    await person.page.getByRole('button', { name: 'Cancel' }).click();
    await person.page.locator('#received').waitFor();
    assert.deepEqual([received[0]?.get('go'), received[0]?.get('response')], ['cancel', '']);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be used by everybody (${colorScheme})`, async () => {
      await person.page.emulateMedia({ colorScheme });
      await showSignIn([]);
      assert.deepEqual(await accessibilityProblems(person.page), []);
      await showEnrolment();
      assert.deepEqual(await accessibilityProblems(person.page), []);
      assert.deepEqual(person.problems, []);
    });
  }

  it('say without JavaScript, or in a browser without them, that another way is needed', async () => {
    await person.page.addInitScript('delete window.PublicKeyCredential');
    await showSignIn([]);
    await person.page
      .getByRole('alert')
      .filter({ hasText: 'don’t work with this browser' })
      .waitFor();
    assert.equal(await person.page.getByRole('button', { name: 'Use passkey' }).count(), 0);
    await person.close();
    await sitDown({ javaScriptEnabled: false });
    await showSignIn([]);
    assert.match(await person.page.locator('main').innerText(), /Passkeys need JavaScript/u);
    assert.equal(await person.page.getByRole('button', { name: 'Use passkey' }).count(), 0);
    assert.equal(await person.page.getByRole('link', { name: 'Use your password' }).count(), 1);
  });
});

describe('an issuer', () => {
  const cases: [string, boolean][] = [
    ['https://login.example', true],
    ['https://login.example:8443/idp', true],
    ['http://localhost:3000', true],
    ['http://idp.localhost', true],
    ['http://login.example', false],
    ['https://192.0.2.7', false],
    ['http://127.0.0.1:3000', false],
    ['https://[2001:db8::1]', false],
  ];
  for (const [issuer, expected] of cases) {
    it(`${issuer} ${expected ? 'can' : 'cannot'} have passkeys`, () => {
      assert.equal(supportsPasskeys(issuer), expected);
    });
  }
});
