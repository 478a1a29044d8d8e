/** A person's sessions: listed, and ended one by one or all but one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changePerson } from '../../src/records/person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import { sessionKey, sessionCollection } from '../../src/records/session.ts';
import { listApps } from '../../src/operations/account/apps.ts';
import { assertAt, memberOf } from '../support/account.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';
import { authorize, exchange, type Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import {
  ALIVE,
  DEAD,
  aliveOf,
  newSession,
  present,
  sessionsOf,
  endSession,
  endOtherSessions,
} from '../support/sessions.ts';
import { silently, toCallback } from '../support/sign-in.ts';

const MINUTE = 60_000;

let server: PolicyServer;
let webmail: Registration;
let calendar: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient({ offlineAccess: true });
  calendar = await server.addClient({ name: 'Calendar' });
});
after(() => server.stop());

const newPerson = () => server.addPerson({}, { totp: true });
const end = async ({ person }: TestPerson, id: string): Promise<boolean> =>
  endSession(server, await present(server, person.id), id);

/** The key of the one session of the person. */
async function onlyId(person: TestPerson): Promise<string> {
  const [session, ...others] = await sessionsOf(server, person);
  assert.ok(session && others.length === 0);
  return session.id;
}

describe('the list of sessions', () => {
  it('says browser, network, times and apps, and which one asks', async () => {
    const person = await newPerson();
    const first = await newSession(server, webmail, person);
    const firstAt = server.now();
    const firstId = await onlyId(person);
    server.clock.ahead += 10 * MINUTE;
    assert.ok((await silently(calendar, first.browser)).callback.searchParams.has('code'));
    const usedAt = server.now();
    server.clock.ahead += MINUTE;
    await newSession(server, webmail, person);

    const [second, one, ...others] = await sessionsOf(server, person);
    assert.ok(second && one);
    assert.deepEqual(others, []);
    assert.equal(one.id, firstId);
    assert.equal(one.browser, 'Firefox on Windows');
    assert.equal(one.address, '127.0.0.1');
    assert.ok(Math.abs(one.signedInAt - firstAt) < MINUTE / 2, String(one.signedInAt - firstAt));
    assert.ok(Math.abs(one.lastUsedAt - usedAt) < MINUTE / 2, String(one.lastUsedAt - usedAt));
    assert.deepEqual(one.apps.toSorted(), ['Calendar', 'Webmail']);
    assert.deepEqual(second.apps, ['Webmail']);
    assert.deepEqual([second.current, one.current], [false, false]);

    const { payload } = (await server.store.get(sessionCollection, one.id)) ?? {};
    const uid = String(payload?.uid);
    assert.equal(sessionKey(server.vault, uid), one.id);
    const seen = await sessionsOf(server, person, uid);
    assert.deepEqual(
      seen.map(({ id, current }) => [id, current]),
      [
        [second.id, false],
        [one.id, true],
      ],
    );
    assert.ok(!JSON.stringify(seen).includes(uid));
    for (const cookie of first.browser.cookieValues())
      assert.ok(!JSON.stringify(seen).includes(cookie));
  });

  it('counts the account pages as no app', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    const page = await memberOf(server, person, browser).open('/account');
    assertAt(page, '/account');
    const [session] = await sessionsOf(server, person);
    assert.deepEqual(session?.apps, ['Webmail']);
    const apps = await listApps(server, await present(server, person.person.id));
    assert.deepEqual(
      apps.map(({ name }) => name),
      ['Webmail'],
    );
  });

  it('writes the last use down no more often than every five minutes', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    const id = await onlyId(person);
    const written = async () => (await server.store.get(sessionCollection, id))?.usedAt;
    const begun = await written();
    for (let minute = 0; minute < 4; minute += 1) {
      server.clock.ahead += MINUTE;
      await silently(webmail, browser);
      assert.equal(await written(), begun);
    }
    server.clock.ahead += 2 * MINUTE;
    await silently(webmail, browser);
    assert.ok(((await written()) ?? 0) - (begun ?? 0) > 5 * MINUTE);
  });

  it('goes on telling the last use when the end of the session does not move any more', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    for (let hour = 0; hour < 20; hour += 5) {
      server.clock.ahead += 5 * 60 * MINUTE;
      assert.ok((await silently(webmail, browser)).callback.searchParams.has('code'));
    }
    server.clock.ahead += 30 * MINUTE;
    await silently(webmail, browser);
    const [session] = await sessionsOf(server, person);
    assert.ok(server.now() - (session?.lastUsedAt ?? 0) < 5 * MINUTE);
  });

  it('has none of another person, none that was signed out of, expired or is of an older epoch', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    await newSession(server, webmail, other);
    assert.deepEqual(await sessionsOf(server, person), []);
    const { browser } = await newSession(server, webmail, person);
    const question = await browser.open(`${server.issuer}/session/end`);
    await browser.submit(question, { logout: 'yes' });
    assert.deepEqual(await sessionsOf(server, person), []);

    await newSession(server, webmail, person);
    await changePerson(server.store, person.person.id, (current) => ({
      set: endedBy(current, 'factor-added'),
      result: undefined,
    }));
    assert.deepEqual(await sessionsOf(server, person), []);

    await newSession(server, webmail, person);
    assert.equal((await sessionsOf(server, person)).length, 1);
    server.clock.ahead += 9 * 60 * MINUTE;
    assert.deepEqual(await sessionsOf(server, person), []);
  });
});

