import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { claimFirstAdministrator } from '../../src/operations/installation/first-administrator.ts';
import { fold } from '../../src/text/fold.ts';
import {
  changePerson,
  claimCollection,
  findName,
  findPerson,
  getPerson,
  newPersonId,
  NOBODY,
  personNamed,
} from '../../src/records/person.ts';
import { Problem } from '../../src/problem.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addPerson, disablePerson, type AddedPerson } from '../support/operator.ts';

const problem = (code: string) => (error: unknown) =>
  error instanceof Problem && error.code === code;

describe('people', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore();
  });
  after(() => parts.close());

  const add = (login: string, fields: Partial<AddedPerson> = {}) =>
    addPerson(
      parts.store,
      { organisation: 'acme', login, email: `${login}@acme.test`, name: login, ...fields },
      parts.clock.now,
    );

  it('are found by login name and address, however they are written', async () => {
    const person = await add('Zoë');
    for (const name of ['zoë', ' ZOË ', 'Zoe\u0308', 'zoë@ACME.test']) {
      assert.equal((await findPerson(parts.store, name))?.id, person.id, name);
    }
    assert.equal(await findPerson(parts.store, 'nobody'), undefined);
    assert.equal(await findPerson(parts.store, ''), undefined);
    assert.equal(await findPerson(parts.store, 'x'.repeat(5000)), undefined);
  });

  it('are found in two steps too, and a name that somebody has had is not theirs', async () => {
    const person = await add('steps');
    const found = await findName(parts.store, 'STEPS');
    assert.deepEqual(found, { claim: 'login:steps', person: person.id, renaming: false });
    assert.equal((await personNamed(parts.store, found))?.id, person.id);
    const nobody = await findName(parts.store, 'nobody');
    assert.equal(nobody?.person, NOBODY);
    assert.equal(await personNamed(parts.store, nobody), undefined);
    assert.equal(await findName(parts.store, ' '), undefined);
    assert.equal(await personNamed(parts.store, undefined), undefined);
    const renaming = { claim: 'login:other', person: person.id, renaming: true };
    assert.equal(await personNamed(parts.store, renaming), undefined, 'not done, or given up');
  });

  it('of 20 additions of one login name at once, one succeeds', async () => {
    const tries = Array.from({ length: 20 }, (_, at) =>
      add('same', { email: `same${at}@acme.test` }),
    );
    const settled = await Promise.allSettled(tries);
    const refused = settled.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 19);
    assert.ok(refused.every(({ reason }) => problem('login-taken')(reason)));
  });

  it('leave the login name free when their address is taken', async () => {
    await add('first', { email: 'shared@acme.test' });
    await assert.rejects(add('second', { email: 'SHARED@acme.test' }), problem('email-taken'));
    await add('second');
  });

  it('need usable names', async () => {
    await assert.rejects(add('two words'), problem('login-format'));
    await assert.rejects(add('x@y'), problem('login-format'));
    await assert.rejects(add('', { email: 'e@acme.test' }), problem('login-format'));
    await assert.rejects(add('nomail', { email: 'nowhere' }), problem('email-format'));
    await assert.rejects(add('noname', { name: '  ' }), problem('name-format'));
  });

  it('have an address of a bounded length, whatever its characters are', async () => {
    const longest = `${'a'.repeat(64)}@${'b'.repeat(129)}`;
    const person = await add('longest', { email: longest });
    assert.equal((await findPerson(parts.store, longest.toUpperCase()))?.id, person.id);
    for (const email of [`${longest}b`, `${'😀'.repeat(64)}@${'b'.repeat(70)}`, 'ﷺ@'.repeat(9999)])
      await assert.rejects(add('longer', { email }), problem('email-long'), email);
    const login = '😀'.repeat(64);
    await add(login, { email: `${login}@acme.test`, name: 'Smile' });
    await assert.rejects(add(`${login}😀`, { name: 'Smile' }), problem('login-format'));
  });

  it('can take over a name whose owner was never made, after a minute', async () => {
    await parts.store.put(claimCollection, 'login:ghost', {
      person: 'never-made',
      at: parts.clock.now,
    });
    await assert.rejects(add('ghost'), problem('login-taken'));
    parts.clock.now += 60_000;
    await add('ghost', { email: 'ghost2@acme.test' });
  });

  it('are disabled with a new epoch; the last administrator is not', async () => {
    const member = await add('member');
    await disablePerson(parts.store, member.id);
    const disabled = await getPerson(parts.store, member.id);
    assert.deepEqual([disabled?.active, disabled?.epoch], [false, member.epoch + 1]);

    const root = await add('root', { role: 'administrator' });
    await assert.rejects(disablePerson(parts.store, root.id), problem('last-administrator'));
    const second = await add('root2', { role: 'administrator' });
    await disablePerson(parts.store, root.id);
    await assert.rejects(disablePerson(parts.store, second.id), problem('last-administrator'));
  });

  it('changed by many at once lose no change', async () => {
    const person = await add('busy');
    await Promise.all(
      Array.from({ length: 50 }, () =>
        changePerson(parts.store, person.id, (current) => ({
          set: { epoch: current.epoch + 1 },
          result: undefined,
        })),
      ),
    );
    assert.equal((await getPerson(parts.store, person.id))?.epoch, person.epoch + 50);
    await assert.rejects(
      changePerson(parts.store, 'nobody', () => ({ result: undefined })),
      problem('person-unknown'),
    );
  });

  it('of two first administrators at once, one is', async () => {
    const ids = [newPersonId(), newPersonId()];
    const settled = await Promise.allSettled(
      ids.map((id) => claimFirstAdministrator(parts.store, id, parts.clock.now)),
    );
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
  });
});

describe('folding', () => {
  it('trims, composes and ignores case', () => {
    assert.equal(fold('  ÅNGSTRÖM '), fold('A\u030angstro\u0308m'));
    assert.equal(fold('ＡＬＩＣＥ'), 'alice');
  });
});
