/** Apps that could not be run here, by the exact requests that their source sends. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { byOperator } from '../support/by-operator.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
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
