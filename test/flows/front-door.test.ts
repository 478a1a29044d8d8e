/** One truth about the host: the issuer's, whatever a request says, in every way that it can say it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Registration } from '../support/relying-party.ts';
import { sendRaw, type RawAnswer } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const DISCOVERY = '/.well-known/openid-configuration';

let server: TestServer;
let port: string;
let host: string;
before(async () => {
  server = await startTestServer({ LATCHKEY_INTERNAL_HOSTS: 'latchkey,latchkey:8080' });
  ({ port, host } = new URL(server.issuer));
});
after(() => server.stop());

const ask = (target: string, ...headers: string[]): Promise<RawAnswer> =>
  sendRaw(port, [`GET ${target} HTTP/1.1`, ...headers]);

function assertPage(answer: RawAnswer, status: number, { issuer } = server): void {
  assert.equal(answer.status, status, answer.body);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/u);
  assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/u);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.match(answer.body, /<link rel="stylesheet"/u);
  assert.ok(answer.body.includes(`<code>${issuer}</code>`), 'the right address is named');
  assert.doesNotMatch(answer.body, /evil|\.ts:\d/u);
}

function assertOwn(answer: RawAnswer, issuer = server.issuer): void {
  assert.equal(answer.status, 200, answer.body);
  const metadata = JSON.parse(answer.body) as Record<string, unknown>;
  assert.equal(metadata['issuer'], issuer);
  for (const [name, value] of Object.entries(metadata))
    if (name.endsWith('_endpoint') || name === 'jwks_uri')
      assert.ok(String(value).startsWith(`${issuer}/`), `${name}: ${String(value)}`);
}

describe('a target', () => {
  it('that does not begin with a slash is refused: this is no proxy', async () => {
    for (const target of [
      `http://evil.test${DISCOVERY}`,
      `HTTPS://evil.test${DISCOVERY}`,
      `${server.issuer}${DISCOVERY}`,
      `${server.issuer}/healthz`,
      'http://[',
      'http://evil.test:99999/',
      '*',
    ])
      assertPage(await ask(target, `Host: ${host}`), 400);
    assertPage(await sendRaw(port, ['OPTIONS * HTTP/1.1', `Host: ${host}`]), 400);
    const tunnel = await sendRaw(port, ['CONNECT evil.test:443 HTTP/1.1', `Host: ${host}`]);
    assert.equal(tunnel.status, 400);
    assert.equal((await ask('evil.test', `Host: ${host}`)).status, 400);
  });

  it('with a host of its own in the path is a path', async () => {
    for (const target of [`//evil.test${DISCOVERY}`, '/\\evil.test/', '/http://evil.test/'])
      assert.equal((await ask(target, `Host: ${host}`)).status, 404, target);
  });

  it('is told as JSON to programs', async () => {
    const answer = await ask('http://evil.test/', `Host: ${host}`, 'Accept: application/json');
    assert.equal(answer.status, 400);
    const { error_description: description, ...said } = JSON.parse(answer.body) as object & {
      error_description: string;
    };
    assert.deepEqual(said, { error: 'ambiguous-request', issuer: server.issuer });
    assert.match(description, /can be read in more ways than one$/u);
  });
});

describe('a Host', () => {
  it('comes once', async () => {
    for (const [first, second] of [
      [host, 'evil.test'],
      ['evil.test', host],
      [host, host],
    ]) {
      assertPage(await ask(DISCOVERY, `Host: ${first}`, `Host: ${second}`), 400);
      assertPage(await ask(DISCOVERY, `Host: ${first}`, `hOST: ${second}`), 400);
      assertPage(await ask('/healthz', `Host: ${first}`, `Host: ${second}`), 400);
    }
  });

  it('is not missing, and not folded', async () => {
    assert.equal((await ask(DISCOVERY)).status, 400);
    assertPage(await ask(DISCOVERY, 'Host:'), 421);
    assertPage(await sendRaw(port, [`GET ${DISCOVERY} HTTP/1.0`]), 421);
    assertOwn(await sendRaw(port, [`GET ${DISCOVERY} HTTP/1.0`, `Host: ${host}`]));
    for (const line of [`Host: ${host}\r\n evil.test`, `Host:\r\n ${host}`, `Host : ${host}`])
      assert.equal((await ask(DISCOVERY, line)).status, 400, line);
  });

  it('that is equivalent is the issuer’s', async () => {
    for (const same of [`LocalHost:${port}`, `%6Cocalhost:${port}`, `localhost:0${port}`])
      assertOwn(await ask(DISCOVERY, `Host: ${same}`));
  });

  it('that is another one, or makes no URL, is refused with a page', async () => {
    for (const other of [
      'evil.test',
      'localhost',
      `localhost.:${port}`,
      `127.0.0.1:${port}`,
      `127.1:${port}`,
      `user@${host}`,
      `${host}@evil.test`,
      `${host}/evil.test`,
      `${host}?evil.test`,
      `${host}#`,
      `${host}\\`,
      `${host},evil.test`,
      `local host:${port}`,
      `localhost\t:${port}`,
      `l\xf6calhost:${port}`,
      `xn--lcalhost-n4a:${port}`,
      'localhost:99999999',
      '[',
      '[::1',
      '%',
      '%zz',
      ':',
      ':::::',
      '<script>',
      'x'.repeat(8000),
    ]) {
      assertPage(await ask('/auth', `Host: ${other}`), 421);
      const program = await ask(DISCOVERY, `Host: ${other}`, 'Accept: application/json');
      assert.deepEqual(JSON.parse(program.body), {
        error: 'host',
        issuer: server.issuer,
        error_description: 'this service has another host name, that of its issuer',
      });
    }
    const log = server.output.join('');
    assert.ok(!log.includes('"level":50'), log);
  });

  it('of whatever kind gets probes, and the files that make an error page readable', async () => {
    for (const path of ['/healthz', '/readyz'])
      assert.equal((await ask(path, 'Host: 10.0.0.7:3000')).status, 200);
    const page = await ask('/', 'Host: evil.test');
    for (const [, path] of page.body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/gu))
      assert.equal((await ask(path ?? '', 'Host: evil.test')).status, 200, path);
  });

  it('inside the network reaches two endpoints, in any equivalent spelling', async () => {
    const post = (path: string, name: string): Promise<RawAnswer> =>
      sendRaw(port, [`POST ${path} HTTP/1.1`, `Host: ${name}`, 'Content-Length: 0']);
    for (const name of ['latchkey', 'LATCHKEY', 'latchkey:80', 'latchkey:443', 'Latchkey:8080']) {
      for (const path of ['/token/introspection', '/mail/passcode'])
        assert.ok(![421, 404, 500].includes((await post(path, name)).status), `${name} ${path}`);
      assert.equal((await post('/token', name)).status, 421);
      assert.equal((await ask(DISCOVERY, `Host: ${name}`)).status, 421);
    }
    for (const name of ['latchkey:81', 'latchkey.', 'latchkey.evil.test', 'a@latchkey'])
      assert.equal((await post('/mail/passcode', name)).status, 421, name);
  });
});

describe('what proxies say of the host', () => {
  it('is not believed', async () => {
    assertOwn(
      await ask(
        DISCOVERY,
        `Host: ${host}`,
        'X-Forwarded-Host: evil.test',
        'X-Forwarded-Proto: https, http',
        'X-Forwarded-Proto: ftp',
        'X-Forwarded-Port: 1',
        'Forwarded: host=evil.test;proto=https',
        'X-Original-URL: /evil',
      ),
    );
    assertPage(await ask('/', 'Host: evil.test', `X-Forwarded-Host: ${host}`), 421);
  });

  it('nor is a method beside the request’s own', async () => {
    const headers = [`Host: ${host}`, 'X-HTTP-Method-Override: POST', 'X-HTTP-Method: POST'];
    assert.equal((await ask('/token?_method=POST', ...headers)).status, 405);
  });

  it('and a body has one length', async () => {
    const post = ['POST /token HTTP/1.1', `Host: ${host}`, 'Content-Length: 5'];
    for (const second of ['Transfer-Encoding: chunked', 'Content-Length: 6'])
      assert.equal((await sendRaw(port, [...post, second], '0\r\n\r\n')).status, 400, second);
  });
});

describe('a DPoP proof', () => {
  it('is for the issuer’s URL, however the Host is spelled', async () => {
    const client = await server.addClient({ clientCredentials: true });
    const ask = await dpopAsker(client);
    for (const name of [host, host.toUpperCase()]) {
      assert.equal((await ask(name, `${server.issuer}/token`)).status, 200, name);
      assert.equal((await ask(name, `http://evil.test/token`)).status, 400);
    }
  });

  async function dpopAsker({ clientId, clientSecret }: Registration) {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    return async (name: string, htu: string): Promise<RawAnswer> => {
      const proof = await new SignJWT({ htm: 'POST', htu, jti: crypto.randomUUID() })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(privateKey);
      const body = 'grant_type=client_credentials';
      const lines = [
        'POST /token HTTP/1.1',
        `Host: ${name}`,
        `Authorization: Basic ${basic}`,
        `DPoP: ${proof}`,
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${body.length}`,
      ];
      return sendRaw(port, lines, body);
    };
  }
});

describe('an issuer at a default port', () => {
  it('is reached with that port, without it, and with no other', async () => {
    const issuer = 'https://login.acme.test';
    const behind = await startTestServer({ LATCHKEY_ISSUER: issuer });
    const at = new URL(behind.issuer).port;
    const of = (name: string, path = DISCOVERY) =>
      sendRaw(at, [`GET ${path} HTTP/1.1`, `Host: ${name}`]);
    for (const name of ['login.acme.test', 'LOGIN.acme.test:443', 'login.acme.test:'])
      assertOwn(await of(name), issuer);
    for (const name of ['login.acme.test:80', 'login.acme.test:8443', 'acme.test'])
      assertPage(await of(name), 421, { ...behind, issuer });
    const cookie = (await of('LOGIN.acme.test', '/')).headers.get('set-cookie') ?? '';
    assert.match(cookie, /^__Host-latchkey_browser=.*; secure/u);
    await behind.stop();
  });

  it('that is an IPv6 address is reached in any notation of it', async () => {
    const free = new URL(server.issuer).port;
    const issuer = `http://[::1]:${free}`;
    const behind = await startTestServer({ LATCHKEY_ISSUER: issuer });
    const at = new URL(behind.issuer).port;
    const of = (name: string) => sendRaw(at, [`GET ${DISCOVERY} HTTP/1.1`, `Host: ${name}`]);
    for (const name of [`[::1]:${free}`, `[0:0:0:0:0:0:0:1]:${free}`, `[::0001]:${free}`])
      assertOwn(await of(name), issuer);
    for (const name of ['[::1]', `::1:${free}`, `[::2]:${free}`, `[::1%25lo]:${free}`])
      assertPage(await of(name), 421, { ...behind, issuer });
    await behind.stop();
  });
});
