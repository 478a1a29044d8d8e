/** The epoch: what disabling a person or changing the password ends, and when. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addGroup } from '../../src/operations/groups/add-group.ts';
import { makePasswordLink } from '../../src/operations/people/make-password-link.ts';
import { loadConfig } from '../../src/config/load.ts';
import { removeGroup } from '../../src/operations/groups/remove-group.ts';
import { groupCollection } from '../../src/records/group.ts';
import { membershipCollection, membershipId } from '../../src/records/membership.ts';
import { changePerson, getPerson } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, exchange, post, token, type Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { disablePerson, NO_NOTICES, NO_RELAY, updatePerson } from '../support/operator.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
});
after(() => server.stop());

describe('a person who is disabled', () => {
  it('loses session, code, refresh and access token at once', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, tokens } = await signIn(webmail, person);
    const issued = await silently(webmail, browser);
    const active = await post(webmail, '/token/introspection', {
      token: String(tokens['access_token']),
    });
    assert.equal(active.body['active'], true);

    await disablePerson(server.store, person.person.id);

    const refreshed = await token(webmail, {
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token']),
    });
    assert.equal(refreshed.body['error'], 'invalid_grant');
    const redeemed = await exchange(webmail, issued.asked, issued.callback);
    assert.equal(redeemed.body['error'], 'invalid_grant');
    const inactive = await post(webmail, '/token/introspection', {
      token: String(tokens['access_token']),
    });
    assert.equal(inactive.body['active'], false);
    const userinfo = await fetch(`${server.issuer}/me`, {
      headers: { authorization: `Bearer ${tokens['access_token']}` },
    });
    assert.equal(userinfo.status, 401);
    const { callback } = await silently(webmail, browser);
    assert.equal(callback.searchParams.get('error'), 'login_required');
  });

  it('as the date is over until which they were active, is as one whom somebody disabled', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    const activeUntil = Date.now() - 1;
    await changePerson(server.store, person.person.id, () => ({
      set: { activeUntil },
      result: undefined,
    }));
    const other = createHttpBrowser(server.issuer);
    const login = { login: person.login, password: PASSWORD };
    const page = await other.submit(await other.open(authorize(webmail).url), login);
    assert.deepEqual([stepOf(page), page.status], ['password', 400]);
    await server.settle();
    const { callback } = await silently(webmail, browser);
    assert.equal(callback.searchParams.get('error'), 'login_required');
    assert.equal((await getPerson(server.store, person.person.id))?.active, false);
  });

  it('loses what was issued to them as that date is over, whoever is late to disable them', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, tokens } = await signIn(webmail, person);
    const { url } = authorize(webmail);
    const parts = { ...server, config: loadConfig({ env: server.env, cwd: server.folder }) };
    const operator = performedByOperator(server.now());
    const made = makePasswordLink({ ...parts, relay: NO_RELAY }, operator, person.person.id);
    const link = valueOf(await made);
    const held = createHttpBrowser(server.issuer);
    assert.equal((await held.open(link)).status, 200);
    // What disables people is not told of it before the end.
    await changePerson(server.store, person.person.id, () => ({
      set: { activeUntil: server.now() - 1 },
      result: undefined,
    }));
    const access = String(tokens['access_token']);
    const { body } = await post(webmail, '/token/introspection', { token: access });
    assert.equal(body['active'], false);
    const headers = { authorization: `Bearer ${access}` };
    assert.equal((await fetch(`${server.issuer}/me`, { headers })).status, 401);
    const grant = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) };
    assert.equal((await token(webmail, grant)).body['error'], 'invalid_grant');
    const { callback } = await silently(webmail, browser);
    assert.equal(callback.searchParams.get('error'), 'login_required');
    assert.equal(stepOf(await browser.open(url)), 'password');
    assert.equal((await held.open(`${server.issuer}/set-password`)).status, 410);
    assert.equal((await getPerson(server.store, person.person.id))?.active, true);
  });

  it('gets the same answer as an unknown person and a wrong password', async () => {
    const person = await server.addPerson({}, { totp: true });
    await disablePerson(server.store, person.person.id);
    const known = await server.addPerson();
    const messages = new Set<string>();
    for (const [login, password] of [
      [person.login, PASSWORD],
      ['nobody-at-all', PASSWORD],
      [known.login, 'not the password of anybody'],
    ] as const) {
      const browser = createHttpBrowser(server.issuer);
      const page = await browser.submit(await browser.open(authorize(webmail).url), {
        login,
        password,
      });
      assert.equal(stepOf(page), 'password');
      assert.equal(page.status, 400);
      messages.add(
        page.html
          .replaceAll(login, '')
          .replaceAll(/(?:value|data-options)="[^"]*"|\/interaction\/[^"/]*/gu, ''),
      );
    }
    assert.equal(messages.size, 1);
  });

  it('half way through a sign-in is back at the password, and gets no further', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(webmail).url);
    const code = await browser.submit(page, { login: person.login, password: PASSWORD });
    assert.equal(stepOf(code), 'totp');
    await disablePerson(server.store, person.person.id);
    const after_ = await browser.submit(code, { code: person.code() });
    assert.equal(stepOf(after_), 'password');
  });

  it('with the sign-in finished but not yet back at the app, gets no session', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(webmail).url);
    const code = await browser.submit(page, { login: person.login, password: PASSWORD });
    const form = new URLSearchParams({
      code: person.code(),
      csrf: /name="csrf" value="([^"]*)"/u.exec(code.html)?.[1] ?? '',
    });
    const finished = await browser.send(code.url, { method: 'POST', body: form });
    assert.match(finished.headers.get('location') ?? '', /^\/auth\//u);
    await changePerson(server.store, person.person.id, (current) => ({
      set: endedBy(current, 'factor-added'),
      result: undefined,
    }));
    const resumed = await browser.open(
      new URL(finished.headers.get('location') ?? '', server.issuer),
    );
    assert.equal(stepOf(resumed), 'password');
  });
});

