/**
 * The server killed (SIGKILL) at every commit of a story, just before it and just after: what was
 * acknowledged is there, and what is good once was good once. Requests that are sent again, and what
 * comes after the sign-in: sqlite-killed-resumed.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { afterPassword, isSignedIn, type AtPage } from '../support/factors.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import {
  authorize,
  exchange,
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

/** The browser came back with an authorization code. */
interface SignedIn {
  at: AtPage;
  asked: Authorization;
}

/** What the story was told before the server died. */
interface Told {
  signedIn?: SignedIn;
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
  const commits = (await server.commits()) ?? 0;
  await check(first, whole, 'alive');
  assert.ok(commits >= 4, `${commits} commits`);
  let died = 0;
  for (let killAt = 1; killAt <= commits; killAt += 1) {
    for (const when of ['before', 'after'] as const) {
      const prepared = await prepare();
      await server.arm({ killAt, when });
      const told: Told = {};
      const where = `${when} commit ${killAt} of ${commits}`;
      if (await untilDead(() => story(prepared, told))) died += 1;
      else await server.assertFewer(killAt, where);
      await server.startAgain();
      assert.equal(server.integrity(), 'ok');
      await check(prepared, told, where);
    }
  }
  assert.ok(died >= commits, `died ${died} times at ${commits} commits`);
}

/** Signs in with this code; the page it came to. */
async function signInWith(
  person: TestPerson,
  code: string,
): Promise<{ at: AtPage; asked: Authorization }> {
  const browser = createHttpBrowser(app.issuer);
  const asked = authorize(app);
  const page = await browser.open(asked.url);
  const box = await browser.submit(page, { login: person.login, password: PASSWORD });
  assert.equal(stepOf(box), 'totp');
  return { at: { browser, page: await browser.submit(box, { code }) }, asked };
}

/** The session is kept, and the authorization code is good once. */
async function checkSignIn({ at, asked }: SignedIn, where: string): Promise<void> {
  const silent = await silently(app, at.browser);
  assert.ok(silent.callback.searchParams.has('code'), `${where}: the session is lost`);
  const answers = [
    await exchange(app, asked, at.page.url),
    await exchange(app, asked, at.page.url),
  ];
  const redeemed = answers.filter(({ status }) => status === 200);
  assert.equal(
    redeemed.length,
    1,
    `${where}: the authorization code was good ${redeemed.length} times`,
  );
}

describe('a server on SQLite that is killed at every commit', () => {
  it('of a sign-in: who was told of it is signed in, and the code is good once at most', async () => {
    await atEveryCommit(
      async () => {
        const person = await server.addPerson({}, { totp: true });
        return { person, code: person.code() };
      },
      async ({ person, code }, told) => {
        const back = await signInWith(person, code);
        if (isSignedIn(back.at.page)) told.signedIn = back;
      },
      async ({ person, code }, told, where) => {
        if (told.signedIn) await checkSignIn(told.signedIn, where);
        let successes = told.signedIn ? 1 : 0;
        for (let nth = 0; nth < 2; nth += 1)
          if (isSignedIn((await signInWith(person, code)).at.page)) successes += 1;
        assert.ok(successes <= 1, `${where}: the code was good ${successes} times`);
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
