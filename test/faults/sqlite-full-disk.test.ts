/**
 * The server on SQLite while there is no room to write: it says so and stays, refuses what it cannot
 * keep, and goes on where it was as soon as there is room, without being started again.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import { getPerson } from '../../src/records/person.ts';
import { afterPassword, isSignedIn, toStep } from '../support/factors.ts';
import { createHttpBrowser, hiddenFields, type HtmlPage } from '../support/http-browser.ts';
import { authorize, exchange, post, token, type Registration } from '../support/relying-party.ts';
import { codeOf, PASSWORD } from '../support/server.ts';
import { silently, signIn, stepOf } from '../support/sign-in.ts';
import { ENGINE } from '../support/stores.ts';
import { startLimitedServer, type LimitedServer } from './sqlite-limited-server.ts';

const skip = process.platform === 'win32' || ENGINE !== 'sqlite';
/** Milliseconds: probes are answered from memory for one second. */
const SOON = 60_000;

describe('a server on SQLite while the disk is full', { skip }, () => {
  let server: LimitedServer;
  let app: Registration;
  /** Persons whose sign-in was acknowledged. */
  const signedIn: string[] = [];
  before(async () => {
    server = await startLimitedServer();
    app = await server.addClient({ kind: 'spa' });
  });
  afterEach(() => server.makeRoom());
  after(() => server.remove());

  /** What it is answered while there is no room; and again, with room, when it was refused. */
  async function refusedFirst<A extends { status: number }>(
    ask: () => Promise<A>,
    assertRefusal: (answer: A) => void,
  ): Promise<A> {
    server.fill();
    const answer = await ask();
    server.makeRoom();
    assert.ok(server.isAlive());
    assertRefusal(answer);
    return ask();
  }

  const asPage = ({ status, headers, html }: HtmlPage): void => {
    assert.equal(status, 503, html);
    assert.equal(headers.get('retry-after'), '5');
    assert.match(html, /can’t reach our data/u);
  };
  const asJson = ({ status, body }: { status: number; body: Record<string, string> }): void => {
    assert.equal(status, 503, JSON.stringify(body));
    assert.equal(body['error'], 'temporarily_unavailable');
  };
  const locationOf = ({ headers, url, html }: HtmlPage): URL => {
    assert.ok(headers.has('location'), html);
    return new URL(headers.get('location') ?? '', url);
  };

  it('each request of a sign-in is refused, and good when it is sent again', async () => {
    const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
    const browser = createHttpBrowser(app.issuer);
    const open = (url: URL) => refusedFirst(() => browser.send(url), asPage);
    const submit = (page: HtmlPage, fields: Record<string, string>) => {
      const body = new URLSearchParams({ ...hiddenFields(page.html), ...fields });
      return refusedFirst(() => browser.send(page.url, { method: 'POST', body }), asPage);
    };
    const asked = authorize(app);
    const password = await browser.open(locationOf(await open(asked.url)));
    assert.equal(stepOf(password), 'password');
    const totp = locationOf(await submit(password, { login: person.login, password: PASSWORD }));
    const codes = await toStep({ browser, page: await browser.open(totp) }, 'one-time-codes');
    const [code = ''] = person.oneTimeCodes;
    const resume = locationOf(await submit(codes.page, { code }));
    const callback = locationOf(await open(resume));
    assert.ok(callback.searchParams.has('code'), callback.href);
    signedIn.push(person.person.id);

    const { body: tokens } = await refusedFirst(() => exchange(app, asked, callback), asJson);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' };
    const rotated = await refusedFirst(() => token(app, refresh), asJson);
    assert.equal(rotated.status, 200, JSON.stringify(rotated.body));
    const revoke = { token: rotated.body['refresh_token'] ?? '' };
    const revoked = await refusedFirst(() => post(app, '/token/revocation', revoke), asJson);
    assert.equal(revoked.status, 200);
    for (const refresh_token of [tokens['refresh_token'] ?? '', revoke.token])
      assert.equal((await token(app, { ...refresh, refresh_token })).status, 400);
    const spent = (await getPerson(server.store, person.person.id))?.oneTimeCodes?.used;
    assert.deepEqual(spent, [0]);
  });

  it('what is only read goes on; /healthz is green and /readyz is red until there is room', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { tokens } = await signIn(app, person);
    signedIn.push(person.person.id);
    const probe = () => fetch(`${app.issuer}/readyz`);
    const untilProbe = async (status: number): Promise<Response> => {
      for (const until = performance.now() + SOON; performance.now() < until;) {
        const answer = await probe();
        if (answer.status === status) return answer;
        await answer.body?.cancel();
      }
      return assert.fail(`never ${status}`);
    };
    server.fill();
    const headers = { authorization: `Bearer ${tokens['access_token']}` };
    assert.equal((await fetch(`${app.issuer}/me`, { headers })).status, 200);
    assert.equal((await fetch(`${app.issuer}/healthz`)).status, 200);
    const red = await untilProbe(503);
    assert.equal(red.headers.get('retry-after'), '5');
    assert.match(await red.text(), /"store":"unavailable"/u);
    server.makeRoom();
    await untilProbe(200);
  });

  /** With room for 0, 1, 2… pages, until there was enough. Answers how often there was not. */
  async function withLittleRoom(tell: (room: number) => Promise<boolean>): Promise<number> {
    for (let room = 0; room < 200; room += 1) {
      const done = await tell(room);
      server.makeRoom();
      assert.ok(server.isAlive());
      if (done) return room;
    }
    return assert.fail('there was never enough room');
  }

  const assertDoneOr503 = (status: number, where: string): void =>
    assert.ok([200, 303, 503].includes(status), `${where}: ${status}`);

  it('however little room there is, an enrolment is done or not, never half', async () => {
    const refused = await withLittleRoom(async (room) => {
      const person = await server.addPerson();
      const at = await afterPassword(app, person);
      let { page } = at;
      for (const go of ['next', 'next']) page = await at.browser.submit(page, { go });
      const shown = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(page.html)?.[0] ?? '';
      page = await at.browser.submit(page, { go: 'next' });
      const code = (steps: number) => codeOf(shown.replaceAll(' ', ''), Date.now(), steps);
      server.fill(room);
      const answer = await at.browser.submit(page, { go: 'submit', code: code(0) });
      server.makeRoom();
      const where = `room for ${room}`;
      assertDoneOr503(answer.status, where);
      const stored = await getPerson(server.store, person.person.id);
      assert.ok(stored);
      const enrolled = stored.authenticators.length === 1;
      assert.equal(stored.oneTimeCodes !== null, enrolled, where);
      assert.equal(stored.epoch > person.person.epoch, enrolled, where);
      if (stepOf(answer) === 'enrolled') assert.ok(enrolled, where);
      if (enrolled) return answer.status !== 503;
      // The first code may be used up.
      const again = await at.browser.submit(page, { go: 'submit', code: code(1) });
      assert.equal(stepOf(again), 'enrolled', `${where}: ${again.status} ${again.html}`);
      return false;
    });
    assert.ok(refused >= 3, `refused ${refused} times`);
  });

  it('however little room there is, a one-time code signs in once at most', async () => {
    const refused = await withLittleRoom(async (room) => {
      const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
      const at = await toStep(await afterPassword(app, person), 'one-time-codes');
      const other = await toStep(await afterPassword(app, person), 'one-time-codes');
      const [code = ''] = person.oneTimeCodes;
      server.fill(room);
      const first = await at.browser.submit(at.page, { code });
      server.makeRoom();
      const where = `room for ${room}`;
      assertDoneOr503(first.status, where);
      const second = await other.browser.submit(other.page, { code });
      const third = await at.browser.open(
        new URL(`/interaction/${at.page.url.pathname.split('/')[2]}/one-time-codes`, app.issuer),
      );
      const answers = [first, second, third].filter(isSignedIn);
      assert.ok(answers.length <= 1, `${where}: signed in ${answers.length} times`);
      if (!isSignedIn(first)) return false;
      signedIn.push(person.person.id);
      const silent = await silently(app, at.browser);
      assert.ok(silent.callback.searchParams.has('code'), `${where}: the session is lost`);
      return true;
    });
    assert.ok(refused >= 3, `refused ${refused} times`);
  });

  it('it has lost nothing, and ends when told', async () => {
    assert.equal(await server.stop(), 0);
    assert.equal(server.integrity(), 'ok');
    const { items } = await server.store.scan(auditCollection, { limit: 10_000 });
    for (const id of signedIn) {
      const told = items.filter(({ value }) => value.person === id).map(({ value }) => value.type);
      assert.ok(told.includes('sign-in.completed'), told.join());
    }
    assert.ok(signedIn.length >= 3);
  });
});
