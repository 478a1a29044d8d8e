/** `latchkey revoke-all` beside a running server, on the engine of this run. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeLink } from '../../src/records/link.ts';
import { changePerson, getPerson } from '../../src/records/person.ts';
import { auditCollection } from '../../src/audit/event.ts';
import { withMessages } from '../../src/outbox/message.ts';
import {
  checkEnrolmentCode,
  newEnrolmentCode,
} from '../../src/operations/factors/enrolment-code.ts';
import { sealMail, type SealedMail } from '../../src/mail/mail.ts';
import { createMailQueue, mailCollection } from '../../src/mail/queue.ts';
import { givePasscode } from '../support/passcodes.ts';
import { modelCollections } from '../../src/records/stored-model.ts';
import { signInCollection } from '../../src/records/sign-in.ts';
import type { Store } from '../../src/storage/store.ts';
import { runHere } from '../support/command-line.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, token, type Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently, stepOf, type SignedIn } from '../support/sign-in.ts';

let server: TestServer;
let store: Store;
let webmail: Registration;
let alice: TestPerson;
let bob: TestPerson;
let signedIn: SignedIn;
let link: string;
let enrolmentCode: string;
let carried: SealedMail;
let ordered: SealedMail;

before(async () => {
  server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' });
  ({ store } = server);
  webmail = await server.addClient({ clientCredentials: true });
  alice = await server.addPerson({}, { totp: true, oneTimeCodes: true });
  bob = await server.addPerson({}, { email: true });
  signedIn = await signIn(webmail, alice);
  await halfSignedIn();
  await lend();
});
after(() => server.stop());

/** Bob has been sent a code by mail, and has not typed it yet. */
async function halfSignedIn(): Promise<void> {
  const browser = createHttpBrowser(server.issuer);
  const page = await browser.open(authorize(webmail).url);
  const next = await browser.submit(page, { login: bob.login, password: PASSWORD });
  const sent = await browser.submit(next, { go: 'send' });
  assert.match(sent.html, /Waiting to be sent/u);
}

/** A link, a code after a reset, a token of the client's own, and two mails. */
async function lend(): Promise<void> {
  const { vault } = server;
  const now = server.now();
  const { id, epoch } = alice.person;
  await givePasscode(server, alice.person);
  link = await makeLink(server, { purpose: 'set-password', person: id, epoch }, 3600, now);
  const fresh = newEnrolmentCode(vault, bob.person.id, now);
  enrolmentCode = fresh.code;
  const mail = {
    to: 'bob@acme.test',
    template: 'unlocked' as const,
    language: 'en' as const,
    values: {},
  };
  carried = await sealMail(vault, mail, { orderedAt: now });
  ordered = await sealMail(vault, mail, { orderedAt: now });
  await changePerson(store, bob.person.id, (person) => ({
    set: { enrolmentCode: fresh.kept, ...withMessages(person, { mail: carried }) },
    result: undefined,
  }));
  await createMailQueue(store).order(ordered);
  await token(webmail, { grant_type: 'client_credentials' });
}

const latchkey = (...args: string[]) =>
  runHere(['revoke-all', ...args], { cwd: server.folder, env: server.env });
const isSignedIn = async (): Promise<boolean> =>
  (await silently(webmail, signedIn.browser)).callback.searchParams.has('code');
const clientTokens = async (): Promise<number> => {
  const { ClientCredentials: kind } = modelCollections;
  assert.ok(kind);
  return (await store.scan(kind)).items.length;
};

describe('latchkey revoke-all', () => {
  it('says what it would do, and does nothing, until it is told to', async () => {
    const { code, stderr } = await latchkey();
    assert.equal(code, 2);
    assert.match(stderr, /would end everything that was issued to 2 people/u);
    assert.match(stderr, /Nothing was changed. --yes does it/u);
    assert.equal(await isSignedIn(), true);
    assert.equal(await clientTokens(), 1);
  });

  it('counts what it has ended', async () => {
    const { code, stderr, json } = await latchkey('--yes', '--json');
    assert.equal(code, 0, stderr);
    const { mails, ...rest } = json;
    assert.deepEqual(rest, {
      people: 2,
      one_time_codes: 1,
      application_passcodes: 1,
      enrolment_codes: 1,
      links: 1,
      email_codes: 1,
      client_tokens: 1,
    });
    // Bob's code, the two of above; the sign-in from a new computer is told of, too.
    assert.ok(Number(mails) >= 3, String(mails));
  });

  it('has ended sessions and tokens on the server that runs', async () => {
    assert.equal(await isSignedIn(), false);
    const { refresh_token = '', access_token = '' } = signedIn.tokens;
    const refreshed = await token(webmail, { grant_type: 'refresh_token', refresh_token });
    assert.equal(refreshed.body['error'], 'invalid_grant');
    const headers = { authorization: `Bearer ${access_token}` };
    assert.equal((await fetch(`${server.issuer}/me`, { headers })).status, 401);
    assert.equal(await clientTokens(), 0);
  });

  it('has ended links', async () => {
    const page = await createHttpBrowser(server.issuer).open(
      new URL(`/set-password?token=${link}`, server.issuer),
    );
    assert.equal(page.status, 410);
  });

  it('has ended one-time codes', async () => {
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(webmail).url);
    const totp = await browser.submit(page, { login: alice.login, password: PASSWORD });
    const next = await browser.submit(totp, { code: String(alice.oneTimeCodes[0]) });
    assert.equal(stepOf(next), 'totp');
    assert.match(next.html, /This didn’t count as an attempt/u);
    const stored = await getPerson(store, alice.person.id);
    assert.equal(stored?.oneTimeCodes, null);
    assert.deepEqual(stored.passcodes, []);
  });

  it('has ended codes after a reset; without one nobody enrols all the same', async () => {
    const person = await getPerson(store, bob.person.id);
    assert.ok(person?.enrolmentCode);
    const judged = checkEnrolmentCode(server.vault, person, enrolmentCode, server.now());
    assert.equal(judged, 'expired');
  });

  it('has ended codes by mail', async () => {
    const { items } = await store.scan(signInCollection);
    const codes = items.flatMap(({ value }) => value.emailCodes);
    assert.equal(codes.length, 1);
    assert.ok(codes.every(({ expiresAt }) => expiresAt <= server.now()));
  });

  it('has dropped the mails that were waiting', async () => {
    const { items } = await store.scan(mailCollection);
    assert.ok(items.length > 0);
    for (const { value } of items) assert.deepEqual([value.state, value.sealed], ['expired', null]);
    assert.ok(items.some(({ id }) => id === ordered.id));
  });

  it('is recorded before and after', async () => {
    const { items } = await store.scan(auditCollection, { limit: 1000 });
    const told = items
      .map(({ value }) => value)
      .filter(({ type }) => type === 'everything.revoked')
      .toSorted((a, b) => a.at - b.at);
    assert.deepEqual(
      told.map(({ reasons, actor }) => [...reasons, actor]),
      [
        ['begun', 'operator'],
        ['finished', 'operator'],
      ],
    );
    assert.equal(told[1]?.details['people'], 2);
  });

  it('lets people sign in anew', async () => {
    const again = await signIn(webmail, { ...alice, code: () => alice.code(1) });
    assert.equal(again.claims.sub, alice.person.id);
  });
});
