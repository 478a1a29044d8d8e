/**
 * The server killed (SIGKILL) at every commit of the requests that spend something, and the same request
 * sent again to the next one: whoever was answered keeps what he was told, whoever was not may try
 * again, and all tries together succeed once at most. The commits are those of posting the one-time code,
 * of taking up the authorization again, of redeeming its code and of refreshing; what is before them
 * (authorization request, password) dies in sqlite-killed.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import { getPerson } from '../../src/records/person.ts';
import { afterPassword, isSignedIn, toStep } from '../support/factors.ts';
import { createHttpBrowser, hiddenFields, type HtmlPage } from '../support/http-browser.ts';
import {
  authorize,
  exchange,
  token,
  type Registration,
  type TokenAnswer,
} from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { startKilledServer, type KilledServer } from './killed-server.ts';

/** Milliseconds: what rides in documents is moved every two seconds. */
const SOON = 60_000;

describe('a request to a server on SQLite that is killed at every commit', () => {
  let server: KilledServer;
  let app: Registration;
  before(async () => {
    server = await startKilledServer();
    app = await server.addClient({ kind: 'spa' });
  });
  after(() => server.stop());

  interface Begun {
    person: TestPerson;
    code: string;
    /** Posts the one-time code; no redirect is followed. */
    submit(): Promise<HtmlPage>;
    open(location: URL): Promise<HtmlPage>;
    redeem(callback: URL): Promise<TokenAnswer>;
  }

  /** As far as the box for the one-time code. */
  async function begin(): Promise<Begun> {
    const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
    const [code = ''] = person.oneTimeCodes;
    const browser = createHttpBrowser(app.issuer);
    const asked = authorize(app);
    const at = await afterPassword(
      app,
      person,
      browser,
      Object.fromEntries(asked.url.searchParams),
    );
    const { page } = await toStep(at, 'one-time-codes');
    const body = new URLSearchParams({ ...hiddenFields(page.html), code });
    return {
      person,
      code,
      submit: () => browser.send(page.url, { method: 'POST', body }),
      open: (location) => browser.open(location),
      redeem: (callback) => exchange(app, asked, callback),
    };
  }

  const refresh = (refreshToken = ''): Promise<TokenAnswer> =>
    token(app, { grant_type: 'refresh_token', refresh_token: refreshToken });

  /** The last answer to a request, and whether an earlier one had none. */
  interface Answered<A> {
    answer: A;
    repeated: boolean;
  }

  /** Sends a request; when the server dies of it, starts another and sends it again. */
  async function insist<A>(request: () => Promise<A>): Promise<Answered<A>> {
    try {
      return { answer: await request(), repeated: false };
    } catch (error) {
      if (!(error instanceof TypeError && error.message === 'fetch failed')) throw error;
    }
    await server.startAgain();
    assert.equal(server.integrity(), 'ok');
    return { answer: await request(), repeated: true };
  }

  /** Absent: it did not come so far. */
  interface Told {
    posted: Answered<HtmlPage>;
    back?: Answered<HtmlPage>;
    redeemed?: Answered<TokenAnswer>;
    rotated?: Answered<TokenAnswer>;
  }

  const isGood = ({ status }: TokenAnswer): boolean => status === 200;

  async function tell(begun: Begun): Promise<Told> {
    const posted = await insist(begun.submit);
    const { status, headers, url } = posted.answer;
    if (status !== 303) return { posted };
    const location = new URL(headers.get('location') ?? '', url);
    const back = await insist(() => begun.open(location));
    if (!isSignedIn(back.answer)) return { posted, back };
    const redeemed = await insist(() => begun.redeem(back.answer.url));
    if (!isGood(redeemed.answer)) return { posted, back, redeemed };
    const rotated = await insist(() => refresh(redeemed.answer.body['refresh_token']));
    return { posted, back, redeemed, rotated };
  }

  /** Persons who know that they are signed in. */
  const signedIn = new Set<string>();

  async function check(begun: Begun, told: Told, where: string): Promise<void> {
    const { posted, back, redeemed, rotated } = told;
    const stored = await getPerson(server.store, begun.person.person.id);
    assert.deepEqual(stored?.oneTimeCodes?.used, [0], where);
    const other = await toStep(await afterPassword(app, begun.person), 'one-time-codes');
    const elsewhere = await other.browser.submit(other.page, { code: begun.code });
    assert.ok(!isSignedIn(elsewhere), `${where}: the one-time code is good twice`);
    if (!back) assert.ok(posted.repeated, `${where}: ${posted.answer.status}`);
    else if (!redeemed) assert.ok(back.repeated, `${where}: ${back.answer.status}`);
    else if (!rotated) assert.ok(redeemed.repeated, `${where}: ${redeemed.answer.status}`);
    if (back && redeemed) {
      signedIn.add(begun.person.person.id);
      await checkTokens(redeemed.answer, rotated, where);
      const again = await begun.redeem(back.answer.url);
      assert.equal(again.status, 400, `${where}: the authorization code is good twice`);
    }
  }

  async function checkTokens(
    redeemed: TokenAnswer,
    rotated: Answered<TokenAnswer> | undefined,
    where: string,
  ): Promise<void> {
    if (!rotated) return;
    if (isGood(rotated.answer)) {
      const headers = { authorization: `Bearer ${rotated.answer.body['access_token']}` };
      const me = await fetch(new URL('/me', app.issuer), { headers });
      assert.equal(me.status, 200, `${where}: the access token is lost`);
      const next = await refresh(rotated.answer.body['refresh_token']);
      assert.equal(next.status, 200, `${where}: the refresh token is lost`);
    } else assert.ok(rotated.repeated, `${where}: ${rotated.answer.status}`);
    const old = await refresh(redeemed.body['refresh_token']);
    assert.equal(old.status, 400, `${where}: the refresh token is good twice`);
  }

  it('keeps what it was told, and sent again is good once at most', async () => {
    const whole = await begin();
    await server.arm({ killAt: 0, when: 'before' });
    const all = await tell(whole);
    const commits = (await server.commits()) ?? 0;
    await check(whole, all, 'alive');
    assert.ok(all.rotated && isGood(all.rotated.answer));
    assert.ok(commits >= 4, `${commits} commits`);
    let died = 0;
    for (let killAt = 1; killAt <= commits; killAt += 1)
      for (const when of ['before', 'after'] as const) {
        const begun = await begin();
        await server.arm({ killAt, when });
        const told = await tell(begun);
        const where = `${when} commit ${killAt} of ${commits}`;
        if (Object.values(told).some(({ repeated }) => repeated)) died += 1;
        else await server.assertFewer(killAt, where);
        await server.arm({ killAt: 0, when });
        await check(begun, told, where);
        // Nothing of it had happened.
        if (when === 'before' && killAt === 1)
          assert.ok(told.rotated && isGood(told.rotated.answer));
      }
    assert.ok(died >= commits, `died ${died} times at ${commits} commits`);
  });

  it('leaves the events of every sign-in that was told of', async () => {
    await server.startAgain();
    const missing = new Set(signedIn);
    for (const until = performance.now() + SOON; missing.size > 0 && performance.now() < until;) {
      const { items } = await server.store.scan(auditCollection, { limit: 10_000 });
      for (const { value } of items)
        if (value.type === 'sign-in.completed') missing.delete(value.person ?? '');
    }
    assert.ok(signedIn.size > 0);
    assert.deepEqual([...missing], []);
  });
});
