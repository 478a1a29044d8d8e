/**
 * The server killed (SIGKILL) at every commit of a story, just before it and just after: what was
 * acknowledged is there, and what is good once was good once.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson } from '../../src/accounts/person.ts';
import { afterPassword, isSignedIn, toStep, type AtPage } from '../support/factors.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import {
  authorize,
  exchange,
  token,
  type Authorization,
  type Registration,
} from '../support/relying-party.ts';
import { codeOf, PASSWORD, type TestPerson } from '../support/server.ts';
import { silently, stepOf } from '../support/sign-in.ts';
import { startKilledServer, type KilledServer } from './killed-server.ts';

let server: KilledServer;
let app: Registration;
before(async () => {
  server = await startKilledServer();
  app = await server.addClient({ kind: 'spa' });
});
after(() => server.stop());

/** What the story was told before the server died. */
interface Told {
  /** The browser came back with an authorization code. */
  signedIn?: { at: AtPage; asked: Authorization; callback: URL };
  tokens?: Record<string, string>;
  refreshed?: Record<string, string>;
  enrolled?: boolean;
}

/** Runs until the server dies; what it was told up to then is in `told`. Answers whether it died. */
async function untilDead(story: () => Promise<void>): Promise<boolean> {
  try {
    await story();
    return false;
  } catch (error) {
    // The fetch that found nobody.
    if (!(error instanceof TypeError && error.message === 'fetch failed')) throw error;
    return true;
  }
}

/** Tells the story with the server dying at each of its commits, before and after; `check` sees what is left. */
async function atEveryCommit<P>(
  prepare: () => Promise<P>,
  story: (prepared: P, told: Told) => Promise<void>,
  check: (prepared: P, told: Told, where: string) => Promise<void>,
): Promise<void> {
  const first = await prepare();
  await server.arm({ killAt: 0, when: 'before' });
  const whole: Told = {};
  await story(first, whole);
  const commits = await server.commits();
  await check(first, whole, 'alive');
  assert.ok(commits >= 4, `${commits} commits`);
  let died = 0;
  for (let killAt = 1; killAt <= commits; killAt += 1) {
    for (const when of ['before', 'after'] as const) {
      const prepared = await prepare();
      await server.arm({ killAt, when });
      const told: Told = {};
      if (await untilDead(() => story(prepared, told))) died += 1;
      await server.startAgain();
      assert.equal(server.integrity(), 'ok');
      await check(prepared, told, `${when} commit ${killAt} of ${commits}`);
    }
  }
  // Two requests may share a commit now and then, so that the last ones don't come.
  assert.ok(died >= 2 * commits - 4, `died ${died} times at ${commits} commits`);
}

async function signedIn(
  at: AtPage,
  asked: Authorization,
  page: HtmlPage,
): Promise<Told['signedIn']> {
  return isSignedIn(page) ? { at, asked, callback: page.url } : undefined;
}

async function begin(person: TestPerson): Promise<{ at: AtPage; asked: Authorization }> {
  const browser = createHttpBrowser(app.issuer);
  const asked = authorize(app);
  const page = await browser.open(asked.url);
  const next = await browser.submit(page, { login: person.login, password: PASSWORD });
  return { at: { browser, page: next }, asked };
}

/** Signs in with one code, redeems the authorization code, and refreshes once. */
async function signInWith(
  person: TestPerson,
  step: 'totp' | 'one-time-codes',
  code: string,
  told: Told,
): Promise<void> {
  const { at, asked } = await begin(person);
  const box = stepOf(at.page) === step ? at : await toStep(at, step);
  const page = await box.browser.submit(box.page, { code });
  const back = await signedIn(box, asked, page);
  if (!back) return;
  told.signedIn = back;
  // What comes after it is the same with every factor.
  if (step === 'totp') return;
  const answer = await exchange(app, asked, back.callback);
  if (answer.status === 200) told.tokens = answer.body;
  const refreshed = await refresh(answer.body['refresh_token'] ?? '');
  if (refreshed) told.refreshed = refreshed;
}

