/** What one process, or the command line, ends has ended at every process with the next request. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listComputers } from '../../src/devices/trusted-computer.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { isSignedIn } from '../support/factors.ts';
import { Visitor, refresh } from '../support/policy.ts';
import { authorize, post, type Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { silently } from '../support/sign-in.ts';
import { revokeComputer } from '../support/computers.ts';

let cluster: TestCluster;
let webmail: Registration;
before(async () => {
  cluster = await startCluster({ processes: 3 });
  webmail = await cluster.addClient();
});
after(() => cluster.stop());

/** A person with a session, tokens, a trusted computer, and another sign-in that waits for the code. */
interface Held {
  person: TestPerson;
  visitor: Visitor;
  tokens: Record<string, string>;
  waiting: Visitor;
}

async function signedIn(client = webmail): Promise<Held> {
  const person = await cluster.addPerson({}, { totp: true });
  const visitor = await (await new Visitor(cluster, client).start()).password(person);
  await visitor.totp(person, { trust: 'yes' });
  const tokens = await visitor.tokens();
  const waiting = await (await new Visitor(cluster, client).start()).password(person);
  assert.equal(waiting.step, 'totp');
  return { person, visitor, tokens, waiting };
}

/** What each process says of it, in one request each. */
async function saidOf({ visitor, tokens }: Held): Promise<Record<string, unknown[]>> {
  const { client } = visitor;
  const { access_token: token = '' } = tokens;
  const me = new URL('/me', client.issuer);
  return {
    session: await cluster.everywhere(() => sessionOf(visitor)),
    refresh: await cluster.everywhere(async () => (await refresh(client, tokens)).status),
    active: await cluster.everywhere(
      async () => (await post(client, '/token/introspection', { token })).body['active'],
    ),
    userinfo: await cluster.everywhere(
      async () => (await fetch(me, { headers: { authorization: `Bearer ${token}` } })).status,
    ),
  };
}

/** With a copy of the cookies: an answer may take them away. */
async function sessionOf({ browser, client }: Visitor): Promise<string> {
  const copy = createHttpBrowser(client.issuer);
  copy.steal(browser, () => true);
  const { callback } = await silently(client, copy);
  return callback.searchParams.get('error') ?? 'code';
}

const three = <T>(value: T): T[] => [value, value, value];
const ALIVE = {
  session: three('code'),
  refresh: three(200),
  active: three(true),
  userinfo: three(200),
};
const ENDED = {
  session: three('login_required'),
  refresh: three(400),
  active: three(false),
  userinfo: three(401),
};

