/** Two apps of one name: wherever the name alone would not say which, people read the id beside it. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { listApps } from '../../src/operations/account/apps.ts';
import { clientCollection } from '../../src/records/client.ts';
import { listSessions } from '../../src/operations/account/sessions.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { refresh } from '../support/policy.ts';
import { authorize, exchange } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { present } from '../support/sessions.ts';
import { goThrough, signIn, silently, stepOf } from '../support/sign-in.ts';
import { byOperator } from '../support/by-operator.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

it('the sign-in, consent, sign-out and the lists name an app so that one knows which', async () => {
  const first = await server.addClient({ id: 'wiki1', name: 'Wiki', firstParty: false });
  await server.addClient({ id: 'wiki2', name: 'wiki ', firstParty: false });
  const person = await server.addPerson({}, { totp: true });
  const browser = createHttpBrowser(server.issuer);
  const asked = authorize(first);
  const password = await browser.open(asked.url);
  assert.match(password.html, /Wiki \(wiki1\)/u);
  const consent = await goThrough(browser, person, password);
  assert.equal(stepOf(consent), 'consent');
  assert.match(consent.html, /Wiki \(wiki1\)/u);
  await browser.submit(consent, { decision: 'allow' });

  const names = async () => {
    const who = await present(server, person.person.id);
    const [app] = await listApps(server, who);
    const [session] = await listSessions(server, who, '');
    const end = `${server.issuer}/session/end?client_id=wiki1`;
    const { html } = await browser.open(end);
    return [app?.name, session?.apps, /Wiki(?: \(\w+\))?/u.exec(html)?.[0]];
  };
  const shown = 'Wiki (wiki1)';
  assert.deepEqual(await names(), [shown, [shown], shown]);

  await byOperator(server).removeClient('wiki2');
  server.clock.ahead += 1000;
  assert.deepEqual(await names(), ['Wiki', ['Wiki'], 'Wiki']);
  const other = await server.addClient({ name: 'Calendar' });
  const { html } = await createHttpBrowser(server.issuer).open(authorize(other).url);
  assert.match(html, /Calendar/u);
  assert.ok(!html.includes(`(${other.clientId})`));
  await signIn(other, person, { browser });
});

it('the store is asked who is called the same by the pages alone that show the name', async (t) => {
  const app = await server.addClient();
  const person = await server.addPerson({}, { totp: true });
  const find = t.mock.method(server.store, 'find');
  const asked = () =>
    find.mock.calls.filter(
      ({ arguments: [kind, { index }] }) => kind === clientCollection && index === 'name',
    ).length;
  const count = async <T>(act: () => Promise<T>): Promise<[number, T]> => {
    server.clock.ahead += 120_000;
    find.mock.resetCalls();
    const result = await act();
    return [asked(), result];
  };
  const browser = createHttpBrowser(server.issuer);
  const authorization = authorize(app);
  const [first, password] = await count(() => browser.open(authorization.url));
  assert.equal(first, 1, 'the page of the password names the app');
  const fields = { login: person.login, password: PASSWORD };
  const [second, totp] = await count(() => browser.submit(password, fields));
  assert.deepEqual([second, stepOf(totp)], [0, 'totp']);
  // The mail about a computer that is new names it.
  const [third, back] = await count(() => browser.submit(totp, { code: person.code() }));
  assert.equal(third, 1);
  const [fourth, { body }] = await count(() => exchange(app, authorization, back.url));
  assert.deepEqual([fourth, (await count(() => silently(app, browser)))[0]], [0, 0]);
  assert.equal((await count(() => refresh(app, body)))[0], 0);
});
