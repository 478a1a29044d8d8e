/** One set-up, finished 50 times at once by each of two processes: active once, with one set of one-time codes. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { addPerson, getPerson, type Person } from '../../src/accounts/person.ts';
import { pendingAuthenticator } from '../../src/factors/totp-enrolment.ts';
import { openSecret } from '../../src/factors/totp.ts';
import { KINDS } from '../../src/kinds.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { codeOf } from '../support/server.ts';
import type { EnrolmentRace } from './enrolment-racer.ts';

const NOW = 1_800_000_000_000;
const RACER = new URL('./enrolment-racer.ts', import.meta.url);
const bytes = randomBytes(32);
const vault = createVault([vaultKey(bytes)]);

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-race-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const path = join(folder, 'race.db');
  const store = await openStore({ engine: 'sqlite', path }, KINDS, { now: () => NOW });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const newPerson = (store: Store, login: string): Promise<Person> =>
  addPerson(store, { organisation: 'acme', login, email: `${login}@acme.test`, name: login }, NOW);

/** How often each verdict was given. */
async function race(person: Person, totp?: EnrolmentRace['totp']): Promise<object> {
  const { id, epoch } = person;
  const order: EnrolmentRace = {
    path: join(folder, 'race.db'),
    key: bytes.toString('base64url'),
    now: NOW,
    times: 50,
    person: { id, epoch },
    ...(totp ? { totp } : {}),
  };
  const racers = [fork(RACER), fork(RACER)];
  for (const racer of racers) racer.send(order);
  await Promise.all(racers.map((racer) => once(racer, 'message')));
  const results = racers.map((racer) => once(racer, 'message') as Promise<[string[]]>);
  for (const racer of racers) racer.send('go');
  const verdicts = (await Promise.all(results)).flatMap(([list]) => list);
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

async function afterRace({ id }: Person): Promise<Person> {
  const found = await withStore((store) => getPerson(store, id));
  assert.ok(found);
  return found;
}

describe('finished 50 times at once by each of two processes', () => {
  it('an authenticator is activated once, by the one use of its code', async () => {
    const { person, totp } = await withStore(async (store) => {
      const made = await newPerson(store, 'alice');
      const pending = await pendingAuthenticator({ store, vault }, made, false, NOW);
      assert.ok(pending);
      const code = codeOf(await openSecret(vault, pending), NOW);
      return { person: made, totp: { pendingId: pending.id, code } };
    });
    const {
      accepted,
      used = 0,
      replaced = 0,
      ...other
    } = (await race(person, totp)) as Record<string, number>;
    assert.deepEqual([accepted, used + replaced, other], [1, 99, {}]);
    const after_ = await afterRace(person);
    assert.deepEqual(
      after_.authenticators.map(({ id }) => id),
      [totp.pendingId],
    );
    assert.equal(after_.pendingAuthenticator, null);
    assert.equal(after_.epoch, person.epoch + 1);
  });

  it('codes by mail are switched on once: the epoch is raised by one, and one set of codes is kept', async () => {
    const person = await withStore((store) => newPerson(store, 'bob'));
    assert.deepEqual(await race(person), { accepted: 1, replaced: 99 });
    const after_ = await afterRace(person);
    assert.equal(after_.epoch, person.epoch + 1);
    assert.deepEqual(after_.oneTimeCodes?.used, []);
  });
});
