/** The metrics of the real server: off unless switched on, once for what happens once, never more series. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startChild, type Child } from '../../support/child.ts';
import { MAIN, newInstallation } from '../../support/command-line.ts';
import { createHttpBrowser } from '../../support/http-browser.ts';
import { authorize, post } from '../../support/relying-party.ts';
import { freePort } from '../../support/free-port.ts';
import { PASSWORD, startTestServer, type TestServer } from '../../support/server.ts';
import { signIn } from '../../support/sign-in.ts';
import { labelled, parse, seriesOf } from './text.ts';

const HTTP = 'latchkey_http_request_duration_seconds';

async function scrape(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(answer.status, 200);
  return answer.text();
}

describe('latchkey serve with metrics', () => {
  const start = async (
    env: Record<string, string>,
  ): Promise<{ child: Child; end(): Promise<void> }> => {
    const latchkey = await newInstallation();
    const child = await startChild([MAIN, 'serve'], {
      cwd: latchkey.folder,
      env: { ...latchkey.env, ...env },
      ready: /Latchkey is ready/u,
    });
    const end = async () => {
      assert.equal(await child.stop(), 0, child.output());
      await latchkey.remove();
    };
    return { child, end };
  };

  it('offers them on a port of their own, and stops with it', async () => {
    const port = await freePort();
    const { child, end } = await start({
      LATCHKEY_METRICS_ENABLED: 'true',
      LATCHKEY_METRICS_PORT: String(port),
    });
    const metrics = parse(await scrape(port));
    assert.ok(metrics.has(HTTP));
    assert.ok((metrics.get('nodejs_eventloop_lag_p99_seconds')?.series.size ?? 0) > 0);
    assert.deepEqual(metrics.get('latchkey_mail_outbox_waiting')?.series.size, 1);
    assert.match(child.output(), /the metrics are at/u);
    await end();
    await assert.rejects(scrape(port));
  });

  it('offers none unless it is told to', async () => {
    const port = await freePort();
    const { child, end } = await start({ LATCHKEY_METRICS_PORT: String(port) });
    await assert.rejects(scrape(port));
    assert.doesNotMatch(child.output(), /metrics/u);
    await end();
  });
});

describe('the metrics of a server', () => {
  let server: TestServer;
  let port: number;
  before(async () => {
    port = await freePort();
    server = await startTestServer({
      LATCHKEY_METRICS_ENABLED: 'true',
      LATCHKEY_METRICS_PORT: String(port),
    });
  });
  after(() => server.stop());

  it('count a sign-in once, with its checks, and the requests by route', async () => {
    const webmail = await server.addClient();
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(webmail).url);
    await browser.submit(page, { login: person.login, password: 'something quite wrong' });
    const { tokens } = await signIn(webmail, person, { browser });
    await fetch(`${server.issuer}/me`, {
      headers: { authorization: `Bearer ${tokens['access_token']}` },
    });
    await server.settle();
    await server.settle();

    const text = await scrape(port);
    assert.deepEqual(labelled(text, 'latchkey_sign_ins_total'), {
      'outcome="completed",factor="totp"': 1,
    });
    assert.deepEqual(labelled(text, 'latchkey_sign_in_checks_total'), {
      'outcome="wrong",factor="password"': 1,
      'outcome="accepted",factor="password"': 1,
      'outcome="accepted",factor="totp"': 1,
    });
    const requests = labelled(text, `${HTTP}_count`);
    assert.equal(requests['method="POST",route="token",status="200"'], 1);
    assert.equal(requests['method="GET",route="userinfo",status="200"'], 1);
    assert.equal(requests['method="GET",route="authorization",status="303"'], 2);
    assert.equal(requests['method="GET",route="resume",status="303"'], 1);
    const step = 'route="/interaction/:uid/:step{/:page}"';
    assert.ok(
      Number(requests[`method="POST",${step},status="303"`]) >= 2,
      JSON.stringify(requests),
    );
    const series = seriesOf(text);
    assert.ok(Number(series.get('latchkey_password_hash_duration_seconds_count')) >= 2);
    const store = labelled(text, 'latchkey_store_operation_duration_seconds_count');
    assert.ok(Number(store['operation="update",kind="interaction"']) > 0, JSON.stringify(store));
    for (const secret of [person.person.id, person.login, webmail.clientId, PASSWORD])
      assert.ok(!text.includes(secret));
  });

  it('have no series that a request makes up', async () => {
    const webmail = await server.addClient();
    const walk = async (seed: string): Promise<void> => {
      for (const path of odd(seed)) for (const method of METHODS) await send(method, path);
      await post(webmail, `/token?${seed}`, { grant_type: seed });
    };
    await walk('qfirstq');
    const before = [...seriesOf(await scrape(port)).keys()].filter((one) => one.startsWith(HTTP));
    await walk('qsecondq');
    await walk('%E2%82%AC');
    const text = await scrape(port);
    const afterwards = [...seriesOf(text).keys()].filter((one) => one.startsWith(HTTP));
    assert.deepEqual(afterwards.toSorted(), before.toSorted());
    assert.doesNotMatch(text, /qfirstq|qsecondq|%E2|xxxx/u);
    const routes = new Set(afterwards.map((one) => /route="([^"]*)"/u.exec(one)?.[1]));
    for (const route of ['none', 'probe', 'asset', '/', 'token', 'jwks', 'discovery'])
      assert.ok(routes.has(route), `${route}: ${[...routes].join(' ')}`);
  });

  const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PROPFIND', 'MKCOL'];
  const odd = (seed: string): string[] => [
    '/',
    `/?${seed}`,
    '/healthz',
    '/readyz',
    `/${seed}`,
    `/${seed}/../${seed}`,
    `/auth/${seed}`,
    `/auth?client_id=${seed}`,
    `/interaction/${seed}`,
    `/interaction/${seed}/password`,
    `/interaction/${seed}/totp-enrol/${seed}`,
    `/interaction/${seed}/${seed}/${seed}/${seed}`,
    `/assets/${seed}.css`,
    `/token/${seed}`,
    '/token/introspection',
    '/jwks',
    '/JWKS',
    '/.well-known/openid-configuration',
    `/.well-known/${seed}`,
    `/setup?token=${seed}`,
    `/password/${seed}`,
    `/session/${seed}`,
    `/${'x'.repeat(2000)}${seed}`,
    `//${seed}`,
    '/%',
  ];

  function send(method: string, path: string): Promise<void> {
    const { host, port: at } = new URL(server.issuer);
    return new Promise((resolve, reject) => {
      const headers = { host, 'content-length': '0' };
      const asked = request({ host: '127.0.0.1', port: at, method, path, headers }, (answer) => {
        answer.resume();
        answer.on('end', resolve);
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  it('are on their own listener only', async () => {
    assert.equal((await fetch(`${server.issuer}/metrics`)).status, 404);
    assert.equal((await fetch(`http://127.0.0.1:${port}/auth`)).status, 404);
  });
});
