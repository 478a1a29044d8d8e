/** Wrong client secrets, at every endpoint where one is shown: bounded, and no way to find clients by. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import {
  MOST_WRONG_SECRETS,
  SECRETS_WINDOW,
} from '../../src/oidc/clients/secrets/client-secrets.ts';
import { clientCollection } from '../../src/records/client.ts';
import { clientSecretUseCollection } from '../../src/oidc/clients/secrets/secret-use.ts';
import { createWindowCounter } from '../../src/oidc/window-counter.ts';
import { attemptsCollection } from '../../src/throttling/attempts.ts';
import { byOperator } from '../support/by-operator.ts';
import type { Registration } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { noteWrites } from '../support/watched-store.ts';

const WRONG = 'x'.repeat(43);

let server: TestServer;
let web: Registration;
let mail: Registration;
before(async () => {
  server = await startTestServer({ LATCHKEY_PROXIES: '127.0.0.1,::1' });
  web = await server.addClient({ clientCredentials: true });
  mail = await server.addClient({ kind: 'mail', redirectUris: [] });
});
after(() => server.stop());
beforeEach(() => void (server.clock.ahead += SECRETS_WINDOW));

interface Shown {
  id: string;
  secret: string;
  /** Of the client. */
  from?: string;
  /** In the form, not in the header. */
  inForm?: boolean;
}

async function show(path: string, fields: Record<string, string>, shown: Shown) {
  const { id, secret, from = '192.0.2.1', inForm = false } = shown;
  const basic = Buffer.from(`${id}:${secret}`).toString('base64');
  const answer = await fetch(new URL(path, server.issuer), {
    method: 'POST',
    headers: { 'x-forwarded-for': from, ...(inForm ? {} : { authorization: `Basic ${basic}` }) },
    body: new URLSearchParams({
      ...fields,
      ...(inForm ? { client_id: id, client_secret: secret } : {}),
    }),
  });
  const { status, headers } = answer;
  return { status, headers, body: (await answer.json().catch(() => ({}))) as object };
}

const ENDPOINTS: Readonly<Record<string, Record<string, string>>> = {
  '/token': { grant_type: 'client_credentials' },
  '/token/introspection': { token: 'x' },
  '/token/revocation': { token: 'x' },
  '/request': { response_type: 'code', client_id: '', redirect_uri: '' },
  '/mail/passcode': { grant_type: 'password', username: 'alice', password: 'no' },
};

for (const [path, fields] of Object.entries(ENDPOINTS)) {
  describe(`at ${path}`, () => {
    const own = (): Registration => (path === '/mail/passcode' ? mail : web);
    const form = (id: string) => (path === '/request' ? { ...fields, client_id: id } : fields);
    const wrong = (from?: string, inForm = false) => {
      const shown = { id: own().clientId, secret: WRONG, inForm };
      return show(path, form(shown.id), { ...shown, ...(from ? { from } : {}) });
    };
    const unknown = () =>
      show(path, form('no-such-client'), { id: 'no-such-client', secret: WRONG });

    it('ten wrong secrets are told so, the next ones are too many for ten minutes', async () => {
      for (let nth = 0; nth < MOST_WRONG_SECRETS.client; nth += 1)
        assert.equal((await wrong(undefined, nth % 2 === 0)).status, 401);
      server.clock.ahead += 60_000;
      const { status, headers, body } = await wrong();
      assert.equal(status, 429);
      const wait = Number(headers.get('retry-after'));
      assert.ok(wait > 530 && wait <= 540, String(wait));
      assert.equal((body as { error?: string }).error, 'invalid_client');
      server.clock.ahead += wait * 1000;
      assert.equal((await wrong()).status, 401);
    });

    it('whoever has the right secret waits for nobody’s guesses, wherever they are made', async () => {
      for (let nth = 0; nth < 15; nth += 1) await wrong();
      const { clientId: id, clientSecret: secret } = own();
      for (const from of ['192.0.2.1', '192.0.2.2']) {
        const { status } = await show(path, form(id), { id, secret, from });
        assert.ok(status !== 401 && status !== 429, `${from}: ${status}`);
      }
      assert.equal((await wrong('192.0.2.2')).status, 401, 'another address has its own');
    });

    it('a client that is not there is answered alike', async () => {
      for (let nth = 0; nth < 12; nth += 1) {
        const [there, nowhere] = [await wrong(), await unknown()];
        assert.deepEqual(nowhere.body, there.body);
        assert.equal(nowhere.status, there.status);
        const names = (one: typeof there): string[] => [...one.headers.keys()].toSorted();
        assert.deepEqual(names(nowhere), names(there));
      }
    });
  });
}

