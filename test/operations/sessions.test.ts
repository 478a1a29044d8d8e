/** Ending sessions, taking apps' access away, and everything at once: each write tells of what it ends. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { grantKey } from '../../src/oidc/adapters/adapter-parts.ts';
import { grantCollection, type StoredModel } from '../../src/records/stored-model.ts';
import { consentCollection, consentId, type Consent } from '../../src/records/consent.ts';
import { endEverything } from '../../src/operations/account/end-everything.ts';
import {
  endOtherSessions,
  endSession,
  signOut,
} from '../../src/operations/account/end-sessions.ts';
import { livingSessions } from '../../src/operations/account/sessions.ts';
import { withdrawAccess } from '../../src/operations/account/withdraw-access.ts';
import { getPerson, personCollection, type Person } from '../../src/records/person.ts';
import { sessionCollection, sessionKey } from '../../src/records/session.ts';
import {
  openOperationParts,
  performedBy,
  problemOf,
  type OperationParts,
} from '../support/operation-parts.ts';
import { timesAtOnce } from '../support/race.ts';

let parts: OperationParts;
let alice: Person;
before(async () => {
  parts = await openOperationParts();
});
after(() => parts.close());
beforeEach(async () => {
  alice = await parts.person();
});

let made = 0;
/** A session of Alice's that is signed in to those apps; its `uid`, and the key that it is kept by. */
async function session(apps: readonly string[] = []): Promise<{ uid: string; id: string }> {
  made += 1;
  const uid = `uid${made}`;
  const id = sessionKey(parts.vault, uid);
  const states = apps.map((app) => [app, { sid: `${uid} ${app}`, grantId: `${uid} ${app}` }]);
  const payload = { uid, accountId: alice.id, authorizations: Object.fromEntries(states) };
  const signedIn = { at: 1, browser: `Browser ${made}`, address: '' };
  const kept = { jti: uid, epoch: 1, proofs: [], signedIn, payload };
  await parts.store.insert(sessionCollection, id, kept);
  for (const app of apps) await grant(`${uid} ${app}`, app);
  parts.writes.length = 0;
  return { uid, id };
}

/** Without a session: access while the person is signed out. */
async function grant(grantId: string, clientId: string): Promise<string> {
  const id = grantKey(parts.vault, grantId);
  const kept: StoredModel = { epoch: 1, payload: { accountId: alice.id, clientId } };
  await parts.store.insert(grantCollection, id, kept);
  parts.writes.length = 0;
  return id;
}

async function consent(client: string): Promise<string> {
  const id = consentId(alice.id, client);
  const times = { grantedAt: 1, updatedAt: 1, epoch: 1, registration: null };
  const what = { scopes: ['openid'], claims: [] };
  const kept: Consent = { id: 'c', person: alice.id, client, ...what, ...times };
  await parts.store.insert(consentCollection, id, kept);
  parts.writes.length = 0;
  return id;
}

const by = (fields = {}) => performedBy(alice, parts, fields);
const living = async () => (await livingSessions(parts.store, alice)).map(({ id }) => id);
const told = async (type: Parameters<OperationParts['told']>[0]) => {
  const { events, mails } = await parts.told(type);
  return { events: events.filter(({ person }) => person === alice.id), mails: mails.length };
};

describe('ending a session', () => {
  it('is one write, which carries its event, its mail and what the app is told', async () => {
    const { id } = await session(['webmail']);
    const ended = await endSession(parts, by(), alice, id);
    assert.deepEqual(ended, { ok: true, value: { browser: `Browser ${made}` } });
    const riding = await parts.riding(sessionCollection, id);
    assert.deepEqual(riding, ['session.ended', 'account-changed', 'logout']);
    assert.deepEqual(
      parts.writes.filter((kind) => kind === 'person'),
      [],
    );
    assert.deepEqual(await living(), []);
    assert.equal(problemOf(await endSession(parts, by(), alice, id)), 'not-found');
  });

  it('is refused without a fresh proof, and to anybody else', async () => {
    const { id } = await session();
    const bob = await parts.person();
    assert.equal(
      problemOf(await endSession(parts, by({ fresh: false }), alice, id)),
      'fresh-factor-needed',
    );
    const byBob = performedBy(bob, parts);
    assert.equal(problemOf(await endSession(parts, byBob, alice, id)), 'not-allowed');
    assert.equal(problemOf(await endSession(parts, byBob, bob, id)), 'not-found');
    assert.equal(problemOf(await endOtherSessions(parts, byBob, alice, '')), 'not-allowed');
    assert.deepEqual(parts.writes, []);
    assert.deepEqual(await living(), [id]);
  });

  it('of all others leaves the one that asks, and sends one mail for all of them', async () => {
    const here = await session();
    const others = [await session(), await session(), await session()];
    const { mails } = await told('session.ended');
    const ended = await endOtherSessions(parts, by(), alice, here.uid);
    assert.deepEqual(ended, { ok: true, value: { count: 3 } });
    for (const { id } of others)
      assert.deepEqual(await parts.riding(sessionCollection, id), [
        'session.ended',
        'account-changed',
      ]);
    const after = await told('session.ended');
    assert.deepEqual([after.events.length, after.mails - mails], [3, 1]);
    assert.deepEqual(await living(), [here.id]);
    const none = await endOtherSessions(parts, by(), alice, here.uid);
    assert.deepEqual(none, { ok: true, value: { count: 0 } });
    assert.equal((await told('session.ended')).mails - mails, 1);
  });

  it('of the browser at hand needs no fresh proof, and no mail tells of it', async () => {
    const { id, uid } = await session();
    assert.ok((await signOut(parts, by({ fresh: false }), alice, uid)).ok);
    assert.deepEqual(await parts.riding(sessionCollection, id), ['session.ended']);
    const byBob = performedBy(await parts.person(), parts);
    assert.equal(problemOf(await signOut(parts, byBob, alice, uid)), 'not-allowed');
  });
});

