/** Apps in the console: added, looked at, opened to some, given another secret, removed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { addGroup } from '../../src/operations/groups/add-group.ts';
import { findClients } from '../../src/operations/clients/seen/find-clients.ts';
import { getClient } from '../../src/oidc/clients/clients.ts';
import type { ClientRecord } from '../../src/records/client.ts';
import { loadConfig } from '../../src/config/load.ts';
import { groupCollection } from '../../src/records/group.ts';
import { storeOptions } from '../../src/storage/options.ts';
import { getOrganisation } from '../../src/records/organisation.ts';
import { valueOf } from '../../src/result.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { memberOf, saidOn, type Member } from '../support/account.ts';
import { openBrowser } from '../support/browser.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { cutOff, damage } from '../support/damage.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, exchange, post, verifyIdToken } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { toCallback } from '../support/sign-in.ts';

let server: TestServer;
let browser: Browser;
before(async () => {
  server = await startTestServer();
  await server.setOrganisationMfa('optional');
  await byOperator(server).addOrganisation({ name: 'Globex', mfa: 'optional' });
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** A link of which only the beginning is seen. */
function about({ page }: AccountSeat, seen: string, what: string): Promise<void> {
  return page
    .getByRole('link')
    .filter({ hasText: `${seen}: ${what}` })
    .first()
    .click();
}

async function record(id: string): Promise<ClientRecord> {
  const client = await getClient(server.store, id);
  assert.ok(client, id);
  return client;
}

async function newGroup(organisation: string, name: string): Promise<string> {
  const parts = { store: server.store, relay: { soon: () => undefined } };
  const input = { organisation, name, description: '' };
  return valueOf(await addGroup(parts, performedByOperator(server.now()), input)).id;
}

async function staff(role: 'administrator' | 'organisation-administrator'): Promise<Member> {
  return memberOf(server, await server.addPerson({ role }, { totp: true }));
}

