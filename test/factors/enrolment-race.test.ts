/** One set-up, finished 50 times at once by each of two processes: active once, with one set of one-time codes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson, type Person } from '../../src/records/person.ts';
import { pendingAuthenticator } from '../../src/operations/factors/activate-authenticator.ts';
import { openSecret } from '../../src/factors/totp.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { raceInTwo, tally } from '../support/race.ts';
import { codeOf } from '../support/server.ts';
import type { EnrolmentRace } from './enrolment-racer.ts';
import { addPerson } from '../support/operator.ts';

const RACER = new URL('./enrolment-racer.ts', import.meta.url);

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore();
});
after(() => fresh.close());

const newPerson = (login: string): Promise<Person> =>
  addPerson(
    fresh.store,
    { organisation: 'acme', login, email: `${login}@acme.test`, name: login },
    fresh.clock.now,
  );

/** How often each verdict was given. */
async function race(
  { id, epoch }: Person,
  totp?: EnrolmentRace['totp'],
): Promise<Record<string, number>> {
  const order: EnrolmentRace = {
    ...fresh.race,
    times: 50,
    person: { id, epoch },
    ...(totp ? { totp } : {}),
  };
  return tally((await raceInTwo<string[]>(RACER, order)).flat());
}

async function afterRace({ id }: Person): Promise<Person> {
  const found = await getPerson(fresh.store, id);
  assert.ok(found);
  return found;
}

describe('finished 50 times at once by each of two processes', () => {
  it('an authenticator is activated once, by the one use of its code', async () => {
    const person = await newPerson('alice');
    const who = { ...person, browser: 'hers' };
    const pending = await pendingAuthenticator(fresh, who, false, fresh.clock.now);
    assert.ok(pending);
    const code = codeOf(await openSecret(fresh.vault, pending), fresh.clock.now);
    const totp = { pendingId: pending.id, code };
    const { accepted, used = 0, replaced = 0, ...other } = await race(person, totp);
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
    const person = await newPerson('bob');
    assert.deepEqual(await race(person), { accepted: 1, replaced: 99 });
    const after_ = await afterRace(person);
    assert.equal(after_.epoch, person.epoch + 1);
    assert.deepEqual(after_.oneTimeCodes?.used, []);
  });
});
