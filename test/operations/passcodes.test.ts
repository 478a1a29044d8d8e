/** Passcodes: making and revoking one, and telling that two programs share one, are one write each. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  addPasscode,
  addPasscodeInput,
  revokePasscode,
  type AddPasscodeInput,
} from '../../src/operations/account/passcodes.ts';
import { checkMailTry } from '../../src/passcodes/check.ts';
import { MOST_PASSCODES, parseNetwork } from '../../src/passcodes/passcode.ts';
import { createNoteUse } from '../../src/passcodes/note-use.ts';
import { passcodeUseCollection, usesOf } from '../../src/passcodes/use.ts';
import {
  changePerson,
  claimCollection,
  getPerson,
  personCollection,
  type Person,
} from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import {
  openOperationParts,
  performedBy,
  problemOf,
  type OperationParts,
} from '../support/operation-parts.ts';
import { timesAtOnce } from '../support/race.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const GIVEN: AddPasscodeInput = { name: 'Phone', protocols: ['imap'], networks: [], days: '30' };

let parts: OperationParts;
let alice: Person;
before(async () => {
  parts = await openOperationParts();
});
after(() => parts.close());
beforeEach(async () => {
  alice = await parts.person();
});

const add = (fields = {}, person = alice) =>
  addPasscode(parts, performedBy(alice, parts, fields), person, GIVEN);
const now = async (): Promise<Person> => {
  const person = await getPerson(parts.store, alice.id);
  assert.ok(person);
  return person;
};

describe('making a passcode', () => {
  it('is one write, which carries its event and its mail', async () => {
    const { id, letters } = valueOf(await add());
    assert.match(letters, /^(?:[A-Z]{4} ){3}[A-Z]{4}$/u);
    assert.deepEqual(parts.writes, ['person']);
    const riding = await parts.riding(personCollection, alice.id);
    assert.deepEqual(riding, ['passcode.made', 'account-changed']);
    const [one] = (await now()).passcodes;
    assert.ok(one);
    const { hash, ...kept } = one;
    const { name, protocols, networks } = GIVEN;
    const expiresAt = parts.clock.now + 30 * DAY;
    const expected = { id, name, protocols, networks, createdAt: parts.clock.now, expiresAt };
    assert.deepEqual(kept, expected);
    assert.ok(!hash.includes(letters.replaceAll(' ', '')));
    const { events } = await parts.told('passcode.made');
    const event = events.find(({ person }) => person === alice.id);
    assert.deepEqual(event?.details, { passcode: id, protocols: 'imap' });
  });

  it('is refused without a fresh proof, to anybody else, and of a person who has changed', async () => {
    const bob = await parts.person();
    assert.equal(problemOf(await add({ fresh: false })), 'fresh-factor-needed');
    assert.equal(problemOf(await add({}, bob)), 'not-allowed');
    assert.equal(problemOf(await add({}, { ...alice, epoch: 0 })), 'changed-meanwhile');
    assert.deepEqual(parts.writes, []);
    await changePerson(parts.store, alice.id, () => ({ set: { active: false }, result: null }));
    assert.equal(problemOf(await add()), 'changed-meanwhile');
    assert.deepEqual((await now()).passcodes, []);
  });

  it('goes no further than twenty-five, of thirty at the same moment', async () => {
    const made = await timesAtOnce(30, () => add());
    assert.equal(made.filter(({ ok }) => ok).length, MOST_PASSCODES);
    const refused = made.find(({ ok }) => !ok);
    assert.ok(refused && !refused.ok);
    const { code, status, values } = refused.problem;
    assert.deepEqual([code, status, values], ['passcode-limit', 409, { most: MOST_PASSCODES }]);
  });

  it('wants a name, a protocol, a number of days, and networks that are some', () => {
    const whole = { name: ' Phone ', protocols: ['imap'], networks: ['192.0.2.7'], days: '0' };
    const parsed = addPasscodeInput.parse(whole);
    assert.deepEqual([parsed.name, parsed.networks], ['Phone', [parseNetwork('192.0.2.7')]]);
    assert.ok(
      addPasscodeInput.safeParse({ ...whole, networks: ['10.0.0.0/8', '2001::/16'] }).success,
    );
    const many = Array<string>(11).fill('192.0.2.7');
    const cases: [object, string, string][] = [
      [{ name: ' ' }, 'name', 'required'],
      [{ name: 'n'.repeat(61) }, 'name', 'too-long'],
      [{ protocols: [] }, 'protocols', 'protocol-missing'],
      [{ networks: ['192.0.2.7', 'home'] }, 'networks', 'network-format'],
      [{ networks: many }, 'networks', 'network-format'],
      [{ networks: ['192.0.2.7', '0.0.0.0/0'] }, 'networks', 'network-wide'],
      [{ networks: ['::/0'] }, 'networks', 'network-wide'],
      [{ networks: ['::ffff:0.0.0.0/96'] }, 'networks', 'network-wide'],
      [{ networks: ['128.0.0.0/7'] }, 'networks', 'network-wide'],
      [{ networks: ['2000::/15'] }, 'networks', 'network-wide'],
      [{ days: '' }, 'days', 'required'],
      [{ days: '31' }, 'days', 'required'],
    ];
    for (const [fields, field, message] of cases) {
      const [issue, ...more] = addPasscodeInput.safeParse({ ...whole, ...fields }).error!.issues;
      assert.deepEqual([issue?.path[0], issue?.message, more], [field, message, []]);
    }
  });
});

describe('revoking a passcode', () => {
  it('is one write, which carries its event and its mail, once', async () => {
    const { id } = valueOf(await add());
    const read = await now();
    parts.writes.length = 0;
    const revoke = () => revokePasscode(parts, performedBy(alice, parts), read, id);
    const answers = await timesAtOnce(3, revoke);
    assert.deepEqual(answers.map(problemOf).toSorted(), ['not-found', 'not-found', undefined]);
    assert.deepEqual(parts.writes, ['person']);
    const riding = await parts.riding(personCollection, alice.id);
    assert.deepEqual(riding.slice(2), ['passcode.revoked', 'account-changed']);
    assert.deepEqual((await now()).passcodes, []);
  });

  it('is refused without a fresh proof, and to anybody else', async () => {
    const { id } = valueOf(await add());
    const read = await now();
    const bob = await parts.person();
    const revoke = (person: Person, fields = {}) =>
      revokePasscode(parts, performedBy(alice, parts, fields), person, id);
    assert.equal(problemOf(await revoke(read, { fresh: false })), 'fresh-factor-needed');
    assert.equal(problemOf(await revoke({ ...read, id: bob.id })), 'not-allowed');
    const byBob = await revokePasscode(parts, performedBy(bob, parts), bob, id);
    assert.equal(problemOf(byBob), 'not-found');
    assert.deepEqual(parts.writes, []);
    assert.equal((await now()).passcodes.length, 1);
  });
});

it('a passcode that two networks take turns with is told in the write of its use, once', async () => {
  const { id, letters } = valueOf(await add());
  await parts.store.insert(claimCollection, `login:${alice.login}`, { person: alice.id, at: 1 });
  await parts.told('passcode.made');
  parts.writes.length = 0;
  const noteUse = createNoteUse(parts);
  const use = async (address: string) => {
    const verdict = await checkMailTry(
      { ...parts, noteUse, noteAppUse: () => {}, passwords: {} as never },
      {
        username: alice.login,
        password: letters,
        access: { protocol: 'imap', address },
        mayUse: async () => true,
      },
      performedBy(alice, parts),
    );
    await parts.relay.settle();
    return verdict;
  };
  for (const address of ['192.0.2.1', '198.51.100.1']) {
    assert.equal((await use(address)).verdict, 'accepted');
    parts.clock.now += MINUTE;
  }
  assert.deepEqual(await parts.riding(passcodeUseCollection, id), []);
  await timesAtOnce(4, () => use('192.0.2.1'));
  assert.deepEqual(parts.writes, Array<string>(3).fill('passcode_use'));
  const riding = await parts.riding(passcodeUseCollection, id);
  assert.deepEqual(riding, ['passcode.shared', 'account-changed']);
  // What is still to be told is not lost by the next use.
  parts.clock.now += MINUTE;
  await use('192.0.2.1');
  assert.deepEqual(await parts.riding(passcodeUseCollection, id), riding);
  // Within the minute it is not even asked what there is.
  parts.writes.length = 0;
  await use('198.51.100.1');
  assert.deepEqual(parts.writes, []);
  assert.equal((await parts.told('passcode.shared')).events.length, 1);
  assert.deepEqual([...(await usesOf(parts.store, alice.id)).keys()], [id]);
});