async function refresh(refreshToken: string): Promise<Record<string, string> | undefined> {
  const params = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const { status, body } = await token(app, params);
  return status === 200 ? body : undefined;
}

async function isGood(accessToken = ''): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await fetch(new URL('/me', app.issuer), { headers })).status === 200;
}

/** How often the code signs in now. */
async function tries(
  person: TestPerson,
  step: 'totp' | 'one-time-codes',
  code: string,
): Promise<number> {
  let successes = 0;
  for (let nth = 0; nth < 2; nth += 1) {
    const told: Told = {};
    await signInWith(person, step, code, told);
    if (told.signedIn) successes += 1;
  }
  return successes;
}

async function checkTokens(told: Told, where: string): Promise<void> {
  const { signedIn: back, tokens, refreshed } = told;
  if (!back) return;
  const silent = await silently(app, back.at.browser);
  assert.ok(silent.callback.searchParams.has('code'), `${where}: the session is lost`);
  if (refreshed) {
    assert.ok(await isGood(refreshed['access_token']), `${where}: the refreshed token is lost`);
    assert.ok(
      await refresh(refreshed['refresh_token'] ?? ''),
      `${where}: its refresh token is lost`,
    );
    assert.ok(!(await refresh(tokens?.['refresh_token'] ?? '')), `${where}: rotated twice`);
    return;
  }
  if (tokens) {
    assert.ok(await isGood(tokens['access_token']), `${where}: the token is lost`);
    const good = [await refresh(tokens['refresh_token'] ?? '')];
    good.push(await refresh(tokens['refresh_token'] ?? ''));
    assert.ok(good.filter(Boolean).length <= 1, `${where}: rotated twice`);
    return;
  }
  const answers = [await exchange(app, back.asked, back.callback)];
  answers.push(await exchange(app, back.asked, back.callback));
  const redeemed = answers.filter(({ status }) => status === 200);
  assert.ok(redeemed.length <= 1, `${where}: the authorization code was good twice`);
}

describe('a server on SQLite that is killed at every commit', () => {
  for (const step of ['one-time-codes', 'totp'] as const)
    it(`of a sign-in with ${step}${step === 'totp' ? '' : ', the redemption and a refresh'}`, async () => {
      await atEveryCommit(
        async () => {
          const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
          const code = step === 'totp' ? person.code() : (person.oneTimeCodes[3] ?? '');
          return { person, code };
        },
        ({ person, code }, told) => signInWith(person, step, code, told),
        async ({ person, code }, told, where) => {
          await checkTokens(told, where);
          const before_ = told.signedIn ? 1 : 0;
          const later = await tries(person, step, code);
          assert.ok(before_ + later <= 1, `${where}: the code was good ${before_ + later} times`);
          const used = (await getPerson(server.store, person.person.id))?.oneTimeCodes?.used ?? [];
          assert.equal(new Set(used).size, used.length);
        },
      );
    });

  it('of an enrolment: there is all of it, or nothing', async () => {
    await atEveryCommit(
      async () => {
        const person = await server.addPerson();
        const at = await afterPassword(app, person);
        let { page } = at;
        for (const go of ['next', 'next']) page = await at.browser.submit(page, { go });
        const shown = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(page.html)?.[0] ?? '';
        page = await at.browser.submit(page, { go: 'next' });
        assert.equal(stepOf(page), 'totp-enrol/code');
        return { person, at: { ...at, page }, secret: shown.replaceAll(' ', '') };
      },
      async ({ at, secret }, told) => {
        const code = codeOf(secret, Date.now());
        const page = await at.browser.submit(at.page, { go: 'submit', code });
        told.enrolled = stepOf(page) === 'enrolled';
      },
      async ({ person }, told, where) => {
        const stored = await getPerson(server.store, person.person.id);
        assert.ok(stored, where);
        const enrolled = stored.authenticators.length === 1;
        assert.equal(stored.oneTimeCodes !== null, enrolled, where);
        assert.equal(stored.epoch > person.person.epoch, enrolled, where);
        if (told.enrolled) assert.ok(enrolled, `${where}: acknowledged, and lost`);
      },
    );
  });
});
