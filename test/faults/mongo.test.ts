/** The server while its MongoDB is gone, slow, or loses answers: what people and apps see, and what is true afterwards. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { startChild } from '../support/child.ts';
import { MAIN, newInstallation } from '../support/command-line.ts';
import { afterPassword, isSignedIn, toStep } from '../support/factors.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { dropDatabase, serverOf, urlOf } from '../support/mongo.ts';
import { authorize, exchange, token, type Registration } from '../support/relying-party.ts';
import { codeOf, startTestServer, type TestServer } from '../support/server.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';
import { ENGINE } from '../support/stores.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const skip = ENGINE === 'mongodb' ? false : 'this is about MongoDB';
/** Milliseconds: an operation on the store; and an answer to a browser, which may take several. */
const TIMEOUT = 800;
const SOON = 10_000;

const through = (url: string, { port }: TcpProxy): string => {
  const behind = new URL(url);
  behind.host = `127.0.0.1:${port}`;
  return behind.href;
};

const isWrite = (message: Buffer): boolean =>
  message.includes('\u0002update\0') || message.includes('\u0002insert\0');

describe('MongoDB gone while Latchkey serves', { skip }, () => {
  const url = skip ? '' : urlOf(`gone_${randomBytes(6).toString('hex')}`);
  let proxy: TcpProxy;
  let server: TestServer;
  let webmail: Registration;
  before(async () => {
    proxy = await startTcpProxy(serverOf(url));
    server = await startTestServer({
      LATCHKEY_STORE_MONGODB_URL: through(url, proxy),
      LATCHKEY_STORE_TIMEOUT_MS: String(TIMEOUT),
    });
    webmail = await server.addClient();
  });
  afterEach(() => {
    proxy.mend();
    proxy.onRequest = () => 'pass';
  });
  after(async () => {
    await server.stop();
    await proxy.close();
    await dropDatabase(url);
  });

  function assertUnavailable(answer: { status: number; headers: Headers }): void {
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '5');
  }

  async function isReady(): Promise<boolean> {
    return (await fetch(`${server.issuer}/readyz`)).status === 200;
  }

  /** Probes are answered from memory for a second. */
  async function untilReady(): Promise<void> {
    for (const until = performance.now() + SOON; performance.now() < until;)
      if (await isReady()) return;
    assert.fail('it is not ready again');
  }

  it('pages say so, probes say which part, and it goes on by itself where it was', async () => {
    const person = await server.addPerson({}, { totp: true });
    const at = await afterPassword(webmail, person);
    proxy.cut();
    const refused = await at.browser.submit(at.page, { code: person.code() });
    assertUnavailable(refused);
    assert.match(refused.html, /can’t reach our data/u);
    assert.equal((await fetch(`${server.issuer}/healthz`)).status, 200);
    server.clock.ahead += 2_000;
    const probe = await fetch(`${server.issuer}/readyz`);
    assertUnavailable(probe);
    assert.match(await probe.text(), /store/u);
    proxy.mend();
    server.clock.ahead += 2_000;
    await untilReady();
    assert.ok(isSignedIn(await at.browser.submit(at.page, { code: person.code() })));
  });

  it('endpoints for programs answer 503, and nothing is redeemed or revoked by it', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { tokens, browser } = await signIn(webmail, person);
    const { asked, callback } = await silently(webmail, browser);
    proxy.cut();
    const down = await exchange(webmail, asked, callback);
    assert.equal(down.status, 503, JSON.stringify(down.body));
    const me = { headers: { authorization: `Bearer ${tokens['access_token']}` } };
    assertUnavailable(await fetch(`${server.issuer}/me`, me));
    proxy.mend();
    assert.equal((await exchange(webmail, asked, callback)).status, 200);
    assert.equal((await fetch(`${server.issuer}/me`, me)).status, 200);
  });

  it('one that does not answer is given up in time', async () => {
    const browser = createHttpBrowser(server.issuer);
    proxy.onRequest = () => 'stall';
    const started = performance.now();
    assertUnavailable(await browser.open(authorize(webmail).url));
    assert.ok(performance.now() - started < SOON);
    proxy.onRequest = () => 'pass';
    // Connections are made anew, which takes a moment.
    server.clock.ahead += 2_000;
    await untilReady();
    assert.equal(stepOf(await browser.open(authorize(webmail).url)), 'password');
  });

  /** Cuts the connection when the answer to the `nth` write comes. */
  function loseAnswer(nth: number): { lost(): boolean } {
    let writes = 0;
    proxy.onRequest = (message) => {
      if (!isWrite(message)) return 'pass';
      writes += 1;
      return writes === nth ? 'lose-answer' : 'pass';
    };
    return { lost: () => writes >= nth };
  }

  async function postTwice(
    post: () => Promise<HtmlPage>,
    nth: number,
  ): Promise<{ done: HtmlPage[]; more: boolean }> {
    const { lost } = loseAnswer(nth);
    const first = await post();
    proxy.onRequest = () => 'pass';
    const answers = [first, await post()];
    for (const { status } of answers) assert.ok(status !== 500, `500 at write ${nth}`);
    return { done: answers.filter(isSignedIn), more: lost() };
  }

  it('a one-time code is spent once, whichever answer of the store is lost', async () => {
    let nth = 1;
    for (let more = true; more; nth += 1) {
      const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
      const at = await toStep(await afterPassword(webmail, person), 'one-time-codes');
      const [code = ''] = person.oneTimeCodes;
      const posted = await postTwice(() => at.browser.submit(at.page, { code }), nth);
      ({ more } = posted);
      const codes = new Set(posted.done.map(({ url: back }) => back.searchParams.get('code')));
      assert.ok(codes.size <= 1, `write ${nth}`);
      const other = await toStep(await afterPassword(webmail, person), 'one-time-codes');
      const again = await other.browser.submit(other.page, { code });
      const stored = await getPerson(server.store, person.person.id);
      const spent = stored?.oneTimeCodes?.used.length;
      if (codes.size === 1) assert.ok(!isSignedIn(again), `spent twice at write ${nth}`);
      assert.ok((spent ?? 0) <= 1, `write ${nth}`);
    }
    assert.ok(nth > 5, `only ${nth} writes`);
  });

  it('enrolment is done or not, never half, whichever answer of the store is lost', async () => {
    let nth = 1;
    for (let more = true; more; nth += 1) {
      const person = await server.addPerson();
      const at = await afterPassword(webmail, person);
      let { page } = at;
      for (const go of ['next', 'next']) page = await at.browser.submit(page, { go });
      const secret =
        /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(page.html)?.[0].replaceAll(' ', '') ?? '';
      page = await at.browser.submit(page, { go: 'next' });
      assert.equal(stepOf(page), 'totp-enrol/code');
      const { lost } = loseAnswer(nth);
      const answer = await at.browser.submit(page, {
        go: 'submit',
        code: codeOf(secret, server.now()),
      });
      proxy.onRequest = () => 'pass';
      more = lost();
      assert.notEqual(answer.status, 500, `write ${nth}`);
      const stored = await getPerson(server.store, person.person.id);
      assert.ok(stored);
      const enrolled = stored.authenticators.length === 1;
      assert.equal(stored.oneTimeCodes !== null, enrolled, `write ${nth}`);
      assert.equal(stored.epoch > person.person.epoch, enrolled, `write ${nth}`);
      if (stepOf(answer) === 'enrolled') assert.ok(enrolled, `acknowledged at write ${nth}`);
    }
    assert.ok(nth > 3, `only ${nth} writes`);
  });

  it('an authorization code and a refresh token are good once, whichever answer is lost', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    let nth = 1;
    for (let more = true; more; nth += 1) {
      const { asked, callback } = await silently(webmail, browser);
      const { lost } = loseAnswer(nth);
      const answers = [await exchange(webmail, asked, callback)];
      proxy.onRequest = () => 'pass';
      more = lost();
      answers.push(await exchange(webmail, asked, callback));
      const good = answers.filter(({ status }) => status === 200);
      assert.ok(good.length <= 1, `write ${nth}`);
      for (const { status } of answers) assert.ok([200, 400, 503].includes(status), `${status}`);
    }
    assert.ok(nth > 2, `only ${nth} writes`);
    const refused = await token(webmail, { grant_type: 'authorization_code', code: 'x' });
    assert.equal(refused.status, 400);
  });
});

