/** Apps that could not be run here, by the exact requests that their source sends. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { byOperator } from '../support/by-operator.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import {
  authorize,
  verifyIdToken,
  type Authorization,
  type Registration,
} from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { goThrough } from '../support/sign-in.ts';
import { TEMPLATES } from '../../src/templates/templates.ts';

const CLOUD = 'https://cloud.example.org';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

describe('Nextcloud (user_oidc, LoginController.php)', () => {
  // getSetting's defaults, and what latchkey-nextcloud.sh maps: quota is asked for whether or not there is one.
  const wanted = { email: null, name: null, quota: null, groups: null };
  const claims = { ...wanted, preferred_username: { essential: true } };

  async function register(): Promise<Registration> {
    const input = { ...TEMPLATES.nextcloud.client(CLOUD), id: 'nextcloud', name: 'Nextcloud' };
    const { client, secret } = await byOperator(server).addClient({
      ...input,
      organisations: ['acme'],
      groups: 'all',
    });
    const redirectUri = client.redirectUris[1] ?? '';
    return { issuer: server.issuer, clientId: client.id, clientSecret: secret ?? '', redirectUri };
  }

  it('gets who it is and their groups in the ID token, by the secret in the form', async () => {
    const nextcloud = await register();
    const person = await server.addPerson({ login: 'nora' }, { totp: true });
    const asked = authorize(nextcloud, {
      scope: 'openid profile email groups',
      claims: JSON.stringify({ id_token: claims, userinfo: claims }),
    });
    const browser = createHttpBrowser(server.issuer);
    const back = await goThrough(browser, person, await browser.open(asked.url));
    const code = back.url.searchParams.get('code') ?? assert.fail(back.url.href);
    const answer = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        code,
        redirect_uri: nextcloud.redirectUri,
        grant_type: 'authorization_code',
        code_verifier: asked.verifier,
        client_id: nextcloud.clientId,
        client_secret: nextcloud.clientSecret,
      }),
    });
    const { id_token: idToken = '' } = (await answer.json()) as Record<string, string>;
    const told = decodeJwt(idToken);
    assert.equal(told['preferred_username'], 'nora');
    assert.equal(told['email'], person.person.email);
    assert.equal(told['name'], person.person.name);
    assert.deepEqual(told['groups'], []);
    assert.equal(told['quota'], undefined);
  });

  it('signs out at the address that it is configured with', async () => {
    const { postLogoutRedirectUris: uris } = TEMPLATES.nextcloud.client(CLOUD);
    const [file] = TEMPLATES.nextcloud.files({
      issuer: server.issuer,
      clientId: 'nextcloud',
      secret: 's',
      url: CLOUD,
      name: 'Latchkey',
      mailbox: {},
    });
    const configured = /--postlogouturi=(\S+)/u.exec(file?.text ?? '')?.[1];
    assert.deepEqual([configured], uris);
  });
});

describe('Roundcube 1.7 (rcmail_oauth.php)', () => {
  const WEBMAIL = 'https://webmail.example.org';
  let webmail: Registration;
  before(async () => {
    const input = { ...TEMPLATES['roundcube-1.7'].client(WEBMAIL), name: 'Webmail' };
    const { client, secret } = await byOperator(server).addClient({ ...input, id: 'roundcube' });
    webmail = {
      issuer: server.issuer,
      clientId: client.id,
      clientSecret: secret ?? '',
      redirectUri: `${WEBMAIL}/index.php/login/oauth`,
    };
  });

  /** With the secret in the form, and the verifier at each refresh too. */
  async function token(
    { verifier }: Authorization,
    fields: Record<string, string>,
  ): Promise<Record<string, string>> {
    const { clientId: client_id, clientSecret: client_secret } = webmail;
    const body = { ...fields, client_id, client_secret, code_verifier: verifier };
    const answer = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams(body),
    });
    const told = (await answer.json()) as Record<string, string>;
    assert.equal(answer.status, 200, JSON.stringify(told));
    // parse_tokens() takes an answer without one of these for an error.
    for (const name of ['access_token', 'refresh_token', 'expires_in', 'id_token'])
      assert.ok(told[name], name);
    assert.equal(told['token_type'], 'Bearer');
    return told;
  }

  it('finds what discover() reads', async () => {
    const answer = await fetch(`${server.issuer}/.well-known/openid-configuration`);
    const told = (await answer.json()) as Record<string, unknown>;
    const endpoints = ['authorization', 'token', 'userinfo', 'end_session'];
    const read = [...endpoints.map((name) => `${name}_endpoint`), 'issuer', 'jwks_uri'];
    for (const name of read) assert.equal(typeof told[name], 'string', name);
    assert.deepEqual(told['code_challenge_methods_supported'], ['S256']);
  });

  it('gets tokens for the mail server, with the same nonce after a refresh, and signs out', async () => {
    const person = await server.addPerson({ login: 'rosa' }, { totp: true });
    const asked = authorize(webmail, { scope: 'openid email mail' });
    const browser = createHttpBrowser(server.issuer);
    const back = await goThrough(browser, person, await browser.open(asked.url));
    const code = back.url.searchParams.get('code') ?? assert.fail(back.url.href);
    const redirect_uri = webmail.redirectUri;
    const first = await token(asked, { grant_type: 'authorization_code', code, redirect_uri });
    const { refresh_token = '' } = first;
    const second = await token(asked, { grant_type: 'refresh_token', refresh_token });
    for (const { scope, id_token: idToken = '' } of [first, second]) {
      assert.match(scope ?? '', /\bmail\b/u);
      const claims = await verifyIdToken(webmail, idToken, asked.nonce);
      assert.equal(claims['email'], person.person.email);
    }

    const end = new URL(`${server.issuer}/session/end`);
    const landing = `${WEBMAIL}/?_task=logout`;
    end.searchParams.set('post_logout_redirect_uri', landing);
    end.searchParams.set('client_id', webmail.clientId);
    end.searchParams.set('id_token_hint', first['id_token'] ?? '');
    const left = await browser.submit(await browser.open(end), { logout: 'yes' });
    assert.equal(left.url.href, landing);
  });
});
