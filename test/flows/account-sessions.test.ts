/** Somebody looks at where they are signed in and what happened, and ends what they don't know. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAt, memberOf, saidOn, type Member } from '../support/account.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { token, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';

const SESSIONS = '/account/sessions';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let server: TestServer;
let webmail: Registration;
let calendar: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient({ kind: 'spa' });
  calendar = await server.addClient({ name: 'Calendar', kind: 'spa', firstParty: false });
});
after(() => server.stop());

const paths = ({ html }: HtmlPage, pattern: RegExp): string[] =>
  [...html.matchAll(/href="([^"]*)"/gu)].map(([, to]) => to ?? '').filter((to) => pattern.test(to));

const newPerson = (): Promise<TestPerson> => server.addPerson({}, { totp: true });

/** A member whose other browser is signed in to the webmail. */
async function withStranger() {
  const person = await newPerson();
  const browser = createHttpBrowser(server.issuer, { 'user-agent': FIREFOX });
  const stranger = await signIn(webmail, person, { browser });
  const member = memberOf(server, person);
  return { person, stranger, member };
}

async function isSignedIn(
  stranger: Awaited<ReturnType<typeof withStranger>>['stranger'],
): Promise<boolean> {
  return (await silently(webmail, stranger.browser)).callback.searchParams.has('code');
}

describe('sessions on the account page', () => {
  it('one is signed out, with its refresh token; this one goes on', async () => {
    const { stranger, member } = await withStranger();
    const list = await member.open(SESSIONS);
    assert.match(list.html, /Firefox on Linux/u);
    assert.match(list.html, /Signed in to Webmail/u);
    const [, theirs = ''] = paths(list, /\/sign-out$/u);
    const question = await member.open(theirs);
    assert.match(question.html, /Sign out there\?/u);
    const done = await member.submit(question);
    assertAt(done, SESSIONS);
    assert.equal(saidOn(done), 'Firefox on Linux has been signed out.');
    assert.ok(!(await isSignedIn(stranger)));
    const refresh = {
      grant_type: 'refresh_token',
      refresh_token: String(stranger.tokens['refresh_token']),
    };
    assert.equal((await token(webmail, refresh)).status, 400);
    assert.equal((await member.open(theirs)).status, 404, 'once');
  });

  it('all others at once; and its own, which leads out', async () => {
    const { stranger, member } = await withStranger();
    const question = await member.open(`${SESSIONS}/sign-out-others`);
    const done = await member.submit(question);
    assert.equal(saidOn(done), 'You’ve been signed out in one other browser.');
    assert.ok(!(await isSignedIn(stranger)));
    const signOut = async (csrf: string) => {
      const body = new URLSearchParams({ csrf });
      return member.browser.send(`${server.issuer}/account/sign-out`, { method: 'POST', body });
    };
    const late = await signOut('an old one');
    assert.equal(late.status, 403);
    assert.match(late.html, /href="\/account">Go back</u, 'not to where there is nothing to see');
    const out = await signOut(/name="csrf" value="([^"]*)"/u.exec(question.html)?.[1] ?? '');
    assert.match(out.html, /You have signed out/u);
    assert.equal(stepOf(await member.browser.open(`${server.issuer}/account`)), 'password');
  });

  it('an app’s access is withdrawn: it asks for consent again', async () => {
    const person = await newPerson();
    const member = memberOf(server, person);
    await member.open('/account');
    const asked = await silently(calendar, member.browser);
    assert.equal(asked.callback.searchParams.get('error'), 'consent_required');
    await silently(webmail, member.browser);
    const list = await member.open(SESSIONS);
    const [webmails = ''] = paths(list, /\/withdraw$/u);
    const done = await member.submit(await member.open(webmails));
    assert.equal(saidOn(done), 'Webmail no longer has access.');
    assert.deepEqual(paths(done, /\/withdraw$/u), []);
  });

  it('somebody else’s are unknown', async () => {
    const { stranger, member } = await withStranger();
    const thief = memberOf(server, await newPerson());
    const theirs = paths(await member.open(SESSIONS), /\/sign-out$/u);
    const question = await thief.open(`${SESSIONS}/sign-out-others`);
    const csrf = /name="csrf" value="([^"]*)"/u.exec(question.html)?.[1] ?? '';
    for (const path of theirs) {
      assert.equal((await thief.open(path)).status, 404);
      const body = new URLSearchParams({ csrf });
      const posted = await thief.browser.send(`${server.issuer}${path}`, { method: 'POST', body });
      assert.equal(posted.status, 404);
    }
    assert.ok(await isSignedIn(stranger));
  });
});

describe('recent activity', () => {
  const events = ({ html }: HtmlPage): string[] =>
    [...html.matchAll(/<strong>([^<]*)<\/strong>/gu)].map(([, what]) => what ?? '');

  it('tells of sign-ins and changes, newest first, and leads to older ones', async () => {
    const { member, person } = await withStranger();
    await member.open('/account/two-step/codes/new').then((page) => member.submit(page));
    await server.settle();
    const page = await member.open('/account/activity');
    assertAt(page, '/account/activity');
    const told = events(page);
    assert.ok(told.indexOf('New one-time codes') < told.indexOf('Signed in'), told.join());
    assert.ok(told.includes('Signed in'));
    assert.match(page.html, /127\.0\.0\.1/u);
    for (let n = 0; n < 25; n += 1) await signIn(webmail, person, await later());
    await server.settle();
    const newest = await member.open('/account/activity');
    const [older = ''] = paths(newest, /before=/u);
    const before = await member.open(older.replaceAll('&amp;', '&'));
    assert.ok(events(before).length > 0);
    assert.notDeepEqual(events(before), events(newest));
  });

  it('"This wasn’t me" ends everything at once, but here', async () => {
    const { stranger, member } = await withStranger();
    const question = await member.open('/account/not-me');
    const done = await member.submit(question);
    assertAt(done, '/account/password');
    assert.match(saidOn(done), /You’ve been signed out everywhere/u);
    assert.ok(!(await isSignedIn(stranger)));
    const refresh = {
      grant_type: 'refresh_token',
      refresh_token: String(stranger.tokens['refresh_token']),
    };
    assert.equal((await token(webmail, refresh)).status, 400);
    assertAt(await member.browser.open(`${server.issuer}${SESSIONS}`), SESSIONS);
  });
});

/** A browser of its own, when the code before is spent. */
async function later(): Promise<Pick<Member, 'browser'>> {
  server.clock.ahead += 30_000;
  return { browser: createHttpBrowser(server.issuer, { 'user-agent': FIREFOX }) };
}
