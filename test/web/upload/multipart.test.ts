/** A form with a file: what is read of it, and what is refused before anything is made of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import Koa from 'koa';
import { Problem } from '../../../src/problem.ts';
import { createVault, vaultKey } from '../../../src/secrets/vault.ts';
import { LARGEST_BODY } from '../../../src/web/forms.ts';
import { MOST_PARTS, readUpload } from '../../../src/web/upload/multipart.ts';

const LARGEST = 1000;
const vault = createVault([vaultKey(Buffer.alloc(32, 7))]);
const csrf = vault.hash('csrf', 'this browser');

let server: Server;
let address: string;
before(async () => {
  const app = new Koa();
  app.use(async (ctx) => {
    ctx.state['browser'] = 'this browser';
    try {
      const { fields, files } = await readUpload(ctx, vault, LARGEST, '/back');
      const told = Object.entries(files).map(([field, { name, bytes }]) => [
        field,
        name,
        Buffer.from(bytes).toString('latin1'),
      ]);
      ctx.body = { fields, files: told, proto: Object.getPrototypeOf(files) as unknown };
    } catch (error) {
      assert.ok(error instanceof Problem, String(error));
      ctx.status = error.status;
      ctx.body = { code: error.code };
    }
  });
  server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

interface Said {
  status: number;
  code?: string;
  fields?: Record<string, string>;
  files?: [field: string, name: string, bytes: string][];
  proto?: unknown;
}

async function send(
  body: RequestInit['body'],
  headers: Record<string, string> = {},
): Promise<Said> {
  const answer = await fetch(address, { method: 'POST', body: body ?? null, headers });
  return { status: answer.status, ...((await answer.json()) as Omit<Said, 'status'>) };
}

function form(...more: [name: string, value: string | File][]): FormData {
  const data = new FormData();
  for (const [name, value] of [['csrf', csrf] as const, ...more]) data.append(name, value);
  return data;
}

const file = (name: string, text: BlobPart): File => new File([text], name);

describe('a form with a file', () => {
  it('is its fields and its files, each once, with no path in what a file is called', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    const said = await send(
      form(
        ['mode', 'upsert'],
        ['mode', 'create'],
        ['file', file('C:\\people\\märz.csv', bytes)],
        ['file', file('second.csv', 'x')],
        ['empty', file('', '')],
        ['__proto__', 'x'],
      ),
    );
    assert.equal(said.status, 200);
    assert.deepEqual([said.fields?.['mode'], said.fields?.['file']], ['upsert', 'märz.csv']);
    assert.deepEqual(said.files, [['file', 'märz.csv', Buffer.from(bytes).toString('latin1')]]);
    assert.equal(said.proto, null);
    const long = await send(form(['file', file(`${'n'.repeat(500)}.csv`, 'x')]));
    assert.equal(long.files?.[0]?.[1].length, 100);
  });

  it('may be one without', async () => {
    const said = await send(new URLSearchParams({ csrf, mode: 'create' }));
    assert.deepEqual([said.status, said.fields?.['mode'], said.files], [200, 'create', []]);
  });

  it('is refused without this browser’s token, and from another site', async () => {
    const foreign = new FormData();
    foreign.append('csrf', 'x'.repeat(43));
    foreign.append('file', file('a', 'b'));
    assert.deepEqual(await send(foreign), { status: 403, code: 'csrf' });
    const from = await send(form(), { 'sec-fetch-site': 'cross-site' });
    assert.deepEqual(from, { status: 403, code: 'csrf' });
    assert.deepEqual(await send(new URLSearchParams({})), { status: 403, code: 'csrf' });
  });

  it('is refused when it is too large: all of it, its files, or one of its fields', async () => {
    const tooLarge = { status: 413, code: 'too-large' };
    const long = (length: number): string => 'x'.repeat(length);
    assert.equal((await send(form(['file', file('a', long(LARGEST))]))).status, 200);
    assert.deepEqual(await send(form(['file', file('a', long(LARGEST + 1))])), tooLarge);
    const both = form(['a', file('a', long(600))], ['b', file('b', long(600))]);
    assert.deepEqual(await send(both), tooLarge);
    assert.deepEqual(await send(form(['note', long(LARGEST_BODY + 1)])), tooLarge);
    assert.deepEqual(await send(form(['note', long(LARGEST + LARGEST_BODY)])), tooLarge);
  });

  it('is refused when it has very many parts, before they are taken apart', async () => {
    const parts = (count: number) =>
      form(...Array.from({ length: count }, (_, at) => [`f${at}`, 'x'] as [string, string]));
    assert.equal((await send(parts(MOST_PARTS - 1))).status, 200);
    assert.equal((await send(parts(MOST_PARTS))).code, 'upload-unreadable');
    // Whatever else in the header looks like what they are parted by.
    const sent = new Response(parts(MOST_PARTS));
    const [, boundary = ''] = (sent.headers.get('content-type') ?? '').split('boundary=');
    const body = await sent.text();
    for (const before of ['x="boundary=y"', 'x="; boundary=y"', 'xboundary=y', 'boundary="y\\z"']) {
      const type = `multipart/form-data; ${before}; boundary=${boundary}`;
      const said = await send(body, { 'content-type': type });
      assert.deepEqual(said, { status: 400, code: 'upload-unreadable' }, before);
    }
  });

  it('is refused when it can’t be read, and when it is no form', async () => {
    const type = { 'content-type': 'multipart/form-data; boundary=b' };
    for (const body of ['', 'rubbish', '--b\r\n', '--b\r\nContent-Disposition: form-data\r\n\r\nx'])
      assert.deepEqual(await send(body, type), { status: 400, code: 'upload-unreadable' }, body);
    const unbounded = await send('x', { 'content-type': 'multipart/form-data' });
    assert.equal(unbounded.code, 'upload-unreadable');
    assert.equal((await send('{}', { 'content-type': 'application/json' })).status, 415);
  });
});
