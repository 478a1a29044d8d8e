/** A mailbox is one person's, however its address is written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOwnMailbox } from '../../src/factors/email-code.ts';
import { addPerson } from '../../src/operations/people/add-person.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { claimCollection, findPerson, type Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { by, codeOf, useAdministration } from '../support/administration.ts';

const at = useAdministration();

describe('the mailbox of somebody', () => {
  it('is given to nobody else in another spelling', async () => {
    const boss = by(await at.somebody('organisation-administrator', 'acme', 'boss'));
    const member = await at.somebody('member', 'acme', 'member');
    const give = (person: Person, email: string) =>
      codeOf(updatePerson(at.parts(), boss, person.id, { email }));
    for (const email of [
      'root@acme.test.',
      'root@acme\u{3002}test',
      'Root@ACME.test.',
      '"root"@acme.test',
      '"r\\oot"@acme.test',
    ]) {
      assert.equal(await give(member, email), 'email-taken', email);
      const names = { organisation: 'acme', login: 'another', name: 'Another', email };
      assert.equal(await codeOf(addPerson(at.parts(), boss, names)), 'email-taken', email);
    }
    const names = { organisation: 'acme', login: 'idn', name: 'Idn' };
    const add = (email: string) => codeOf(addPerson(at.parts(), boss, { ...names, email }));
    assert.equal(await add('info@acme.test.'), 'ok');
    assert.equal(await give(member, 'info@acme.test'), 'email-taken');
    const found = await findPerson(at.store, 'info@acme.test');
    assert.equal(found?.login, 'idn');
  });

  it('is theirs when they were named by a version that knew one spelling', async () => {
    const boss = by(await at.somebody('organisation-administrator', 'acme', 'boss'));
    const names = {
      organisation: 'acme',
      login: 'older',
      name: 'Older',
      email: 'older@acme.test.',
    };
    const { id } = valueOf(await addPerson(at.parts(), boss, names));
    await at.store.delete(claimCollection, 'email:older@acme.test');
    const give = (input: PersonUpdate) => codeOf(updatePerson(at.parts(), boss, id, input));
    assert.equal(await give({ login: 'old' }), 'ok');
    assert.equal((await findPerson(at.store, 'older@acme.test.'))?.id, id);
    assert.equal(await give({ email: 'older@acme.test' }), 'ok');
    assert.equal((await findPerson(at.store, 'older@acme.test'))?.id, id);
    assert.equal(await findPerson(at.store, 'older@acme.test.'), undefined);
  });

  it('is their own in every spelling', () => {
    for (const email of [
      'root@acme.test.',
      'root@acme\u{3002}test.',
      'root+x@ACME.test',
      '"root"@acme.test',
    ])
      assert.ok(isOwnMailbox({ email }, 'root@acme.test'), email);
  });
});
