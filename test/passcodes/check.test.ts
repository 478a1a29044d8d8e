/** What it takes to answer a mail server: the same for somebody and for nobody. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changePerson } from '../../src/records/person.ts';
import { checkMailTry } from '../../src/passcodes/check.ts';
import type { Collection, Store } from '../../src/storage/store.ts';
import { performed, useAccountParts } from '../support/account-parts.ts';
import { useSetting } from '../support/setting.ts';

const acme = useSetting();
const parts = useAccountParts(acme);

/** The store, and what was asked of it: the operation and the kind of document. */
function watched(store: Store): { store: Store; asked: string[] } {
  const asked: string[] = [];
  const noting = {
    get: <T>(kind: Collection<T>, id: string) => {
      asked.push(`get ${kind.name}`);
      return store.get(kind, id);
    },
    update: <T, R>(...[kind, id, change]: Parameters<typeof store.update<T, R>>) => {
      asked.push(`update ${kind.name}`);
      return store.update(kind, id, change);
    },
    insert: <T>(...[kind, ...rest]: Parameters<typeof store.insert<T>>) => {
      asked.push(`insert ${kind.name}`);
      return store.insert(kind, ...rest);
    },
  };
  return { store: { ...store, ...noting }, asked };
}

async function ask(username: string, password: string) {
  const made = await parts();
  const { store, asked } = watched(made.store);
  let hashes = 0;
  const passwords = {
    ...made.passwords,
    matches: (...given: Parameters<typeof made.passwords.matches>) => {
      hashes += 1;
      return made.passwords.matches(...given);
    },
  };
  const access = { protocol: 'imap' as const, address: null };
  const given = { username, password, access, mayUse: async () => true };
  const answer = await checkMailTry(
    { ...made, store, passwords, noteUse: () => asked.push('use'), noteAppUse: () => {} },
    given,
    performed(acme.server),
  );
  return { verdict: answer.verdict, asked, hashes };
}

describe('a wrong secret', () => {
  for (const [what, password] of [
    ['a passcode', 'ABCDEFGHIJKLMNOP'],
    ['a password', 'not the password'],
  ] as const) {
    it(`that looks like ${what} takes the same operations and one hash, whoever it is for`, async () => {
      const { login } = await acme.server.addPerson({}, { totp: true });
      const { login: disabled, person } = await acme.server.addPerson();
      const set = { active: false };
      await changePerson(acme.server.store, person.id, () => ({ set, result: undefined }));
      const nobody = await ask('nobody at all', password);
      assert.equal(nobody.hashes, 1);
      for (const name of [login, `${login}@acme.test`, disabled, 'nobody@acme.test'])
        assert.deepEqual(await ask(name, password), nobody, name);
      await acme.server.setOrganisationMfa('off');
      const { login: alone } = await acme.server.addPerson();
      assert.deepEqual(await ask(alone, password), nobody, 'whose password mail accepts');
      await acme.server.setOrganisationMfa('required');
    });
  }
});
