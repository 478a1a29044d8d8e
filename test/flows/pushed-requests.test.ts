/** Pushed authorization requests (RFC 9126): they are the client's that pushed them, as it is registered. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ACR } from '../../src/policy/factors.ts';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import {
  authorize,
  post,
  type Authorization,
  type Registration,
} from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { signIn } from '../support/sign-in.ts';
import { byOperator } from '../support/by-operator.ts';

let server: PolicyServer;
let person: TestPerson;
before(async () => {
  server = await startPolicyServer();
  person = await server.addPerson({}, { totp: true });
});
after(() => server.stop());

async function push(
  client: Registration,
  params: Record<string, string> = {},
): Promise<Authorization> {
  const asked = authorize(client, params);
  const { status, body } = await post(
    client,
    '/request',
    Object.fromEntries(asked.url.searchParams),
  );
  assert.equal(status, 201, JSON.stringify(body));
  const url = new URL('/auth', server.issuer);
  const { request_uri: requestUri = '' } = body;
  url.search = new URLSearchParams({
    client_id: client.clientId,
    request_uri: requestUri,
  }).toString();
  return { ...asked, url };
}

async function open(client: Registration, asked: Authorization): Promise<Visitor> {
  const visitor = new Visitor(server, client);
  visitor.asked = asked;
  visitor.page = await visitor.browser.open(asked.url);
  return visitor;
}

async function through(visitor: Visitor, who = person): Promise<Visitor> {
  await (await visitor.password(who)).totp(who);
  return visitor.step === 'consent' ? visitor.send({ decision: 'allow' }) : visitor;
}

async function change(client: Registration, set: Partial<ClientRecord>): Promise<void> {
  const stored = await server.store.get(clientCollection, client.clientId);
  assert.ok(stored);
  await server.store.put(clientCollection, client.clientId, { ...stored, ...set });
  server.clock.ahead += 1000;
}

describe('a pushed request', () => {
  const kinds: Partial<NewClient>[] = [
    {},
    { kind: 'spa' },
    { kind: 'native' },
    { firstParty: false },
  ];
  for (const fields of kinds)
    it(`is signed in for: ${JSON.stringify(fields)}`, async () => {
      const client = await server.addClient(fields);
      const visitor = await through(await open(client, await push(client)));
      assert.equal((await visitor.claims()).sub, person.person.id);
    });

  it('of a client that an older version registered is signed in for', async () => {
    const client = await server.addClient();
    const { registration: _, ...older } =
      (await server.store.get(clientCollection, client.clientId)) ?? {};
    await server.store.put(clientCollection, client.clientId, older as ClientRecord);
    const visitor = await through(await open(client, await push(client)));
    assert.equal((await visitor.claims())['acr'], ACR.mfa);
  });

  it('is used once', async () => {
    const client = await server.addClient();
    const asked = await push(client);
    assert.ok((await through(await open(client, asked))).back?.code);
    assert.equal((await open(client, asked)).back?.error, 'invalid_request_uri');
  });

  it('is not another client’s', async () => {
    const client = await server.addClient();
    const other = await server.addClient();
    const asked = await push(client);
    asked.url.searchParams.set('client_id', other.clientId);
    const visitor = await open(other, asked);
    assert.notEqual(visitor.step, 'password');
    assert.equal(visitor.back?.code ?? null, null);
  });

  it('with a hint is answered by that person alone', async () => {
    const client = await server.addClient();
    const eve = await server.addPerson({}, { totp: true });
    server.clock.ahead += 30_000;
    const { tokens } = await signIn(client, person);
    const hint = { id_token_hint: String(tokens['id_token']) };
    const visitor = await through(await open(client, await push(client, hint)), eve);
    assert.deepEqual(visitor.back, { code: null, error: 'login_required' });
  });

  it('is judged again when it goes on', async () => {
    const client = await server.addClient();
    const visitor = await open(client, await push(client));
    await change(client, { redirectUris: ['http://127.0.0.1:9/elsewhere'] });
    await through(visitor);
    assert.equal(visitor.page.status, 400);
    assert.ok(visitor.page.url.href.startsWith(server.issuer));
  });
});

describe('a pushed request ends', () => {
  it('with its client, though another one is registered under the same id', async () => {
    const client = await server.addClient();
    const asked = await push(client);
    await byOperator(server).removeClient(client.clientId);
    await server.store.delete(clientCollection, client.clientId);
    const again = await server.addClient({ id: client.clientId });
    server.clock.ahead += 1000;
    assert.equal((await open(again, asked)).back?.error, 'invalid_request_uri');
  });

  it('when the client’s secret has leaked, and not when it has another one', async () => {
    const client = await server.addClient();
    const rotated = async (leaked: boolean): Promise<Visitor> => {
      const asked = await push(client);
      client.clientSecret = await byOperator(server).rotateSecret(client.clientId, leaked);
      server.clock.ahead += 1000;
      return open(client, asked);
    };
    assert.equal((await rotated(false)).step, 'password');
    assert.equal((await rotated(true)).back?.error, 'invalid_request_uri');
  });
});

describe('a client that pushes every request', () => {
  it('is refused one that was not, silent or not, and let in with one that was', async () => {
    const client = await server.addClient({ requirePar: true });
    const visitor = await through(await open(client, await push(client)));
    assert.ok(visitor.back?.code, visitor.notice);
    for (const params of [{}, { prompt: 'none' }, { prompt: 'login' }]) {
      const { url } = authorize(client, params);
      const back = (await visitor.browser.open(url)).url.searchParams;
      assert.deepEqual([back.get('error'), back.has('code')], ['invalid_request', false]);
    }
    visitor.asked = await push(client, { prompt: 'none' });
    visitor.page = await visitor.browser.open(visitor.asked.url);
    assert.ok(visitor.back?.code);
  });
});
