/** What a client has that was registered without a word about it, and what those of the version before keep. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { clientPkceCollection } from '../../src/oidc/clients/client-pkce.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { runHere } from '../support/command-line.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { exchange, post, verifyIdToken, type Registration } from '../support/relying-party.ts';
import { REDIRECT, startTestServer, type TestServer } from '../support/server.ts';
import { signIn, silently } from '../support/sign-in.ts';

const BARE = { code_challenge: '', code_challenge_method: '' };

let server: TestServer;
let browser: HttpBrowser;
before(async () => {
  server = await startTestServer();
  const person = await server.addPerson({}, { totp: true });
  ({ browser } = await signIn(await server.addClient(), person));
});
after(() => server.stop());

/** A silent sign-in whose code is redeemed, with another verifier than the one that was asked with when told. */
async function redeem(app: Registration, params: Record<string, string> = {}, verifier?: string) {
  const { asked, callback } = await silently(app, browser, params);
  return exchange(app, { ...asked, verifier: verifier ?? asked.verifier }, callback);
}

const errorOf = async (app: Registration, params: Record<string, string>) =>
  (await silently(app, browser, params)).callback.searchParams.get('error');

describe('a client with a secret', () => {
  it('gets ID tokens signed with RS256, or with what its library knows', async () => {
    for (const [fields, alg] of [
      [{}, 'RS256'],
      [{ alg: 'ES256' }, 'ES256'],
    ] as const) {
      const app = await server.addClient(fields);
      const { body } = await redeem(app);
      const idToken = String(body['id_token']);
      assert.equal(decodeProtectedHeader(idToken).alg, alg);
      await verifyIdToken(app, idToken);
      // What it holds is a hint that it can send (OIDC RP-Initiated Logout §2).
      assert.equal(await errorOf(app, { id_token_hint: idToken }), null);
    }
  });

  it('needs no PKCE unless it was registered so, and shows its secret either way', async () => {
    const app = await server.addClient();
    const { status } = await redeem(app, BARE, '');
    assert.equal(status, 200);
    const { asked, callback } = await silently(app, browser, BARE);
    const posted = await post({ ...app, clientSecret: '' }, '/token', {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: app.redirectUri,
      client_secret: app.clientSecret,
    });
    assert.equal(posted.status, 200, JSON.stringify([posted.body, asked.url]));
    const strict = await server.addClient({ requirePkce: true });
    assert.equal(await errorOf(strict, BARE), 'invalid_request');
  });

  it('redeems with the verifier when it has sent a challenge', async () => {
    const app = await server.addClient();
    for (const wrong of ['', 'x'.repeat(43)]) {
      const { status, body } = await redeem(app, {}, wrong);
      assert.deepEqual([status, body['error']], [400, 'invalid_grant']);
    }
    assert.equal((await redeem(app)).status, 200);
  });
});

describe('whether the requests of a client carry PKCE', () => {
  const record = (app: Registration) => server.store.get(clientPkceCollection, app.clientId);
  const shown = async (app: Registration) => {
    const args = ['client', 'show', app.clientId];
    const text = (await runLatchkey(args)).stdout;
    return { text, json: (await runLatchkey([...args, '--json'])).json };
  };
  const runLatchkey = (args: string[]) => runHere(args, { cwd: server.folder, env: server.env });

  it('is told as it was seen at redemption, and written when it changes', async () => {
    const app = await server.addClient();
    const unseen = await shown(app);
    assert.deepEqual([unseen.json['sends_pkce'], unseen.json['require_pkce']], [null, false]);
    assert.match(unseen.text, /PKCE: .*no sign-in seen yet/u);
    await silently(app, browser);
    await redeem(app, {}, 'x'.repeat(43));
    assert.equal(await record(app), undefined, 'a code that is asked for or refused says nothing');

    await redeem(app);
    const first = await record(app);
    assert.equal(first?.sends, true);
    const sending = await shown(app);
    assert.equal(sending.json['sends_pkce'], true);
    const advice = `it sends it; require it: latchkey client set ${app.clientId} --require-pkce yes`;
    assert.ok(sending.text.includes(advice), sending.text);
    server.clock.ahead += 60_000;
    await redeem(app);
    assert.deepEqual(await record(app), first, 'nothing is written at a use like the one before');

    await redeem(app, BARE, '');
    assert.deepEqual(await record(app), {
      ...first,
      sends: false,
      since: (await record(app))?.since,
    });
    assert.match((await shown(app)).text, /PKCE: .*it does not send it/u);
    await redeem(app);
    assert.equal((await record(app))?.sends, true);
    await runLatchkey(['client', 'set', app.clientId, '--require-pkce', 'yes']);
    const { text, json } = await shown(app);
    assert.match(text, /PKCE: .*required$/mu);
    assert.equal(json['require_pkce'], true);
  });

  it('goes with the client, and is not believed of another one of its name', async () => {
    const app = await server.addClient();
    await redeem(app);
    const seen = await record(app);
    await runLatchkey(['client', 'remove', '--yes', app.clientId]);
    assert.equal(await record(app), undefined);
    // As a process that was slower would write it.
    assert.ok(seen);
    await server.store.put(clientPkceCollection, app.clientId, seen);
    await server.settle();
    await server.addClient({ id: app.clientId });
    assert.equal((await shown(app)).json['sends_pkce'], null);
  });
});

describe('a client without a secret', () => {
  it('sends a challenge, whatever it asks for', async () => {
    for (const kind of ['spa', 'native'] as const) {
      const app = await server.addClient({ kind, redirectUris: ['https://app.example/cb'] });
      const back = await errorOf(app, BARE);
      assert.equal(back, 'invalid_request', kind);
    }
  });
});

describe('a client of the version before', () => {
  /** As it was stored, to the letter. */
  const stored = (secretHash: string | null): object => ({
    id: `before-${secretHash === null ? 'spa' : 'web'}`,
    name: 'From before',
    kind: secretHash === null ? 'spa' : 'web',
    redirectUris: [REDIRECT],
    postLogoutRedirectUris: [],
    backchannelLogoutUri: null,
    alg: 'ES256',
    firstParty: true,
    requirePkce: true,
    clientCredentials: false,
    requireAcr: null,
    acceptTrust: true,
    organisations: null,
    secretHash,
    registration: 'CjY2s1fE3oXo8k4W',
    createdAt: 1_790_000_000_000,
  });

  it('keeps its algorithm and its PKCE, and has nothing new', async () => {
    const known = await server.addClient();
    const { secretHash = null } = (await server.store.get(clientCollection, known.clientId)) ?? {};
    for (const hash of [secretHash, null]) {
      const record = stored(hash) as ClientRecord;
      await server.store.put(clientCollection, record.id, record);
      const app = { ...known, clientId: record.id, clientSecret: hash ? known.clientSecret : '' };
      assert.equal(await errorOf(app, BARE), 'invalid_request');
      const { status, body } = await redeem(app, { scope: 'openid offline_access' });
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(decodeProtectedHeader(String(body['id_token'])).alg, 'ES256');
      assert.ok(!String(body['scope']).includes('offline_access'));
      assert.deepEqual(await server.store.get(clientCollection, record.id), record);
    }
  });
});