describe('whoever looks after apps', () => {
  for (const [where, options] of SEATS)
    it(`adds one from a template, previews it, accepts a redirect, rotates and removes it, ${where}`, async () => {
      const isPlain = options.javaScriptEnabled === false;
      const name = isPlain ? 'Plain Cloud' : 'Team Cloud';
      const id = name.toLowerCase().replace(' ', '-');
      const url = `https://${id}.example`;
      const boss = await server.addPerson({ role: 'administrator' }, { totp: true });
      const alice = await server.addPerson({ name: `Alice of ${name}`, login: `alice-${id}` });
      const seat = await AccountSeat.take(browser, server, options);
      const { page } = seat;
      await seat.enter(boss, '/admin');
      await seat.heading('Administration');
      await seat.goTo('Apps');
      await seat.follow('Add an app');
      await about(seat, 'Choose', 'Nextcloud');
      await page.getByLabel('Name').fill(name);
      await page.getByLabel('Address of the app').fill('not an address');
      await page.getByLabel('Only these organisations').check();
      await page.getByLabel('acme', { exact: false }).check();
      await seat.press('Add');
      await seat.sees('Enter an address such as');
      await page.getByLabel('Address of the app').fill(`${url}/`);
      await seat.press('Add');
      await seat.heading(`${name} has been added`);
      const secret = await page.locator('#client-secret').innerText();
      assert.match(await page.locator('#file-0').innerText(), new RegExp(secret, 'u'));
      const made = await record(id);
      assert.deepEqual(made.redirectUris[0], `${url}/apps/user_oidc/code`);
      assert.deepEqual(made.organisations, ['acme']);

      const redirectUri = made.redirectUris[0] ?? '';
      const app = { issuer: server.issuer, clientId: id, clientSecret: secret, redirectUri };
      const person = { ...alice, oneTimeCodes: [] };
      const { callback, asked } = await toCallback(app, person, createHttpBrowser(server.issuer), {
        scope: 'openid profile',
      });
      const answer = await exchange(app, asked, callback);
      assert.equal(answer.status, 200);
      const told = await verifyIdToken(app, String(answer.body['id_token']), asked.nonce);
      const came = `${url}/apps/user_oidc/code2`;
      await createHttpBrowser(server.issuer).open(authorize(app, { redirect_uri: came }).url.href);
      await server.settle();

      await seat.follow(`Go to ${name}`);
      await seat.follow('Preview');
      await page.getByLabel('Login name or email address').fill(`alice-${id}`);
      await seat.press('Show');
      const shown = JSON.parse(await page.locator('#document-idToken').innerText()) as object;
      for (const claim of ['sub', 'iss', 'aud', 'name', 'preferred_username'])
        assert.deepEqual(shown[claim as keyof object], told[claim], claim);

      await seat.follow('Refused requests');
      await page.getByText(came).first().waitFor();
      await about(seat, 'Accept this address…', came);
      await seat.heading(`Accept this address for ${name}?`);
      await seat.sees(`from “2” on it is another one`);
      await seat.press('Yes, accept it');
      await seat.sees(`${came} is registered for ${name} now.`);
      assert.ok((await record(id)).redirectUris.includes(came));

      await seat.follow('Secrets');
      await seat.follow('New secret…');
      await seat.press('Make a new secret');
      await seat.heading(`${name} has a new secret`);
      const next = await page.locator('#client-secret').innerText();
      assert.notEqual(next, secret);
      for (const clientSecret of [secret, next]) {
        const { body } = await post({ ...app, clientSecret }, '/token', { grant_type: 'x' });
        assert.notEqual(body['error'], 'invalid_client');
      }
      await seat.follow(`Go to ${name}`);
      await seat.follow('Secrets');
      await about(seat, 'End it…', made.secrets[0]?.id ?? '');
      await seat.press('Yes, end it');
      await seat.sees(`The secret ${made.secrets[0]?.id} of ${name} has ended.`);
      server.clock.ahead += 1000;
      const { body } = await post(app, '/token', { grant_type: 'refresh_token' });
      assert.equal(body['error'], 'invalid_client');

      await seat.open(`/admin/apps/${id}`);
      await seat.follow('Remove…');
      await seat.heading(`Remove ${name}?`);
      await seat.press('Yes, remove');
      await seat.sees(`${name} has been removed.`);
      assert.equal(await getClient(server.store, id), undefined);
      await seat.close();
    });

  it('adds one once, however often the form is sent, and at once too', async () => {
    const boss = await staff('administrator');
    for (const name of ['Twice', '郵件']) {
      const form = await boss.open('/admin/add-app/web');
      const fields = { name, redirectUris: 'https://twice.example/cb', openTo: 'all' };
      const both = await Promise.all([boss.submit(form, fields), boss.submit(form, fields)]);
      const secrets = both.flatMap(
        ({ html }) => /id="client-secret">([^<]+)/u.exec(html)?.[1] ?? [],
      );
      assert.equal(secrets.length, 1);
      const again = await boss.submit(form, fields);
      assert.match(saidOn(again), /had been sent before/u);
      assert.ok(secrets[0] && !again.html.includes(secrets[0]));
      const id = again.url.pathname.split('/').at(-1) ?? '';
      assert.equal((await record(id)).name, name);
      assert.equal((await record(id)).secrets.length, 1);
      const { clients } = valueOf(
        await findClients(server, performedByOperator(server.now()), { q: name }),
      );
      assert.equal(clients.length, 1);
      // Another form of the same name is another app.
      const other = await boss.submit(await boss.open('/admin/add-app/web'), fields);
      assert.match(other.html, /id="client-secret"/u);
    }
  });

  it('lets an organisation say which of its groups may, and no more', async () => {
    const group = await newGroup('acme', 'Pilots');
    await newGroup('globex', 'Secret Society');
    await server.addClient({ id: 'planner', name: 'Planner' });
    await server.addClient({ name: 'Hidden', organisations: ['globex'] });
    const boss = await server.addPerson({ role: 'organisation-administrator' }, { totp: true });
    const seat = await AccountSeat.take(browser, server, {});
    const { page } = seat;
    await seat.enter(boss, '/admin');
    await seat.heading('Administration');
    await seat.goTo('Apps');
    await seat.follow('Planner');
    for (const tab of ['Settings', 'Secrets', 'Refused requests'])
      assert.equal(await page.getByRole('link', { name: tab, exact: true }).count(), 0, tab);
    await seat.follow('Who may');
    await about(seat, 'Change', 'acme');
    assert.doesNotMatch(await page.content(), /Secret Society|Hidden/u);
    await page.getByLabel('Only people in these groups').check();
    await page.getByLabel('Pilots').check();
    await seat.press('Save');
    await seat.sees('Who of acme may use Planner has been saved.');
    await seat.sees('Only Pilots');
    const acme = await getOrganisation(server.store, 'acme');
    assert.deepEqual(acme?.apps['planner'], [group]);
    await seat.close();
  });
});

