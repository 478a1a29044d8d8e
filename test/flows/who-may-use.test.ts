/** An app that an organisation opens to some of its groups: at every door, and at the next use. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import type { OrganisationApps } from '../../src/operations/organisations/organisation-apps.ts';
import { groupCollection } from '../../src/records/group.ts';
import { getOrganisation } from '../../src/records/organisation.ts';
import { changePerson } from '../../src/records/person.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { valueOf } from '../../src/result.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { NO_NOTICES, NO_RELAY } from '../support/operator.ts';
import { givePasscode } from '../support/passcodes.ts';
import { exchange, post, token, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { afterPassword } from '../support/factors.ts';
import { signIn, silently, stepOf, toCallback, type SignedIn } from '../support/sign-in.ts';
import { createHttpBrowser } from '../support/http-browser.ts';

let server: TestServer;
let wiki: Registration;
let person: TestPerson;
before(async () => {
  server = await startTestServer();
  // A dot, as ids may have: it is a key in the organisation's document.
  const scopes = ['openid', 'profile', 'email', 'groups'];
  wiki = await server.addClient({ id: 'wiki.app', name: 'Wiki', offlineAccess: true, scopes });
  for (const [id, organisation] of [
    ['staff', 'acme'],
    ['it', 'acme'],
    ['theirs', 'globex'],
  ] as const)
    await server.store.insert(groupCollection, id, {
      id,
      organisation,
      name: id,
      description: '',
      createdAt: 1,
    });
});
after(() => server.stop());
beforeEach(async () => {
  await server.setOrganisation({ apps: {}, appsAdmitted: {} });
  person = await server.addPerson({}, { totp: true });
  await groupsOf(['staff']);
});

/** The library dates what it issues by the real time, to the second. */
const before5s = (): number => Date.now() - 5000;
const groupsOf = (groups: string[]) =>
  changePerson(server.store, person.person.id, () => ({ set: { groups }, result: undefined }));

/** Seen by every process half a second later. */
async function open(groups: string[] | null, client = wiki.clientId, at?: number): Promise<void> {
  await set([{ client, groups }], at).then(valueOf);
  server.clock.ahead += 1000;
}
const set = (apps: OrganisationApps, at = before5s(), id = 'acme') =>
  changeOrganisation(server, performedByOperator(at), id, { apps });
const codeOf = async (result: ReturnType<typeof set>): Promise<string> => {
  const done = await result;
  return done.ok ? 'done' : done.problem.code;
};

/** Token, refresh, userinfo, introspection and a silent sign-in: does each of them work? */
async function doors({ tokens, browser }: SignedIn): Promise<boolean[]> {
  const { access_token: access = '', refresh_token: refresh = '' } = tokens;
  const userinfo = await fetch(`${server.issuer}/me`, {
    headers: { authorization: `Bearer ${access}` },
  });
  const looked = await post(wiki, '/token/introspection', { token: access });
  const { callback } = await silently(wiki, browser);
  const refreshed = await token(wiki, { grant_type: 'refresh_token', refresh_token: refresh });
  return [
    userinfo.status === 200,
    String(looked.body['active']) === 'true',
    callback.searchParams.has('code'),
    refreshed.status === 200,
  ];
}
const ALL = [true, true, true, true];
const NONE = [false, false, false, false];

