/** Two who take the administration from each other at the same moment: somebody is left, always. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listPeople } from '../../src/records/person.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addPerson, disablePerson, updatePerson } from '../support/operator.ts';

const NOW = 4_000_000_000_000;
const ROUNDS = 20;

describe('the last administrator', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore(NOW);
  });
  after(() => parts.close());

  const administrator = async (login: string): Promise<string> => {
    const names = { organisation: 'acme', login, email: `${login}@acme.test`, name: login };
    const { id } = await addPerson(parts.store, { ...names, role: 'administrator' }, NOW);
    return id;
  };

  it('stays, when two are disabled or demoted at once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [a, b] = [await administrator(`a${round}`), await administrator(`b${round}`)];
      const others = (await Array.fromAsync(listPeople(parts.store))).filter(
        ({ id }) => id !== a && id !== b,
      );
      for (const { id } of others.filter(({ role, active }) => role === 'administrator' && active))
        await disablePerson(parts.store, id);
      const ends = await Promise.allSettled([
        disablePerson(parts.store, a),
        updatePerson(parts.store, b, { role: 'member' }, NOW),
      ]);
      const left = (await Array.fromAsync(listPeople(parts.store))).filter(
        ({ role, active }) => role === 'administrator' && active,
      );
      assert.ok(left.length >= 1, `round ${round}`);
      const refused = ends.filter(({ status }) => status === 'rejected').length;
      assert.equal(refused, left.length, 'who is still there was told so');
    }
  });
});
