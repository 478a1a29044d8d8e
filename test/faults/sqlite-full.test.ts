/** The server on a disk that is full: it says so, forgets nothing, and goes on where there is room. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, exchange, post, type Registration } from '../support/relying-party.ts';
import { PASSWORD } from '../support/server.ts';
import { startKilledServer, type KilledServer } from './killed-server.ts';

/** KiB: room for some sign-ins. */
const ROOM = 2_000;
const MANY = 200;
/** Milliseconds. */
const SOON = 60_000;

describe('a disk that is full', { skip: process.platform === 'win32' }, () => {
  let server: KilledServer;
  let app: Registration;
  before(async () => {
    server = await startKilledServer();
    app = await server.addClient({ clientCredentials: true });
    await server.startAgain(ROOM);
  });
  after(() => server.stop());

  /** The access tokens that were handed out, and the first answer that was none. */
  async function untilFull(): Promise<{
    tokens: string[];
    page: { status: number; html: string };
  }> {
    const tokens: string[] = [];
    for (let nth = 0; nth < MANY; nth += 1) {
      const person = await server.addPerson({}, { totp: true });
      const browser = createHttpBrowser(server.issuer);
      const asked = authorize(app);
      const first = await browser.open(asked.url);
      if (first.status !== 200) return { tokens, page: first };
      const fields = { login: person.login, password: PASSWORD };
      const second = await browser.submit(first, fields);
      if (second.status !== 200) return { tokens, page: second };
      const third = await browser.submit(second, { code: person.code() });
      if (!third.url.searchParams.has('code')) return { tokens, page: third };
      const { status, body } = await exchange(app, asked, third.url);
      if (status !== 200) return { tokens, page: { status, html: JSON.stringify(body) } };
      tokens.push(String(body['access_token']));
    }
    return assert.fail(`${MANY} sign-ins have fitted in`);
  }

  const isGood = async (accessToken: string): Promise<boolean> => {
    const headers = { authorization: `Bearer ${accessToken}` };
    return (await fetch(`${server.issuer}/me`, { headers })).status === 200;
  };

  /**
   * Until there is room for nothing, and the probe, which is answered from memory for a second, has heard of it. Small
   * writes may have room where a large one had none, or what was written together with it.
   */
  async function untilNothingFits(write: () => Promise<{ status: number }>): Promise<void> {
    for (const until = performance.now() + SOON; performance.now() < until;) {
      const { status } = await write();
      assert.ok([200, 503].includes(status), String(status));
      const probe = await fetch(`${server.issuer}/readyz`);
      if (status === 503 && probe.status === 503) return;
    }
    assert.fail('it is ready still');
  }

  it('is answered with 503, and nothing that was acknowledged is lost', async () => {
    const { tokens, page } = await untilFull();
    assert.equal(page.status, 503, page.html);
    assert.ok(tokens.length > 0);
    assert.equal((await fetch(`${server.issuer}/healthz`)).status, 200);
    const forItself = { grant_type: 'client_credentials' };
    await untilNothingFits(() => post(app, '/token', forItself));
    for (const token of tokens) assert.ok(await isGood(token), 'reading goes on');

    await server.startAgain();
    assert.equal(server.integrity(), 'ok');
    for (const token of tokens) assert.ok(await isGood(token), 'it was acknowledged');
    assert.equal((await post(app, '/token', forItself)).status, 200);
    // It waits two seconds for the disk, and a busy one may take longer.
    while ((await fetch(`${server.issuer}/readyz`)).status !== 200);
  });
});