describe('a new epoch', () => {
  it('ends every session of the person, and of nobody else', async () => {
    const person = await server.addPerson({}, { totp: true });
    const other = await server.addPerson({}, { totp: true });
    const [mine, theirs] = [await signIn(webmail, person), await signIn(webmail, other)];
    await changePerson(server.store, person.person.id, (current) => ({
      set: endedBy(current, 'factor-added'),
      result: undefined,
    }));
    assert.equal(
      (await silently(webmail, mine.browser)).callback.searchParams.get('error'),
      'login_required',
    );
    assert.ok((await silently(webmail, theirs.browser)).callback.searchParams.has('code'));
    // And the person can sign in anew, in the same browser.
    server.clock.ahead += 30_000;
    await signIn(webmail, person, { browser: mine.browser });
  });
});

describe('a group that is removed', () => {
  it('goes from whoever was in it, and its document after that, by the server itself', async () => {
    const { store } = server;
    const parts = { store, relay: NO_RELAY, notices: NO_NOTICES };
    const performed = performedByOperator(Date.now());
    const { person } = await server.addPerson();
    const { organisation } = person;
    const input = { organisation, name: 'staff', description: '' };
    const { id } = valueOf(await addGroup(parts, performed, input));
    await updatePerson(store, person.id, { addGroups: [id] }, Date.now());
    await server.settle();
    const listed = membershipId(id, person.id);
    assert.ok(await store.get(membershipCollection, listed), 'the server has followed');
    valueOf(await removeGroup(parts, performed, id));
    await server.settle();
    assert.deepEqual((await getPerson(store, person.id))?.groups, []);
    assert.equal(await store.get(membershipCollection, listed), undefined);
    await server.settle();
    assert.equal(await store.get(groupCollection, id), undefined);
  });
});
