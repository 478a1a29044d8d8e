/** An act that is several operations reads who acts once: what they may is then the same for all of it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { addPerson } from '../../src/operations/people/add-person.ts';
import type { Person } from '../../src/records/person.ts';
import type { Result } from '../../src/result.ts';
import type { Store } from '../../src/storage/store.ts';
import { by, codeOf, useAdministration } from '../support/administration.ts';
import { countReads } from '../support/watched-store.ts';

const at = useAdministration();

type Act = (store: Store, boss: Person) => Promise<Result<unknown>>;
const NEW = { organisation: 'acme', login: 'new', email: 'new@acme.test', name: 'New' };

const ACTS: Readonly<Record<string, Act>> = {
  'adding somebody with a password': (store, boss) =>
    addPerson(at.parts(store), by(boss), NEW, { credentials: { passwordHash: 'x' } }),
  'adding somebody to a group that is none': (store, boss) =>
    addPerson(at.parts(store), by(boss), { ...NEW, login: 'other', groups: ['none'] }),
  'changing an organisation’s domains': (store, boss) =>
    changeOrganisation({ store }, by(boss), 'acme', { domains: ['acme.example'] }),
};

for (const [name, act] of Object.entries(ACTS))
  it(name, async () => {
    const boss = await at.somebody('administrator', 'acme', `boss${name.length}`);
    const { store, readsOf } = countReads(at.store);
    const code = await codeOf(act(store, boss));
    assert.ok(['ok', 'group-unknown', 'not-allowed'].includes(code), code);
    assert.equal(readsOf(`person ${boss.id}`), 1);
  });