describe('an app that is open to groups of an organisation', () => {
  it('lets those in, and shuts the others out with a page that says so', async () => {
    await open(['it']);
    const { browser, page } = await afterPassword(wiki, person);
    assert.equal(stepOf(page), 'not-open');
    assert.equal(page.status, 403);
    assert.match(page.html, /In Acme, this app is open to some people only/u);
    const back = await browser.submit(page, {});
    assert.equal(back.url.searchParams.get('error'), 'access_denied');
    await open(['it', 'staff']);
    assert.deepEqual(await doors(await signIn(wiki, person)), ALL);
  });

  it('ends what was issued when they are shut out, and it stays ended', async () => {
    const signedIn = await signIn(wiki, person, { params: { scope: 'openid offline_access' } });
    await open(['it'], undefined, Date.now() + 2000);
    assert.deepEqual(await doors(signedIn), NONE);
    await open(null, undefined, Date.now() + 2000);
    // The session was never the app’s: another code is to be had.
    assert.deepEqual(await doors(signedIn), [false, false, true, false]);
  });

  it('ends for who loses the group, and for everybody of a group that goes', async () => {
    await open(['staff']);
    const first = await signIn(wiki, person);
    assert.deepEqual(await doors(first), ALL);
    await groupsOf([]);
    assert.deepEqual(await doors(first), NONE);
    await groupsOf(['staff']);
    const second = await signIn(wiki, await again());
    const group = await server.store.get(groupCollection, 'staff');
    assert.ok(group);
    await server.store.put(groupCollection, 'staff', { ...group, removedAt: 1 });
    server.clock.ahead += 1000;
    assert.deepEqual(await doors(second), NONE);
    await server.store.put(groupCollection, 'staff', group);
    server.clock.ahead += 1000;
  });

  it('stays ended for who loses the group and is put back into it, or into another one', async () => {
    await open(['staff', 'it']);
    const params = { scope: 'openid offline_access' };
    const first = await signIn(wiki, person, { params });
    await change({ removeGroups: ['staff'] });
    assert.deepEqual(await doors(first), NONE);
    // The session was never the app’s: another code is to be had.
    const left = [false, false, true, false];
    await change({ addGroups: ['staff'] });
    assert.deepEqual(await doors(first), left);
    await change({ removeGroups: ['staff'] });
    await change({ addGroups: ['it'] });
    assert.deepEqual(await doors(first), left);
    await open(null, undefined, Date.now() + 2000);
    assert.deepEqual(await doors(first), left);
  });

  it('is ended by no group that it is not open to, nor by one that is given and taken again', async () => {
    await open(['staff']);
    const first = await signIn(wiki, person);
    await change({ addGroups: ['it'] });
    await change({ removeGroups: ['it'] });
    assert.deepEqual(await doors(first), ALL);
  });

  const change = async (input: PersonUpdate): Promise<void> => {
    const parts = { ...server, relay: NO_RELAY, notices: NO_NOTICES };
    const performed = performedByOperator(Date.now() + 2000);
    await updatePerson(parts, performed, person.person.id, input).then(valueOf);
  };
  /** The same code is not taken twice. */
  const again = async (): Promise<TestPerson> => {
    server.clock.ahead += 60_000;
    return person;
  };

  it('is asked for its organisation and each group once in a request', async () => {
    await open(['staff']);
    const params = { scope: 'openid email groups' };
    const { tokens } = await signIn(wiki, person, { params });
    server.clock.ahead += 1000;
    const reads: string[] = [];
    const { get, getMany } = server.store;
    const note = (kind: string, id: string) => {
      if (['organisation', 'group'].includes(kind)) reads.push(`${kind} ${id}`);
    };
    const counting: typeof get = (kind, id) => {
      note(kind.name, id);
      return Reflect.apply(get, server.store, [kind, id]);
    };
    const countingMany: typeof getMany = (kind, ids) => {
      for (const id of ids) note(kind.name, id);
      return Reflect.apply(getMany, server.store, [kind, ids]);
    };
    Object.assign(server.store, { get: counting, getMany: countingMany });
    const headers = { authorization: `Bearer ${tokens['access_token']}` };
    const answer = await fetch(`${server.issuer}/me`, { headers });
    Object.assign(server.store, { get, getMany });
    assert.equal(answer.status, 200);
    assert.deepEqual(reads.toSorted(), ['group staff', 'organisation acme']);
  });

  it('redeems no code of somebody who was shut out meanwhile', async () => {
    const browser = createHttpBrowser(server.issuer);
    const { asked, callback } = await toCallback(wiki, person, browser);
    await open(['it']);
    assert.equal((await exchange(wiki, asked, callback)).body['error'], 'invalid_grant');
  });

  it('is the mail server too, by the protocols that it is registered for', async () => {
    const dovecot = await server.addClient({ name: 'Dovecot', kind: 'mail', redirectUris: [] });
    const letters = await givePasscode(server, person.person);
    const ask = async (service = 'imap'): Promise<number> => {
      const { clientId: client_id, clientSecret: client_secret } = dovecot;
      const form = { grant_type: 'password', username: person.login, password: letters };
      const answer = await fetch(`${server.issuer}/mail/passcode`, {
        method: 'POST',
        headers: { 'x-dovecot-auth-service': service },
        body: new URLSearchParams({ ...form, client_id, client_secret }),
      });
      return answer.status;
    };
    assert.equal(await ask(), 200);
    await open(['it'], dovecot.clientId);
    assert.equal(await ask(), 400);
    await open(['staff'], dovecot.clientId);
    assert.equal(await ask(), 200);
    await byOperator(server).changeClient(dovecot.clientId, { protocols: ['smtp'] });
    server.clock.ahead += 1000;
    assert.equal(await ask(), 400);
    assert.equal(await ask('other'), 400);
  });
});

describe('what an organisation says of an app', () => {
  it('is of its own groups, and of apps that are open to it', async () => {
    const theirs = await server.addClient({ name: 'Theirs', organisations: ['globex'] });
    const say = (client: string, ...groups: string[]) => codeOf(set([{ client, groups }]));
    assert.equal(await say(wiki.clientId, 'theirs'), 'group-unknown');
    assert.equal(await say(wiki.clientId, 'nobody'), 'group-unknown');
    assert.equal(await say(theirs.clientId, 'it'), 'client-unknown');
    assert.equal(await say('nowhere', 'it'), 'client-unknown');
    assert.equal(await say('latchkey-account', 'it'), 'client-built-in');
    assert.equal(await say('__proto__', 'it'), 'client-unknown');
    const many = Array.from({ length: 201 }, (_, nth) => `${nth}`);
    const apps = Object.fromEntries(many.slice(1).map((id) => [id, ['it']]));
    await server.setOrganisation({ apps });
    assert.equal(await say(wiki.clientId, 'it'), 'organisation-apps');
    await server.setOrganisation({ apps: {} });
  });

  it('goes with the client', async () => {
    const gone = await server.addClient({ name: 'Gone' });
    await open(['it'], gone.clientId);
    assert.ok((await getOrganisation(server.store, 'acme'))?.apps[gone.clientId]);
    await byOperator(server).removeClient(gone.clientId);
    const left = await getOrganisation(server.store, 'acme');
    assert.deepEqual(
      [left?.apps[gone.clientId], left?.appsAdmitted?.[gone.clientId]],
      [undefined, undefined],
    );
  });

  it('of two at once is both', async () => {
    const [one, other] = [await server.addClient(), await server.addClient()];
    await Promise.all(
      [one, other].map(({ clientId }) => set([{ client: clientId, groups: ['it'] }])),
    );
    const { apps } = (await getOrganisation(server.store, 'acme')) ?? {};
    assert.deepEqual([apps?.[one.clientId], apps?.[other.clientId]], [['it'], ['it']]);
  });
});