describe('ending a session', () => {
  it('ends its browser, its tokens and what would outlive it, and no other one', async () => {
    const person = await newPerson();
    const kept = await newSession(server, webmail, person);
    const keptId = await onlyId(person);
    const lost = await newSession(server, webmail, person);
    const issued = await silently(webmail, lost.browser);
    const lostId = (await sessionsOf(server, person)).find(({ id }) => id !== keptId)?.id ?? '';
    assert.deepEqual(await aliveOf(webmail, lost), ALIVE);

    assert.equal(await end(person, lostId), true);
    assert.deepEqual(await aliveOf(webmail, lost), DEAD);
    assert.equal((await exchange(webmail, issued.asked, issued.callback)).status, 400);
    assert.deepEqual(await aliveOf(webmail, kept), ALIVE);
    assert.equal(await onlyId(person), keptId);

    assert.equal(await end(person, lostId), false, 'it is over');
    const [event, ...more] = await server.eventsOf(person, 'session.ended');
    assert.deepEqual(more, []);
    assert.deepEqual(event?.details, { browser: 'Firefox on Windows' });
    assert.equal(event?.address, '203.0.113.9');
  });

  it('ends refresh tokens of `offline_access` with it', async () => {
    const person = await newPerson();
    const browser = (await newSession(server, webmail, person)).browser;
    const asked = { scope: 'openid offline_access', prompt: 'consent' };
    const request = authorize(webmail, asked);
    const back = await browser.submit(await browser.open(request.url), { decision: 'allow' });
    const { body: tokens } = await exchange(webmail, request, back.url);
    assert.match(String(tokens['scope']), /offline_access/u);
    assert.deepEqual(await aliveOf(webmail, { browser, tokens }), ALIVE);
    assert.equal(await end(person, await onlyId(person)), true);
    assert.deepEqual(await aliveOf(webmail, { browser, tokens }), DEAD);
  });

  it('of another person, or none, is refused and changes nothing', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const signedIn = await newSession(server, webmail, other);
    const id = await onlyId(other);
    for (const wrong of [id, 'A'.repeat(43), 'x', '', `${id}\u0000`, '../'.repeat(80)])
      assert.equal(await end(person, wrong), false);
    assert.deepEqual(await aliveOf(webmail, signedIn), ALIVE);
    assert.deepEqual(await server.eventsOf(other, 'session.ended'), []);
    assert.deepEqual(await server.eventsOf(person, 'session.ended'), []);
  });

  it('twenty times at once is once', async () => {
    const person = await newPerson();
    await newSession(server, webmail, person);
    const id = await onlyId(person);
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => end(person, id)));
    assert.equal(verdicts.filter(Boolean).length, 1);
    assert.equal((await server.eventsOf(person, 'session.ended')).length, 1);
  });

  it('is not undone by authorizations that were under way', async () => {
    const person = await newPerson();
    const signedIn = await newSession(server, webmail, person);
    const id = await onlyId(person);
    const apps = await Promise.all(
      Array.from({ length: 6 }, (_, at) => server.addClient({ name: `Beside ${at}` })),
    );
    const [ended] = await Promise.all([
      end(person, id),
      ...apps.map((app) => silently(app, signedIn.browser)),
    ]);
    assert.equal(ended, true);
    assert.deepEqual(await aliveOf(webmail, signedIn), DEAD);
    await server.settle();
    assert.deepEqual(await sessionsOf(server, person), []);
    assert.deepEqual((await server.store.get(sessionCollection, id))?.ended, true);
  });

  it('leaves the browser free to sign in again', async () => {
    const person = await newPerson();
    const { browser } = await newSession(server, webmail, person);
    const id = await onlyId(person);
    assert.equal(await end(person, id), true);
    server.clock.ahead += 30_000;
    await toCallback(webmail, person, browser);
    assert.notEqual(await onlyId(person), id);
    const proofs = (await server.store.get(sessionCollection, id))?.proofs ?? [];
    assert.deepEqual(proofs, [], 'nothing is proven in the one that has ended');
  });
});

describe('ending all others', () => {
  it('keeps the one that asks', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const mine = await newSession(server, webmail, person);
    const mineId = await onlyId(person);
    const { payload } = (await server.store.get(sessionCollection, mineId)) ?? {};
    const uid = String(payload?.uid);
    const others = [];
    while (others.length < 3) others.push(await newSession(server, webmail, person));
    const foreign = await newSession(server, webmail, other);

    const endOthers = async () =>
      endOtherSessions(server, await present(server, person.person.id), uid);
    assert.equal(await endOthers(), 3);
    for (const one of others) assert.deepEqual(await aliveOf(webmail, one), DEAD);
    assert.deepEqual(await aliveOf(webmail, mine), ALIVE);
    assert.deepEqual(await aliveOf(webmail, foreign), ALIVE);
    assert.equal(await onlyId(person), mineId);
    assert.equal(await endOthers(), 0);
  });
});
