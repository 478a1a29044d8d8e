/** A session that is ended at one process, or outside of all, is over at every process with the next request. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { storeOptions } from '../../src/storage/options.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { startLogoutReceiver, type LogoutReceiver } from '../support/logout-receiver.ts';
import { raceInTwo } from '../support/race.ts';
import type { Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import {
  ALIVE,
  aliveOf,
  DEAD,
  newSession,
  present,
  sessionsOf,
  endSession,
  withdrawAccess,
} from '../support/sessions.ts';
import type { SessionRace } from './session-racer.ts';

const RACER = new URL('./session-racer.ts', import.meta.url);

let app: LogoutReceiver;
let cluster: TestCluster;
let webmail: Registration;
before(async () => {
  app = await startLogoutReceiver();
  const env = { LATCHKEY_OUTGOING_PRIVATE_ORIGINS: app.origin };
  cluster = await startCluster({ processes: 2, env });
  webmail = await cluster.addClient({ backchannelLogoutUri: app.uri });
});
after(async () => {
  await cluster.stop();
  app.close();
});

const two = <T>(value: T): T[] => [value, value];

async function signedIn() {
  const person = await cluster.addPerson({}, { totp: true });
  const held = await newSession(cluster, webmail, person);
  const alive = () => cluster.everywhere(() => aliveOf(webmail, held));
  return { person, held, alive };
}

async function onlyId(person: TestPerson): Promise<string> {
  const [session] = await sessionsOf(cluster, person);
  assert.ok(session);
  return session.id;
}

async function sidsOf({ person }: TestPerson, times: number): Promise<unknown[]> {
  await app.sent(person.id, times);
  return (await app.verified(webmail, person.id)).map(({ sid }) => sid);
}

describe('what is over everywhere at once', () => {
  it('a session that is ended, of which the app is told once', async () => {
    const { person, held, alive } = await signedIn();
    assert.deepEqual(await alive(), two(ALIVE));
    const who = await present(cluster, person.person.id);
    const id = await onlyId(person);
    assert.equal(await endSession(cluster, who, id), true);
    assert.deepEqual(await alive(), two(DEAD));
    assert.deepEqual(await sidsOf(person, 1), [held.claims['sid']]);
  });

  it('the access of an app', async () => {
    const { person, held, alive } = await signedIn();
    assert.deepEqual(await alive(), two(ALIVE));
    const who = await present(cluster, person.person.id);
    const client = webmail.clientId;
    assert.equal(await withdrawAccess(cluster, who, client), true);
    const { access, refresh } = (await alive())[0]!;
    assert.deepEqual([access, refresh], [false, false]);
    assert.deepEqual(await sidsOf(person, 1), [held.claims['sid']]);
  });

  it('everything of a person whom the command line disables', async () => {
    const { person, held, alive } = await signedIn();
    const ran = await cluster.run(['user', 'disable', '--yes', person.login]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(await alive(), two(DEAD));
    assert.deepEqual(await sidsOf(person, 1), [held.claims['sid']]);
  });
});

describe('two processes that end the same session at once', () => {
  it('end it once, and tell it once', async () => {
    const { person, held, alive } = await signedIn();
    const order: SessionRace = {
      store: storeOptions(cluster.config.store),
      key: (await readFile(cluster.env['LATCHKEY_ENCRYPTION_KEY_FILE'] ?? '', 'utf8')).trim(),
      now: cluster.now(),
      person: person.person.id,
      session: await onlyId(person),
      times: 20,
    };
    const verdicts = (await raceInTwo<boolean[]>(RACER, order)).flat();
    assert.equal(verdicts.length, 40);
    assert.equal(verdicts.filter(Boolean).length, 1);
    assert.deepEqual(await alive(), two(DEAD));
    assert.deepEqual(await sidsOf(person, 1), [held.claims['sid']]);
    assert.equal((await cluster.recorded(person))['session.ended'], 1);
  });
});
