/** The library's way to read a body, with the whole of it as one piece: whatever way it comes, and when it never does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as sendTo, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Context } from 'koa';
import { readAhead, readWhole } from '../../src/oidc/whole-bodies.ts';

let server: Server;
let take: (request: IncomingMessage) => Promise<string>;
before(async () => {
  server = createServer((request, response) => {
    void take(request)
      .catch((error: unknown) => `failed: ${(error as Error).message}`)
      .then((text) => response.end(text));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => void server.close());

/** As oidc-provider 9 does. */
async function libraryReads(request: IncomingMessage): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  if (!request.readable) throw new Error('somebody has read it');
  for await (const piece of request.iterator({ destroyOnReturn: false }))
    pieces.push(piece as Buffer);
  return pieces;
}

const through = async (request: IncomingMessage): Promise<void> => {
  const ctx = { method: request.method, req: request } as unknown as Context;
  await readWhole(ctx, async () => {});
};

async function posted(pieces: readonly string[], chunked = false): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const length = Buffer.byteLength(pieces.join(''));
  const headers = chunked ? {} : { 'content-length': String(length) };
  const sent = sendTo({ port, host: '127.0.0.1', method: 'POST', headers });
  for (const piece of pieces) {
    sent.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return (await answer.toArray()).join('');
}

/** A request of which the rest never comes. */
function begun() {
  const { port } = server.address() as AddressInfo;
  const headers = { 'content-length': '100' };
  const sent = sendTo({ port, host: '127.0.0.1', method: 'POST', headers });
  sent.on('error', () => {});
  sent.write('some of it');
  return sent;
}

const described = (pieces: readonly Buffer[]): string =>
  `${pieces.length}: ${Buffer.concat(pieces).toString()}`;

describe('a body', () => {
  it('is one piece, in however many it comes', async () => {
    take = async (request) => {
      await through(request);
      return described(await libraryReads(request));
    };
    assert.equal(await posted(['token=x']), '1: token=x');
    assert.equal(await posted(['token', '=', 'x&', 'y=ü']), '1: token=x&y=ü');
    assert.equal(await posted(['token', '=', 'x&', 'y=ü'], true), '1: token=x&y=ü');
    assert.equal(await posted([]), '1: ');
  });

  it('is waited for where it comes late', async () => {
    take = async (request) => {
      await through(request);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return described(await libraryReads(request));
    };
    assert.equal(await posted(['a', 'b', 'c'], true), '1: abc');
  });

  it('is given up when there is more of it than anybody takes', async () => {
    take = async (request) => {
      await through(request);
      const [piece] = await libraryReads(request);
      return String((piece?.length ?? 0) > 56 * 1024);
    };
    assert.equal(await posted(['x'.repeat(300_000)]), 'true');
  });

  it('is an error where the request breaks off', async () => {
    const { promise: told, resolve } = Promise.withResolvers<unknown>();
    take = async (request) => {
      await through(request);
      const reading = libraryReads(request);
      sent.destroy();
      await reading.catch(resolve);
      return '';
    };
    const sent = begun();
    assert.ok((await told) instanceof Error);
  });

  it('is an error too where the request had broken off before anybody read it', async () => {
    const { promise: told, resolve } = Promise.withResolvers<unknown[]>();
    take = async (request) => {
      await through(request);
      const closed = new Promise((close) => request.on('error', () => {}).once('close', close));
      sent.destroy();
      await closed;
      const given = [libraryReads(request), readAhead(request)];
      resolve(await Promise.all(given.map((one) => one.catch((error: unknown) => error))));
      return '';
    };
    const sent = begun();
    for (const error of await told) assert.ok(error instanceof Error);
  });

  it('is left alone at other methods', async () => {
    const request = { method: 'GET', req: {} } as unknown as Context;
    await readWhole(request, async () => {});
    assert.deepEqual(request.req, {});
  });
});

describe('a body that was looked at before', () => {
  it('is read by the library as if nobody had', async () => {
    take = async (request) => {
      const first = (await readAhead(request)).toString();
      return `${first} | ${described(await libraryReads(request))}`;
    };
    assert.equal(await posted(['tok', 'en=x']), 'token=x | 1: token=x');
  });

  it('is so wherever it was looked at', async () => {
    take = async (request) => {
      const first = (await readAhead(request)).toString();
      await through(request);
      return `${first} | ${described(await libraryReads(request))}`;
    };
    assert.equal(await posted(['tok', 'en=x']), 'token=x | 1: token=x');
  });

  it('is the same error to both where it breaks off', async () => {
    const { promise: told, resolve } = Promise.withResolvers<unknown[]>();
    take = async (request) => {
      const reading = readAhead(request);
      sent.destroy();
      const first = await reading.catch((error: unknown) => error);
      resolve([first, await libraryReads(request).catch((error: unknown) => error)]);
      return '';
    };
    const sent = begun();
    const [first, second] = await told;
    assert.ok(first instanceof Error);
    assert.equal(first, second);
  });
});