describe('MongoDB gone while Latchkey starts', { skip }, () => {
  it('it says so, answers 503, tries again, and serves when it is there', async () => {
    const latchkey = await newInstallation();
    const url = latchkey.env['LATCHKEY_STORE_MONGODB_URL'] ?? '';
    const proxy = await startTcpProxy(serverOf(url));
    proxy.cut();
    const server = await startChild([MAIN, 'serve'], {
      cwd: latchkey.folder,
      env: {
        ...latchkey.env,
        LATCHKEY_STORE_MONGODB_URL: through(url, proxy),
        LATCHKEY_STORE_TIMEOUT_MS: '300',
      },
      ready: /cannot be reached/u,
    });
    try {
      assert.equal((await fetch(`${latchkey.issuer}/healthz`)).status, 200);
      const probe = await fetch(`${latchkey.issuer}/readyz`);
      assert.equal(probe.status, 503);
      assert.deepEqual(((await probe.json()) as { parts: object }).parts, {
        server: 'starting',
        store: 'unavailable',
      });
      const page = await fetch(latchkey.issuer);
      assert.equal(page.status, 503);
      assert.equal(page.headers.get('retry-after'), '5');
      const command = await latchkey.run(['org', 'add', 'Acme']);
      assert.equal(command.code, 0, 'the command line beside it has the direct way');
      proxy.mend();
      await server.said(/Latchkey is ready/u);
      // It gives the store 300 ms, and a busy one may take longer.
      while ((await fetch(`${latchkey.issuer}/readyz`)).status !== 200);
      assert.equal(await server.stop(), 0);
    } finally {
      await server.stop('SIGKILL');
      await proxy.close();
      await latchkey.remove();
    }
  });

  it('a server that waits for it stops when told; a command says at once what is wrong', async () => {
    const latchkey = await newInstallation();
    const env = {
      ...latchkey.env,
      LATCHKEY_STORE_MONGODB_URL: 'mongodb://user:top-secret@127.0.0.1:9/latchkey',
      LATCHKEY_STORE_TIMEOUT_MS: '300',
    };
    const server = await startChild([MAIN, 'serve'], {
      cwd: latchkey.folder,
      env,
      ready: /cannot be reached/u,
    });
    assert.equal(await server.stop(), 0);
    assert.doesNotMatch(server.output(), /top-secret/u);
    Object.assign(latchkey.env, env);
    const ran = await latchkey.run(['user', 'list']);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /MongoDB cannot be reached/u);
    assert.doesNotMatch(ran.stderr, /top-secret/u);
    await latchkey.remove();
  });
});
