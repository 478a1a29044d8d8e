/** Whom a request comes from, behind a proxy: in the log, and in what is counted and recorded by address. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sendRaw } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer({ LATCHKEY_PROXIES: '127.0.0.1,10.0.0.0/8' });
});
after(() => server.stop());

/** As the log has it. */
async function addressOf(...headers: string[]): Promise<unknown> {
  const { host, port } = new URL(server.issuer);
  const before = lines().length;
  await sendRaw(port, ['GET / HTTP/1.1', `Host: ${host}`, ...headers]);
  const line = lines()
    .slice(before)
    .find((each) => each['path'] === '/');
  return line?.['ip'];
}

function lines(): Record<string, unknown>[] {
  const all = server.output.join('').split('\n').filter(Boolean);
  return all.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const warnings = () => lines().filter(({ msg }) => String(msg).includes('X-Forwarded-For'));

describe('the address that counts', () => {
  it('is what the proxy has written, with a port or without', async () => {
    for (const entry of ['203.0.113.7', '203.0.113.7:4711', '::ffff:203.0.113.7'])
      assert.equal(await addressOf(`X-Forwarded-For: 198.51.100.9, ${entry}`), '203.0.113.7');
    for (const entry of ['2001:db8::1', '[2001:db8::1]:443', '"[2001:db8::1]:443"'])
      assert.equal(await addressOf(`X-Forwarded-For: 198.51.100.9, ${entry}`), '2001:db8::1');
    const two = ['X-Forwarded-For: 198.51.100.9', 'X-Forwarded-For: 203.0.113.7:1, 10.0.0.2:80'];
    assert.equal(await addressOf(...two), '203.0.113.7');
    assert.deepEqual(warnings(), []);
  });

  it('is not what Forwarded says, nor any other header', async () => {
    const others = ['Forwarded: for=198.51.100.9', 'X-Real-IP: 198.51.100.9'];
    assert.equal(await addressOf(...others), '127.0.0.1');
    assert.equal(await addressOf(...others, 'X-Forwarded-For: 203.0.113.7'), '203.0.113.7');
  });

  it('is the socket’s where an entry can’t be read, with one warning an hour', async () => {
    for (const entry of ['unknown', '_hidden', '', '203.0.113.7 4711', '\xff\x9b31m'])
      assert.equal(await addressOf(`X-Forwarded-For: 198.51.100.9, ${entry}`), '127.0.0.1');
    assert.deepEqual(
      warnings().map(({ level, entry, proxy }) => [level, entry, proxy]),
      [[40, 'unknown', '127.0.0.1']],
    );
    server.clock.ahead += 3_600_000;
    await addressOf(`X-Forwarded-For: ${'x'.repeat(5000)}`);
    await addressOf('X-Forwarded-For: y');
    assert.deepEqual(
      warnings().map(({ entry }) => String(entry).length),
      ['unknown'.length, 100],
    );
  });

  it('is settled for requests that are refused, too', async () => {
    const { port } = new URL(server.issuer);
    const forged = ['X-Forwarded-For: 198.51.100.9, 203.0.113.8'];
    await sendRaw(port, ['GET /refused HTTP/1.1', 'Host: evil.test', ...forged]);
    const line = lines().find(({ path }) => path === '/refused');
    assert.deepEqual([line?.['status'], line?.['ip']], [421, '203.0.113.8']);
  });
});

describe('the id of a request', () => {
  /** As the answer and the log have it. */
  async function idOf(...headers: string[]): Promise<unknown[]> {
    const { host, port } = new URL(server.issuer);
    const answer = await sendRaw(port, ['GET / HTTP/1.1', `Host: ${host}`, ...headers]);
    const line = lines().findLast(({ path }) => path === '/');
    return [answer.headers.get('x-request-id'), line?.['id']];
  }

  it('is the proxy’s where a proxy gives one, and the same in the answer and the log', async () => {
    for (const id of ['7f3c1f0e-2a', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'])
      assert.deepEqual(await idOf(`X-Request-Id: ${id}`), [id, id]);
  });

  it('is one of ours where it gives none, or what could be text of the log', async () => {
    const made = [await idOf(), await idOf('X-Request-Id: a b'), await idOf('X-Request-Id: "')];
    made.push(await idOf(`X-Request-Id: ${'x'.repeat(101)}`));
    for (const [answered, logged] of made) {
      assert.match(String(answered), /^[\w-]{8}-\d+$/u);
      assert.equal(answered, logged);
    }
    assert.equal(new Set(made.map(([id]) => id)).size, made.length);
  });
});

describe('the log', () => {
  it('hides the id of a sign-in, in whatever case its path is written', async () => {
    const { host, port } = new URL(server.issuer);
    for (const path of ['/interaction/secretuid', '/Interaction/secretuid', '/AUTH/secretuid/x'])
      await sendRaw(port, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
    assert.ok(!server.output.join('').includes('secretuid'));
  });
});
