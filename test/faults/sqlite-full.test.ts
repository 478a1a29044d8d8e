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
    page: { status: number; headers: Headers };
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
      if (status !== 200) return { tokens, page: { status, headers: third.headers } };
      tokens.push(String(body['access_token']));
    }
    return assert.fail(`${MANY} sign-ins have fitted in`);
  }

  const isGood = async (accessToken: string): Promise<boolean> => {
    const headers = { authorization: `Bearer ${accessToken}` };
    return (await fetch(`${server.issuer}/me`, { headers })).status === 200;
  };

  /** Probes are answered from memory for a second. */
  async function untilNotReady(write: () => Promise<unknown>): Promise<void> {
    for (const until = performance.now() + SOON; performance.now() < until;) {
      if ((await fetch(`${server.issuer}/readyz`)).status === 503) return;
      await write();
    }
    assert.fail('it is ready still');
  }

  it('is answered with 503, and nothing that was acknowledged is lost', async () => {
    const { tokens, page } = await untilFull();
    assert.equal(page.status, 503);
    assert.ok(tokens.length > 0);
    assert.equal((await fetch(`${server.issuer}/healthz`)).status, 200);
    const forItself = { grant_type: 'client_credentials' };
    // Where a large write found no room, smaller ones may have some.
    await untilNotReady(() => post(app, '/token', forItself));
    assert.equal((await post(app, '/token', forItself)).status, 503);
    for (const token of tokens) assert.ok(await isGood(token), 'reading goes on');

    await server.startAgain();
    assert.equal(server.integrity(), 'ok');
    assert.equal((await fetch(`${server.issuer}/readyz`)).status, 200);
    for (const token of tokens) assert.ok(await isGood(token), 'it was acknowledged');
    assert.equal((await post(app, '/token', forItself)).status, 200);
  });
});
