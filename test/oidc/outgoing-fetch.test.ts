/** Calls to relying parties: no packet leaves for an address that is not public, unless it is listed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Resolver } from '../../src/net/guarded-lookup.ts';
import { outgoingFetch } from '../../src/oidc/outgoing-fetch.ts';

/** Public to every rule, and nobody's: 6bone's network was given back (RFC 3701). */
const NOBODYS = '3ffe::1';
const PRIVATE = '127.0.0.1';

let port: number;
let listeners: Server[];
let connections = 0;
let answering: RequestListener;
before(async () => {
  const first = await listenAt('127.0.0.1', 0);
  ({ port } = first.address() as AddressInfo);
  listeners = [first, await listenAt('::1', port)];
});
beforeEach(() => {
  connections = 0;
  answering = (_, response) => response.end('taken');
});
after(() => {
  for (const server of listeners) {
    server.close();
    server.closeAllConnections();
  }
});

async function listenAt(host: string, at: number): Promise<Server> {
  const server = createServer((request, response) => answering(request, response));
  server.on('connection', () => (connections += 1));
  server.listen(at, host);
  await once(server, 'listening');
  return server;
}

const fetcher = (resolve?: Resolver, origins: string[] = [], timeout = 30_000) =>
  outgoingFetch({ private_origins: origins, timeout_ms: timeout }, resolve);

const resolving =
  (...addresses: string[]): Resolver =>
  (_name, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

async function assertNotCalled(call: Promise<unknown>, why: RegExp): Promise<void> {
  const error = await call.then(
    () => assert.fail('it was called'),
    (thrown: unknown) => thrown,
  );
  assert.match(String(error), why);
  assert.equal(connections, 0);
}

describe('an address that is not public', () => {
  const literals = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0.0.0.0',
    '0',
    '127.0.0.1.',
    '%31%32%37.0.0.1',
    '１２７.0.0.1',
    '[::1]',
    '[::]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
  ];
  for (const literal of literals)
    it(`${literal} in a URL gets no packet`, async () => {
      for (const method of ['GET', 'POST'])
        await assertNotCalled(
          fetcher()(`http://${literal}:${port}/logout`, { method }),
          /may not be called/u,
        );
      await assertNotCalled(fetcher()(`https://${literal}:${port}/`), /may not be called/u);
    });

  it('that the system has for a name gets no packet', async () => {
    await assertNotCalled(fetcher()(`http://localhost:${port}/`), /may not be called/u);
  });

  const resolved = [
    [PRIVATE],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['10.0.0.7'],
    ['169.254.169.254'],
    ['fe80::1%lo'],
    [NOBODYS, PRIVATE],
    [PRIVATE, NOBODYS],
    [NOBODYS, '::1', NOBODYS],
    [NOBODYS, 'localhost'],
    [''],
  ];
  for (const addresses of resolved)
    it(`among those of a name (${addresses.join(', ')}) keeps all of them from it`, async () => {
      const call = fetcher(resolving(...addresses))(`http://app.test:${port}/`);
      await assertNotCalled(call, /may not be called/u);
    });

  it('is found on every attempt, and what was judged is what is called', async () => {
    const answers = [[NOBODYS], [PRIVATE], [NOBODYS, PRIVATE]];
    let asked = 0;
    const rebinding: Resolver = (name, done) => {
      asked += 1;
      resolving(...(answers[asked - 1] ?? [PRIVATE]))(name, done);
    };
    const call = fetcher(rebinding, [], 200);
    await assert.rejects(call(`http://app.test:${port}/`));
    assert.deepEqual([asked, connections], [1, 0]);
    for (const times of [2, 3, 4]) {
      await assertNotCalled(call(`http://app.test:${port}/`), /may not be called/u);
      assert.equal(asked, times);
    }
  });

  it('is not called when nothing can be known of a name', async () => {
    await assertNotCalled(fetcher(resolving())(`http://app.test:${port}/`), /no address/u);
    const broken: Resolver = (_name, done) => done(new Error('SERVFAIL'), []);
    await assertNotCalled(fetcher(broken)(`http://app.test:${port}/`), /SERVFAIL/u);
  });

  it('is not reached through what the caller brings along', async () => {
    const dispatcher = { dispatch: () => assert.fail('the caller’s dispatcher was used') };
    const init = { dispatcher } as unknown as RequestInit;
    await assertNotCalled(fetcher()(`http://127.0.0.1:${port}/`, init), /may not be called/u);
    const request = new Request(`http://127.0.0.1:${port}/`);
    await assertNotCalled(fetcher()(request), /may not be called/u);
  });
});

describe('an origin that is listed', () => {
  const origin = (): string => `http://127.0.0.1:${port}`;

  it('is called, with what belongs to it', async () => {
    let seen = '';
    answering = (request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk));
      request.on('end', () => response.writeHead(204, { 'x-app': '1' }).end());
    };
    const answer = await fetcher(undefined, [origin()])(`${origin()}/logout`, {
      method: 'POST',
      headers: new Headers({ 'user-agent': '' }),
      body: new URLSearchParams({ logout_token: 'a.b.c' }),
    });
    assert.ok(answer instanceof Response);
    assert.deepEqual([answer.status, answer.headers.get('x-app')], [204, '1']);
    assert.equal(seen, 'logout_token=a.b.c');
    assert.equal(connections, 1);
  });

  it('opens no other port, scheme or name', async () => {
    const call = fetcher(resolving(PRIVATE), [`http://127.0.0.1:1`, 'https://127.0.0.1']);
    for (const url of [origin(), `http://app.test:${port}`])
      await assertNotCalled(call(url), /may not be called/u);
  });

  it('is not followed elsewhere', async () => {
    const redirects = [301, 302, 303, 307, 308];
    for (const status of redirects) {
      answering = (_, response) => response.writeHead(status, { location: '/there' }).end();
      assert.equal((await fetcher(undefined, [origin()])(`${origin()}/`)).status, status);
    }
    assert.equal(connections, redirects.length);
  });

  it('may not answer without an end, nor for ever', async () => {
    const call = fetcher(undefined, [origin()], 300);
    const large = Buffer.alloc(200_000, 'x');
    answering = (_, response) => response.end(large);
    await assert.rejects(call(`${origin()}/`), /more than 131072 bytes/u);
    answering = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(large));
    assert.ok((await (await call(`${origin()}/`)).arrayBuffer()).byteLength < 1000);
    for (const stalling of [() => {}, (_, response) => response.write('x')] as RequestListener[]) {
      answering = stalling;
      await assert.rejects(call(`${origin()}/`), { name: 'TimeoutError' });
    }
    answering = (request) => request.socket.destroy();
    await assert.rejects(call(`${origin()}/`), /socket hang up/u);
    answering = (_, response) => {
      response.writeHead(200, { 'content-length': 9 }).write('x');
      response.socket?.resetAndDestroy();
    };
    await assert.rejects(call(`${origin()}/`));
    answering = (_, response) => response.end(large.subarray(0, 131_072));
    assert.equal((await (await call(`${origin()}/`)).text()).length, 131_072);
  });
});
