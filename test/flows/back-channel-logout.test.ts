/** Relying apps are told of the end of sessions that their person did not end there (OIDC Back-Channel Logout 1.0). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { changePerson, personCollection } from '../../src/records/person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import { logoutCollection } from '../../src/oidc/logout/logout-queue.ts';
import { sessionCollection } from '../../src/records/session.ts';
import { startLogoutReceiver, type LogoutReceiver } from '../support/logout-receiver.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import {
  aliveOf,
  DEAD,
  newSession,
  present,
  sessionsOf,
  endSession,
  endOtherSessions,
  withdrawAccess,
} from '../support/sessions.ts';
import { signIn, silently } from '../support/sign-in.ts';
import { disablePerson } from '../support/operator.ts';

let server: PolicyServer;
let app: LogoutReceiver;
let webmail: Registration;
let calendar: Registration;
before(async () => {
  app = await startLogoutReceiver();
  server = await startPolicyServer({ LATCHKEY_OUTGOING_PRIVATE_ORIGINS: app.origin });
  const backchannelLogoutUri = app.uri;
  webmail = await server.addClient({ backchannelLogoutUri });
  calendar = await server.addClient({ name: 'Calendar', alg: 'ES256', backchannelLogoutUri });
});
after(async () => {
  await server.stop();
  app.close();
});

const newPerson = () => server.addPerson({}, { totp: true });
const deaf = (): Promise<Registration> => server.addClient({ name: 'Deaf' });

async function told(person: TestPerson, client = webmail): Promise<JWTPayload[]> {
  await server.settle();
  return app.verified(client, person.person.id);
}

async function endAll(person: TestPerson): Promise<number> {
  const who = await present(server, person.person.id);
  return endOtherSessions(server, who, '');
}

async function raiseEpoch({ person }: TestPerson): Promise<void> {
  await changePerson(server.store, person.id, (current) => ({
    set: endedBy(current, 'factor-added'),
    result: undefined,
  }));
}

describe('a session that is ended at the account page', () => {
  it('is told to each of its apps that wants to know, once, with its own sid', async () => {
    const person = await newPerson();
    const { browser, claims } = await newSession(server, webmail, person);
    const beside = await signIn(calendar, person, { browser });
    await signIn(await deaf(), person, { browser });
    const kept = await newSession(server, webmail, person);
    const first = (await sessionsOf(server, person)).find(({ apps }) => apps.length === 3);
    const who = await present(server, person.person.id);
    assert.equal(await endSession(server, who, first?.id ?? ''), true);

    const [token, ...more] = await told(person);
    assert.deepEqual(more, []);
    assert.equal(token?.sub, person.person.id);
    assert.equal(token?.['sid'], claims['sid']);
    assert.notEqual(token?.['sid'], kept.claims['sid']);
    const atCalendar = await told(person, calendar);
    const signedWith = app.tokens
      .filter((sent) => decodeJwt(sent).sub === person.person.id)
      .map((sent) => [decodeJwt(sent).aud, decodeProtectedHeader(sent).alg]);
    assert.deepEqual(Object.fromEntries(signedWith), {
      [webmail.clientId]: 'RS256',
      [calendar.clientId]: 'ES256',
    });
    assert.deepEqual(
      atCalendar.map(({ sid }) => sid),
      [beside.claims['sid']],
    );
    await server.settle();
    assert.equal((await told(person)).length, 1, 'and never again');
    assert.deepEqual(await server.eventsOf(person, 'logout.failed'), []);
  });

  it('leaves nothing behind that is due', async () => {
    const person = await newPerson();
    await newSession(server, webmail, person);
    await endAll(person);
    await told(person);
    const { items } = await server.store.find(sessionCollection, { index: 'postings', equals: 1 });
    assert.deepEqual(items, []);
    const due = await server.store.find(logoutCollection, { index: 'due', from: 0 });
    assert.deepEqual(due.items, []);
  });
});

describe('a new epoch', () => {
  const acts: [string, (person: TestPerson) => Promise<void>][] = [
    ['as a password, a factor or a role was changed', raiseEpoch],
    ['as the person is disabled', async ({ person }) => disablePerson(server.store, person.id)],
  ];
  for (const [what, act] of acts)
    it(`${what}, is told for every session that it ended`, async () => {
      const person = await newPerson();
      const sessions = [
        await newSession(server, webmail, person),
        await newSession(server, webmail, person),
      ];
      const bystander = await newPerson();
      await newSession(server, webmail, bystander);
      await act(person);
      const tokens = await told(person);
      assert.deepEqual(
        tokens.map(({ sid }) => sid).toSorted(),
        sessions.map(({ claims }) => claims['sid']).toSorted(),
      );
      assert.deepEqual(await told(bystander), []);
      const left = { index: 'person', equals: person.person.id };
      assert.deepEqual((await server.store.find(sessionCollection, left)).items, []);
      await server.settle();
      assert.equal((await told(person)).length, 2, 'and never again');
      const due = await server.store.find(personCollection, { index: 'appsToTell', equals: 1 });
      assert.deepEqual(due.items, []);
    });

  it('does not touch a session that begins under it', async () => {
    const person = await newPerson();
    await raiseEpoch(person);
    await newSession(server, webmail, person);
    assert.deepEqual(await told(person), []);
    assert.equal((await sessionsOf(server, person)).length, 1);
    await raiseEpoch(person);
    assert.equal((await told(person)).length, 1);
  });
});

describe('an app whose access is withdrawn', () => {
  it('is told that it is signed out, and no other one is', async () => {
    const person = await newPerson();
    const { browser, claims } = await newSession(server, webmail, person);
    await signIn(calendar, person, { browser });
    const who = await present(server, person.person.id);
    assert.ok(await withdrawAccess(server, who, webmail.clientId));
    assert.deepEqual(
      (await told(person)).map(({ sid }) => sid),
      [claims['sid']],
    );
    assert.deepEqual(await told(person, calendar), []);
  });

  it('is told though the session goes on and is written anew at once', async () => {
    const person = await newPerson();
    const { browser, claims } = await newSession(server, webmail, person);
    const who = await present(server, person.person.id);
    assert.ok(await withdrawAccess(server, who, webmail.clientId));
    assert.ok((await silently(await deaf(), browser)).callback.searchParams.has('code'));
    assert.deepEqual(
      (await told(person)).map(({ sid }) => sid),
      [claims['sid']],
    );
  });
});

describe('an app that fails', () => {
  /** Milliseconds to the second, third, … try. */
  const PAUSES = [5_000, 30_000, 120_000, 600_000, 1_800_000];

  it('stops no sign-out, and is told again until it takes it', async () => {
    app.answer.status = 503;
    const person = await newPerson();
    const signedIn = await newSession(server, webmail, person);
    assert.equal(await endAll(person), 1);
    assert.deepEqual(await aliveOf(webmail, signedIn), DEAD);
    assert.equal((await told(person)).length, 1);
    assert.equal((await told(person)).length, 1, 'not before the pause is over');
    server.clock.ahead += 5_000;
    assert.equal((await told(person)).length, 2);
    app.answer.status = 204;
    server.clock.ahead += 30_000;
    const tokens = await told(person);
    assert.equal(tokens.length, 3);
    assert.equal(new Set(tokens.map(({ jti }) => jti)).size, 3, 'each token is a new one');
    server.clock.ahead += 86_000_000;
    assert.equal((await told(person)).length, 3);
    const [event, ...more] = await server.eventsOf(person, 'logout.failed');
    assert.deepEqual(more, []);
    assert.deepEqual(
      [event?.client, event?.outcome, event?.reasons],
      [webmail.clientId, 'refused', ['tried again']],
    );
    assert.ok(server.output.some((line) => line.includes('back-channel logout failed')));
  });

  it('is given up in the end, which is recorded', async () => {
    app.answer.status = 500;
    const person = await newPerson();
    await newSession(server, webmail, person);
    await raiseEpoch(person);
    for (const [tries, pause] of PAUSES.entries()) {
      assert.equal((await told(person)).length, tries + 1);
      server.clock.ahead += pause;
    }
    assert.equal((await told(person)).length, 6);
    server.clock.ahead += 3_600_000;
    assert.equal((await told(person)).length, 6);
    app.answer.status = 200;
    const events = await server.eventsOf(person, 'logout.failed');
    assert.deepEqual(
      events.map(({ reasons }) => reasons[0]),
      ['tried again', 'given up'],
    );
  });

  it('when its person signs out there, is told again too', async () => {
    app.answer.status = 502;
    const person = await newPerson();
    const { browser, claims } = await newSession(server, webmail, person);
    const question = await browser.open(`${server.issuer}/session/end`);
    await browser.submit(question, { logout: 'yes' });
    assert.equal((await told(person)).length, 1);
    app.answer.status = 200;
    server.clock.ahead += 5_000;
    assert.deepEqual(
      (await told(person)).map(({ sid }) => sid),
      [claims['sid'], claims['sid']],
    );
    assert.equal((await server.eventsOf(person, 'logout.failed')).length, 1);
  });

  it('that sends the call elsewhere is not followed', async () => {
    app.answer.status = 307;
    const person = await newPerson();
    await newSession(server, webmail, person);
    await endAll(person);
    assert.equal((await told(person)).length, 1);
    app.answer.status = 200;
    assert.equal((await server.eventsOf(person, 'logout.failed')).length, 1);
  });

  it('is at a private address that nobody has listed: it is not called', async () => {
    const hidden = await startLogoutReceiver();
    const client = await server.addClient({ name: 'Hidden', backchannelLogoutUri: hidden.uri });
    const person = await newPerson();
    const { browser } = await newSession(server, client, person);
    await endAll(person);
    await server.settle();
    assert.equal(hidden.connections(), 0, 'not a packet was sent');
    assert.deepEqual(hidden.tokens, []);
    assert.equal((await server.eventsOf(person, 'logout.failed')).length, 1);
    const { callback } = await silently(client, browser);
    assert.equal(callback.searchParams.get('error'), 'login_required');
    hidden.close();
  });
});