describe('the settings of an app', () => {
  it('are changed part by part, each wrong one is told at its field, and nothing that was typed is lost', async () => {
    const boss = await staff('administrator');
    await newGroup('acme', 'Crew');
    const { clientId } = await server.addClient({ name: 'Settings app' });
    const at = `/admin/apps/${clientId}/settings`;
    const addresses = await boss.open(`${at}/addresses`);
    for (const [typed, told] of [
      ['https://*.example/cb', 'there are no wildcards'],
      ['javascript:alert(1)', 'must begin with https://'],
      ['https://a.example/cb\nhttps://a.example/cb', 'it is given twice'],
      ['', 'needs at least one redirect URI'],
    ] as const) {
      const wrong = await boss.submit(addresses, { redirectUris: typed });
      assert.equal(wrong.status, 400, typed);
      assert.ok(wrong.html.includes(told), `${typed}: ${wrong.html}`);
      assert.match(wrong.html, /id="redirectUris-error"/u);
    }
    const uris = 'https://a.example/cb\r\n  https://b.example/cb  \r\n';
    assert.match(saidOn(await boss.submit(addresses, { redirectUris: uris })), /^Saved/u);
    const { redirectUris } = await record(clientId);
    assert.deepEqual(redirectUris, ['https://a.example/cb', 'https://b.example/cb']);

    const told = await boss.open(`${at}/told`);
    const fields = {
      scopes: 'openid email\nprofile',
      groups: 'named',
      groupNames: 'acme/crew',
      rolesClaim: 'roles',
      roles: 'captain = acme/Crew',
      claims: 'dept = attribute:department\nfixed = constant:=x, "y"',
      claimsInIdToken: 'yes',
    };
    for (const [field, value, fault] of [
      ['groupNames', 'acme/nobody', 'There is no group “acme/nobody”'],
      ['roles', 'no equals sign', 'This can’t be read'],
      ['claims', 'sub = constant:x', 'have a claim of that name already'],
      ['scopes', 'offline_access', 'offline'],
    ] as const) {
      const wrong = await boss.submit(told, { ...fields, [field]: value });
      assert.equal(wrong.status, field === 'groupNames' ? 400 : wrong.status);
      assert.ok(wrong.html.includes(fault), `${field}: ${wrong.html}`);
      assert.ok(wrong.html.includes('captain = acme/Crew') || field === 'roles');
    }
    assert.match(saidOn(await boss.submit(told, fields)), /^Saved/u);
    const after = await record(clientId);
    assert.deepEqual(after.scopes, ['openid', 'email', 'profile']);
    assert.deepEqual(after.claims[1], { name: 'fixed', constant: '=x, "y"' });
    assert.equal(after.roles[0]?.value, 'captain');
    const again = await boss.open(`${at}/told`);
    for (const text of ['acme/Crew', 'captain = acme/Crew', 'fixed = constant:=x, &quot;y&quot;'])
      assert.ok(again.html.includes(text), text);
  });

  it('keeps a group that can’t be read, and says in the reader’s language what is wrong', async () => {
    const boss = await staff('administrator');
    const group = await newGroup('acme', 'Harmed');
    const { clientId } = await server.addClient({ name: 'Harmed app' });
    const at = `/admin/apps/${clientId}/settings`;
    const roles = {
      scopes: 'openid',
      groups: 'all',
      rolesClaim: 'roles',
      roles: 'x = acme/Harmed',
    };
    assert.match(saidOn(await boss.submit(await boss.open(`${at}/told`), roles)), /^Saved/u);
    const options = storeOptions(loadConfig({ cwd: server.folder, env: server.env }).store);
    await damage(options, groupCollection, group, cutOff);
    server.clock.ahead += 10_000;
    const form = await boss.open(`${at}/told`);
    assert.ok(form.html.includes(`x = ${group}`), form.html);
    assert.match(
      saidOn(await boss.submit(form, { ...roles, roles: `x = ${group}`, scopes: 'openid email' })),
      /^Saved/u,
    );
    const { roles: kept, scopes } = await record(clientId);
    assert.deepEqual([kept[0]?.group, scopes], [group, ['openid', 'email']]);

    const person = await server.addPerson({ role: 'administrator' }, { totp: true });
    const inChinese = createHttpBrowser(server.issuer, { 'accept-language': 'zh-Hant' });
    const reader = memberOf(server, person, inChinese);
    const tokens = { tokenEndpointAuthMethod: 'client_secret_basic', alg: 'ES256' };
    const wrong = await reader.submit(await reader.open(`${at}/tokens`), {
      ...tokens,
      accessToken: '1',
    });
    assert.equal(wrong.status, 400);
    assert.match(wrong.html, /必須介於 \d+ 到 \d+ 秒/u);
    assert.doesNotMatch(wrong.html, /seconds, as long as/u);
  });

  it('are not lost to somebody who was faster: they are told, with what is there now', async () => {
    const [one, other] = [await staff('administrator'), await staff('administrator')];
    const { clientId } = await server.addClient({ name: 'Contended' });
    const at = `/admin/apps/${clientId}/settings/about`;
    const [mine, theirs] = [await one.open(at), await other.open(at)];
    await other.submit(theirs, { name: 'Theirs' });
    const late = await one.submit(mine, { name: 'Mine' });
    assert.equal(late.status, 409);
    for (const text of ['Somebody else has changed this', 'value="Mine"', 'Theirs'])
      assert.ok(late.html.includes(text), text);
    assert.equal((await record(clientId)).name, 'Theirs');
    assert.match(saidOn(await one.submit(late, { name: 'Mine' })), /^Saved/u);
    assert.equal((await record(clientId)).name, 'Mine');
    // The form of a rotation, sent twice.
    const rotate = await one.open(`/admin/apps/${clientId}/rotate-secret`);
    assert.equal((await one.submit(rotate, { overlap: '7' })).status, 200);
    assert.equal((await one.submit(rotate, { overlap: '7' })).status, 409);
    assert.equal((await record(clientId)).secrets.length, 2);
  });

  it('are text, whatever is in them', async () => {
    const boss = await staff('administrator');
    const payload = `<img src=x onerror=1>'"{{7*7}}{"$ne":null}=1+1`;
    const { clientId } = await server.addClient({ name: payload });
    for (const tab of ['', '/settings', '/settings/about', '/who', '/refusals', '/remove']) {
      const { html, status } = await boss.open(`/admin/apps/${clientId}${tab}`);
      assert.equal(status, 200, tab);
      assert.ok(!html.includes('<img src=x') && html.includes('&lt;img src=x'), tab);
      assert.ok(html.includes('{{7*7}}'), tab);
    }
    const { html } = await boss.open(`/admin/apps?q=${encodeURIComponent(payload)}`);
    assert.ok(html.includes('&lt;img src=x') && !html.includes('<img src=x'));
  });

  it('of Latchkey’s own apps are what a sign-in is asked for, and they can’t be removed', async () => {
    const boss = await staff('administrator');
    const at = '/admin/apps/latchkey-admin';
    const page = await boss.open(`${at}/settings`);
    assert.match(page.html, /settings\/sign-in"/u);
    assert.doesNotMatch(page.html, /settings\/(?:about|addresses|told|tokens)"/u);
    assert.equal((await boss.open(`${at}/settings/tokens`)).status, 404);
    assert.equal((await boss.open(`${at}/secrets`)).status, 404);
    const weak = await boss.submit(await boss.open(`${at}/settings/sign-in`), {
      requireAcr: 'none',
    });
    assert.match(weak.html, /can’t be changed/u);
    assert.doesNotMatch((await boss.open(at)).html, /Remove…/u);
    const kept = await boss.submit(await boss.open(`${at}/remove`), {});
    assert.equal(kept.status, 409);
  });
});

describe('resources', () => {
  it('are added, changed, not lost to somebody faster, and removed', async () => {
    const boss = await staff('administrator');
    const id = 'https://api.example/orders';
    const at = `/admin/resources/${encodeURIComponent(id)}`;
    const form = await boss.open('/admin/resources/new');
    const fields = { id, format: 'opaque', alg: 'RS256', lifetime: '300' };
    for (const [more, told] of [
      [{ scopes: 'openid = x' }, 'it is one of OpenID’s'],
      [{ scopes: 'orders' }, 'it has no description'],
      [{ scopes: 'orders = see orders', lifetime: '5' }, 'whole seconds'],
      [{ scopes: 'orders = see orders', id: 'orders' }, 'isn’t a whole address'],
    ] as const) {
      const wrong = await boss.submit(form, { ...fields, ...more });
      assert.equal(wrong.status, 400, told);
      assert.ok(wrong.html.includes(told), `${told}: ${wrong.html}`);
    }
    const added = await boss.submit(form, { ...fields, scopes: 'orders = see orders' });
    assert.match(saidOn(added), /has been added/u);
    const [mine, theirs] = [await boss.open(`${at}/edit`), await boss.open(`${at}/edit`)];
    const { id: _, ...tokens } = fields;
    const change = { ...tokens, scopes: 'orders = see your orders\nstock = count', lifetime: '60' };
    const floor = { 'acr-orders': 'urn:latchkey:acr:mfa' };
    assert.match(saidOn(await boss.submit(theirs, { ...change, ...floor })), /^Saved/u);
    const late = await boss.submit(mine, { ...tokens, scopes: 'orders = mine' });
    assert.equal(late.status, 409);
    assert.ok(late.html.includes('orders = mine') && late.html.includes('stock = count'));
    const page = await boss.open(at);
    for (const told of ['see your orders', 'stock', 'valid for 60 seconds', 'A second step'])
      assert.ok(page.html.includes(told), told);
    const gone = await boss.submit(await boss.open(`${at}/remove`), {});
    assert.match(saidOn(gone), /has been removed/u);
    assert.equal((await boss.open(at)).status, 404);
    const kept = await boss.submit(
      await boss.open('/admin/resources/urn:latchkey:mail/remove'),
      {},
    );
    assert.equal(kept.status, 409);
  });
});