describe('withdrawing the access of an app', () => {
  const withdraw = (client: string, fields = {}) =>
    withdrawAccess(parts, by(fields), alice, client);
  const there = async (id: string) => (await parts.store.get(grantCollection, id)) !== undefined;

  it('tells with the consent, and with every session that it leaves, and once in the end', async () => {
    const kept = await consent('partner');
    const { id } = await session(['partner', 'webmail']);
    const { mails } = await told('access.withdrawn');
    assert.ok((await withdraw('partner')).ok);
    const riding = ['access.withdrawn', 'account-changed'];
    assert.deepEqual(await parts.riding(consentCollection, kept), riding);
    assert.deepEqual(await parts.riding(sessionCollection, id), [...riding, 'logout']);
    assert.ok(!parts.writes.includes('person'));
    const after = await told('access.withdrawn');
    assert.deepEqual([after.events.length, after.mails - mails], [1, 1]);
    const [left] = await livingSessions(parts.store, alice);
    assert.deepEqual(Object.keys(left?.session.payload.authorizations ?? {}), ['webmail']);
    assert.equal(problemOf(await withdraw('partner')), 'not-found', 'it has none any more');
  });

  it('tells before a grant goes that nothing else tells of', async () => {
    const id = await grant('offline', 'calendar');
    assert.ok((await withdraw('calendar')).ok);
    assert.deepEqual(parts.writes, ['person', 'grant']);
    const riding = await parts.riding(personCollection, alice.id);
    assert.deepEqual(riding, ['access.withdrawn', 'account-changed']);
    assert.equal(await there(id), false);
  });

  it('is refused without a fresh proof, to anybody else, and for what has none', async () => {
    const id = await grant('kept', 'files');
    const bob = await parts.person();
    assert.equal(problemOf(await withdraw('files', { fresh: false })), 'fresh-factor-needed');
    const byBob = performedBy(bob, parts);
    assert.equal(problemOf(await withdrawAccess(parts, byBob, alice, 'files')), 'not-allowed');
    assert.equal(problemOf(await withdrawAccess(parts, byBob, bob, 'files')), 'not-found');
    assert.equal(problemOf(await withdraw('latchkey-account')), 'not-found');
    assert.deepEqual(parts.writes, []);
    assert.ok(await there(id));
  });
});

describe('“This wasn’t me”', () => {
  it('is one write of the person, which carries its event and its mail, each time', async () => {
    const answers = await timesAtOnce(2, () => endEverything(parts, by(), alice));
    const epochs = answers.map((one) => (one.ok ? one.value.epoch : 0));
    assert.deepEqual(epochs.toSorted(), [2, 3]);
    assert.deepEqual(parts.writes, ['person', 'person']);
    const each = ['everything.ended', 'account-changed'];
    assert.deepEqual(await parts.riding(personCollection, alice.id), [...each, ...each]);
  });

  it('is refused without a fresh proof, and to anybody else', async () => {
    const byBob = performedBy(await parts.person(), parts);
    const stale = await endEverything(parts, by({ fresh: false }), alice);
    assert.equal(problemOf(stale), 'fresh-factor-needed');
    assert.equal(problemOf(await endEverything(parts, byBob, alice)), 'not-allowed');
    assert.deepEqual(parts.writes, []);
    assert.equal((await getPerson(parts.store, alice.id))?.epoch, 1);
  });
});
