/**
 * What a process remembers of a token or a session says what is read beside it, and answers nothing: what has ended
 * since, or belongs elsewhere by now, is seen by the very next request.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { changePerson } from '../../src/records/person.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { sessionCollection } from '../../src/records/session.ts';
import { grantCollection, modelCollections } from '../../src/records/stored-model.ts';
import type { Collection } from '../../src/storage/store.ts';
import { byOperator } from '../support/by-operator.ts';
import { post, token, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently, type SignedIn } from '../support/sign-in.ts';

let server: TestServer;
let spa: Registration;
let webmail: Registration;
let person: TestPerson;
let signedIn: SignedIn;
before(async () => {
  server = await startTestServer();
  spa = await server.addClient({ kind: 'spa' });
  webmail = await server.addClient();
  await byOperator(server).addOrganisation({ id: 'lax', name: 'Lax', mfa: 'off' });
});
after(() => server.stop());
/** Everything has been used before, so that all of it is known. */
beforeEach(async () => {
  person = await server.addPerson({ organisation: 'lax' });
  signedIn = await signIn(spa, person);
  assert.deepEqual(await uses(), GOOD);
});

const GOOD = { silent: 'code', userinfo: 200, refreshed: 200 };

/** What the session and the tokens are good for. */
async function uses() {
  const { browser, tokens } = signedIn;
  const { callback } = await silently(spa, browser);
  const headers = { authorization: `Bearer ${tokens['access_token']}` };
  const userinfo = await fetch(`${server.issuer}/me`, { headers });
  await userinfo.text();
  const form = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' };
  const { status: refreshed, body } = await token(spa, form);
  if (refreshed === 200) tokens['refresh_token'] = body['refresh_token'] ?? '';
  const silent = callback.searchParams.has('code') ? 'code' : callback.searchParams.get('error');
  return { silent, userinfo: userinfo.status, refreshed };
}

/** Those of the person that are kept there, as another process would take them away. */
async function removeAll(kind: Collection<any>, isTheirs: (value: any) => boolean): Promise<void> {
  const { items } = await server.store.scan(kind, { limit: 1000 });
  for (const { id, value } of items) if (isTheirs(value)) await server.store.delete(kind, id);
}

const isTheirs = (value: { payload: { accountId?: string } }): boolean =>
  value.payload.accountId === person.person.id;

describe('what is known of them does not outlive', () => {
  it('the session', async () => {
    await removeAll(sessionCollection, isTheirs);
    assert.deepEqual(await uses(), { silent: 'login_required', userinfo: 401, refreshed: 400 });
  });

  it('the grant: a new sign-on makes a new one', async () => {
    await removeAll(grantCollection, isTheirs);
    assert.deepEqual(await uses(), { silent: 'code', userinfo: 401, refreshed: 400 });
  });

  it('the token itself', async () => {
    await removeAll(modelCollections['AccessToken']!, isTheirs);
    assert.deepEqual(await uses(), { ...GOOD, userinfo: 401 });
  });

  it('the epoch, nor whether the person is active', async () => {
    const changes = [{ epoch: 77 }, { active: false }];
    for (const set of changes) {
      await changePerson(server.store, person.person.id, () => ({ set, result: undefined }));
      assert.deepEqual(await uses(), { silent: 'login_required', userinfo: 401, refreshed: 400 });
    }
  });

  it('the organisation that they are in: what that asks for is asked at once', async () => {
    const set = { organisation: 'acme' };
    await changePerson(server.store, person.person.id, () => ({ set, result: undefined }));
    assert.deepEqual(await uses(), { silent: 'login_required', userinfo: 200, refreshed: 400 });
  });

  it('what that organisation asks for', async () => {
    await server.store.update(organisationCollection, 'lax', (lax) => ({
      put: { ...lax!, mfa: 'required' as const },
      result: undefined,
    }));
    assert.deepEqual(await uses(), { silent: 'login_required', userinfo: 200, refreshed: 400 });
    await server.store.update(organisationCollection, 'lax', (lax) => ({
      put: { ...lax!, mfa: 'off' as const },
      result: undefined,
    }));
  });
});

it('a code is looked for anew when it comes again, and ends what was bought with it', async () => {
  const { asked, callback } = await silently(webmail, signedIn.browser);
  const form = {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: webmail.redirectUri,
    code_verifier: asked.verifier,
  };
  const first = await token(webmail, form);
  assert.equal(first.status, 200);
  assert.equal((await token(webmail, form)).status, 400);
  const introspected = await post(webmail, '/token/introspection', {
    token: first.body['access_token'] ?? '',
  });
  assert.deepEqual(introspected.body, { active: false });
});