describe('two secrets of one client', () => {
  const DAY = 86_400_000;
  const asks: [path: string, fields: Record<string, string>, own: () => Registration][] = [
    ['/token', ENDPOINTS['/token'] ?? {}, () => web],
    ['/token/introspection', ENDPOINTS['/token/introspection'] ?? {}, () => web],
    ['/mail/passcode', ENDPOINTS['/mail/passcode'] ?? {}, () => mail],
  ];
  const used = async (id: string) =>
    (await server.store.scan(clientSecretUseCollection, { limit: 1000 })).items
      .filter(({ value }) => value.client === id)
      .map(({ id: of, value }) => ({ of, ...value }));

  for (const [path, fields, own] of asks)
    it(`are both right at ${path}, until the old one ends`, async () => {
      const { clientId: id, clientSecret: old } = own();
      const next = await byOperator(server).rotateSecret(id, false, DAY);
      own().clientSecret = next;
      server.clock.ahead += 1000;
      const isRight = async (secret: string, inForm: boolean) =>
        (await show(path, fields, { id, secret, inForm })).status !== 401;
      for (const inForm of [true, false]) {
        assert.equal(await isRight(old, inForm), true, 'old');
        assert.equal(await isRight(next, inForm), true, 'new');
      }
      server.clock.ahead += DAY;
      assert.equal(await isRight(old, false), false);
      assert.equal(await isRight(next, false), true);
    });

  it('say which of them is used, once a minute', async () => {
    const app = await server.addClient({ clientCredentials: true });
    const { clientId: id, clientSecret: old } = app;
    const next = await byOperator(server).rotateSecret(id, false, DAY);
    server.clock.ahead += 1000;
    const ask = async (secret: string, times: number) => {
      for (let nth = 0; nth < times; nth += 1)
        await show('/token', ENDPOINTS['/token'] ?? {}, { id, secret });
      await server.settle();
    };
    await ask(WRONG, 1);
    assert.deepEqual(await used(id), []);
    const writes: string[] = [];
    const stop = noteWrites(server.store, (_verb, name) => writes.push(name));
    await ask(old, 3);
    const [first] = await used(id);
    assert.equal(first?.address, '192.0.2.1');
    server.clock.ahead += 61_000;
    await ask(next, 2);
    assert.equal((await used(id)).length, 2);
    await ask(old, 2);
    stop();
    assert.equal(writes.filter((name) => name === 'client_secret_use').length, 3);
    const again = (await used(id)).find(({ of }) => of === first?.of);
    assert.ok((again?.at ?? 0) >= (first?.at ?? 0) + 61_000);
  });
});

it('from one address a hundred are, whatever clients they are for; IPv6 counts by /64', async () => {
  const [path, fields] = ['/token', ENDPOINTS['/token'] ?? {}];
  const statuses: number[] = [];
  for (let nth = 0; nth < 105; nth += 1) {
    const from = `2001:db8::${(nth + 1).toString(16)}`;
    statuses.push((await show(path, fields, { id: `c${nth}`, secret: WRONG, from })).status);
  }
  assert.ok(statuses.slice(0, 100).every((status) => status === 401));
  assert.ok(statuses.slice(100).every((status) => status === 429));
});

it('leave nothing in the store but one event, when they become too many', async () => {
  const count = async () => {
    await server.settle();
    const events = (await server.store.scan(auditCollection, { limit: 10_000 })).items;
    const attempts = (await server.store.scan(attemptsCollection, { limit: 10_000 })).items;
    const clients = (await server.store.scan(clientCollection, { limit: 10_000 })).items;
    const spray = events.filter(({ value }) => value.type === 'attempts.spray');
    return { all: events.length + attempts.length + clients.length, spray: spray.length };
  };
  const before_ = await count();
  for (let nth = 0; nth < 40; nth += 1)
    await show('/token', ENDPOINTS['/token'] ?? {}, { id: web.clientId, secret: WRONG });
  const now = await count();
  assert.deepEqual(now, { all: before_.all + 1, spray: before_.spray + 1 });
});

it('of made-up clients leave two events and few counters, however many there are', async () => {
  const sprays = async () => {
    await server.settle();
    const { items } = await server.store.scan(auditCollection, { limit: 10_000 });
    return items.filter(({ value }) => value.type === 'attempts.spray').length;
  };
  const before_ = await sprays();
  const wrong = (id: string) =>
    show('/token', ENDPOINTS['/token'] ?? {}, { id, secret: WRONG, from: '192.0.2.200' });
  for (let nth = 0; nth < 200; nth += 1)
    await wrong(nth < 132 ? `made-up-${Math.floor(nth / 11)}` : `one-of-${nth}`);
  assert.equal(await sprays(), before_ + 1);
  assert.equal((await wrong(web.clientId)).status, 429, 'a client as well');
  server.clock.ahead += SECRETS_WINDOW;
  await sprays();
  assert.equal(await sprays(), before_ + 2);
});

it('the stand-in for a client that is not there is none, by its own name or any secret', async () => {
  for (const secret of ['', WRONG, 'undefined', 'nobody:'])
    for (const id of ['nobody:', 'nobody%3A', 'x'.repeat(3000)]) {
      const shown = { id, secret, inForm: true, from: '192.0.2.77' };
      const { status } = await show('/token', { grant_type: 'client_credentials' }, shown);
      assert.ok([400, 401, 429].includes(status), `${id.slice(0, 20)} ${status}`);
    }
  const page = await fetch(`${server.issuer}/auth?client_id=nobody:&response_type=code`, {
    redirect: 'manual',
  });
  assert.equal(page.status, 400);
});

it('a window begins with its first, ends by the clock, and few are kept', () => {
  const counter = createWindowCounter(1000, 2);
  assert.deepEqual(counter.add('a', 0), { count: 1, endsAt: 1000 });
  assert.deepEqual(counter.add('a', 999), { count: 2, endsAt: 1000 });
  assert.deepEqual(counter.add('a', 1000), { count: 1, endsAt: 2000 });
  assert.equal(counter.add('a', -5000).count, 1, 'a clock that was set back');
  counter.add('b', 0);
  counter.add('c', 0);
  assert.equal(counter.add('a', 0).count, 1, 'the oldest has gone');
});
