/** What is told to have ended with an encryption key is what has, whatever happens between counting and taking away. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  trustedComputerCollection as computers,
  type TrustedComputer,
} from '../../src/devices/trusted-computer.ts';
import { passkeyCounterCollection } from '../../src/factors/passkey.ts';
import {
  countEndsWithKey,
  removeEndsWithKey,
  toldEnds,
} from '../../src/operations/keys/encryption/ends-with-key.ts';
import { newPasscode } from '../../src/passcodes/passcode.ts';
import { changePerson, personCollection, type Person } from '../../src/records/person.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import type { Store } from '../../src/storage/store.ts';
import { NOW, useAdministration } from '../support/administration.ts';
import { doBetween } from '../support/watched-store.ts';

const at = useAdministration();
/** Of the key that all is made with here. */
const key = () => ({ kid: at.parts().vault.ring.active, from: NOW - 10, until: NOW });
const parts = (store: Store = at.store) => ({ ...at.parts(store), collections: COLLECTIONS });
const count = async (name: string): Promise<number> =>
  (await countEndsWithKey(parts(), key()))[name] ?? 0;

let holders = 0;
async function withCode(): Promise<Person> {
  holders += 1;
  const person = await at.somebody('member', 'acme', `holder${holders}`);
  const given = { name: 'Mail', protocols: ['smtp' as const], networks: [], expiresAt: null };
  const { passcode } = newPasscode(at.parts().vault, person.id, given, NOW);
  const set = { passcodes: [passcode] };
  await changePerson(at.store, person.id, () => ({ set, result: undefined }));
  return person;
}

const idOf = (): string => randomBytes(32).toString('base64url');

async function computer(lastUsedAt: number): Promise<string> {
  const id = idOf();
  await at.store.insert(computers, id, { lastUsedAt } as TrustedComputer);
  return id;
}

describe('what ends with an encryption key', () => {
  it('is told as it ended', async () => {
    await withCode();
    const ids = [await computer(NOW - 1), await computer(NOW + 1)];
    assert.deepEqual([await count('passcodes'), await count('trusted_computer')], [1, 1]);
    const ended = await removeEndsWithKey(parts(), key());
    assert.deepEqual([ended['passcodes'], ended['trusted_computer']], [1, 1]);
    const left = await Promise.all(ids.map((id) => at.store.get(computers, id)));
    assert.deepEqual(left.map(Boolean), [false, true]);
    assert.deepEqual([await count('passcodes'), await count('trusted_computer')], [0, 0]);
  });

  it('is not what was revoked, or used and so of another key, meanwhile', async () => {
    const { id } = await withCode();
    const used = await computer(NOW - 1);
    const between = doBetween(
      doBetween(at.store, 'scan person', () =>
        changePerson(at.store, id, () => ({ set: { passcodes: [] }, result: undefined })),
      ),
      'scan trusted_computer',
      () => at.store.put(computers, used, { lastUsedAt: NOW + 1 } as TrustedComputer),
    );
    const ended = await removeEndsWithKey(parts(between), key());
    assert.equal(ended['passcodes'] ?? 0, 0);
    assert.equal(ended['trusted_computer'] ?? 0, 0);
    assert.ok(await at.store.get(computers, used), 'it is trusted still');
  });

  it('is nothing of whoever is removed meanwhile, and goes on with the others', async () => {
    const { id } = await withCode();
    const between = doBetween(at.store, 'scan person', async () => {
      await at.store.delete(personCollection, id);
    });
    await withCode();
    const ended = await removeEndsWithKey(parts(between), key());
    assert.equal(ended['passcodes'], 1);
    assert.equal(await count('passcodes'), 0);
  });

  it('is no counter of a passkey: that goes on under the active key', async () => {
    await at.store.insert(passkeyCounterCollection, idOf(), { counter: 7 });
    const ends = await countEndsWithKey(parts(), key());
    assert.deepEqual(toldEnds(ends).at(-1), { name: 'others', count: 0 });
    await removeEndsWithKey(parts(), key());
    const { items } = await at.store.scan(passkeyCounterCollection);
    assert.deepEqual(items, [], 'of nobody’s passkey');
  });
});