describe('by the command line', () => {
  it('a person who is disabled', async () => {
    const held = await signedIn();
    assert.deepEqual(await saidOf(held), ALIVE);
    const ran = await cluster.run(['user', 'disable', '--yes', held.person.login]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(await saidOf(held), ENDED);
    await held.waiting.totp(held.person);
    assert.equal(held.waiting.step, 'password');
  });

  it('a person who is removed', async () => {
    const held = await signedIn();
    assert.deepEqual(await saidOf(held), ALIVE);
    const ran = await cluster.run(['user', 'delete', '--yes', held.person.login, '--now']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(await saidOf(held), ENDED);
    await held.waiting.totp(held.person);
    assert.equal(held.waiting.step, 'password');
    await held.waiting.password(held.person);
    assert.equal(held.waiting.page.status, 400);
  });

  it('a person whose factors are reset, who enrols anew with the code', async () => {
    const held = await signedIn();
    assert.deepEqual(await saidOf(held), ALIVE);
    const ran = await cluster.run(['user', 'reset-mfa', '--yes', held.person.login, '--json']);
    assert.deepEqual(await saidOf(held), ENDED);
    await held.waiting.totp(held.person);
    assert.ok(!isSignedIn(held.waiting.page));
    const anew = await (await new Visitor(cluster, webmail).start()).password(held.person);
    assert.equal(anew.step, 'enrolment-code');
    await anew.send({ code: String(ran.json['enrolment_code']) });
    await anew.enrolTotp();
  });
});

describe('by a request at one of them', () => {
  it('a session that was signed out of', async () => {
    const held = await signedIn();
    assert.deepEqual(await saidOf(held), ALIVE);
    const { browser } = held.visitor;
    const copy = new Visitor(cluster, webmail, createHttpBrowser(cluster.issuer));
    copy.browser.steal(browser, () => true);
    const question = await browser.open(`${cluster.issuer}/session/end`);
    await browser.submit(question, { logout: 'yes' });
    assert.deepEqual(await saidOf({ ...held, visitor: copy }), ENDED);
  });

  it('the cookie of a session that has got another one', async () => {
    const { person, visitor } = await signedIn();
    const old = new Visitor(cluster, webmail);
    old.browser.steal(visitor.browser, () => true);
    assert.deepEqual(await cluster.everywhere(() => sessionOf(old)), three('code'));
    await (await visitor.start({ prompt: 'login' })).password(person);
    assert.ok(isSignedIn(visitor.page), visitor.notice);
    assert.deepEqual(await cluster.everywhere(() => sessionOf(visitor)), three('code'));
    assert.deepEqual(await cluster.everywhere(() => sessionOf(old)), three('login_required'));
  });

  it('a family of refresh tokens, one of which was used twice', async () => {
    const spa = await cluster.addClient({ name: 'Browser app', kind: 'spa' });
    const { tokens } = await signedIn(spa);
    const second = await refresh(spa, tokens);
    const third = await refresh(spa, second.body);
    assert.equal(third.status, 200, JSON.stringify(third.body));
    assert.equal((await refresh(spa, tokens)).body['error'], 'invalid_grant');
    const newest = await cluster.everywhere(() => refresh(spa, third.body));
    assert.deepEqual(
      newest.map(({ body }) => body['error']),
      three('invalid_grant'),
    );
    const { access_token: token = '' } = third.body;
    const looked = await cluster.everywhere(() => post(spa, '/token/introspection', { token }));
    assert.deepEqual(
      looked.map(({ body }) => body['active']),
      three(false),
    );
  });

  it('the trust in a computer, and the sessions that rest on it', async () => {
    const { person, visitor } = await signedIn();
    assert.ok((await visitor.again(person)).back?.code, 'trusted');
    assert.deepEqual(await cluster.everywhere(() => sessionOf(visitor)), three('code'));
    const [computer] = await listComputers(cluster, person.person.id);
    assert.ok(await revokeComputer(cluster, person.person.id, computer?.id ?? ''));
    assert.deepEqual(await cluster.everywhere(() => sessionOf(visitor)), three('login_required'));
    assert.equal((await visitor.again(person)).step, 'totp');
  });
});

describe('a client, within a second', () => {
  const open = async (id: string): Promise<HtmlPage> => {
    const url = authorize({ ...webmail, clientId: id }, { prompt: 'none' }).url;
    return createHttpBrowser(cluster.issuer).send(url);
  };
  const add = ['client', 'add', 'Late', '--id', 'late', '--redirect-uri'];

  it('that is added, is there for all', async () => {
    const before_ = await cluster.everywhere(() => open('late'));
    assert.deepEqual(
      before_.map(({ status }) => status),
      three(400),
    );
    await cluster.run([...add, webmail.redirectUri]);
    // Nobody's id is known for as long as a client is: an answer tells nothing of who is registered.
    cluster.clock.ahead += 1000;
    const pages = await cluster.everywhere(() => open('late'));
    assert.deepEqual(
      pages.map(({ status }) => status),
      three(303),
    );
  });

  it('that is changed, is so for all', async () => {
    const client = await cluster.addClient();
    const { visitor } = await signedIn(client);
    assert.deepEqual(await cluster.everywhere(() => sessionOf(visitor)), three('code'));
    await cluster.run(['client', 'set', client.clientId, '--require-acr', 'phr']);
    cluster.clock.ahead += 1000;
    assert.deepEqual(await cluster.everywhere(() => sessionOf(visitor)), three('login_required'));
    await cluster.run(['client', 'set', client.clientId, '--require-acr', 'none']);
    cluster.clock.ahead += 1000;
    assert.deepEqual(await cluster.everywhere(() => sessionOf(visitor)), three('code'));
  });

  it('that is removed, is gone for all', async () => {
    const held = await signedIn(await cluster.addClient());
    assert.deepEqual(await saidOf(held), ALIVE);
    await cluster.run(['client', 'remove', '--yes', held.visitor.client.clientId]);
    cluster.clock.ahead += 1000;
    const pages = await cluster.everywhere(() => open(held.visitor.client.clientId));
    assert.deepEqual(
      pages.map(({ status }) => status),
      three(400),
    );
    const refreshed = await cluster.everywhere(() => refresh(held.visitor.client, held.tokens));
    assert.deepEqual(
      refreshed.map(({ body }) => body['error']),
      three('invalid_client'),
    );
  });
});
