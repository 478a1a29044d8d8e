/** Whose addresses people are given: by an organisation's administrators and files, of its domains alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { addOrganisation } from '../../src/operations/organisations/add-organisation.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { addPerson } from '../../src/operations/people/add-person.ts';
import { importPeople } from '../../src/operations/people/import/import-people.ts';
import { updatePerson } from '../../src/operations/people/update-person.ts';
import { claimCollection, findPerson, personCollection } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { by, codeOf, factorOf, NOW } from '../support/administration.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addPerson as added, NO_NOTICES, NO_RELAY } from '../support/operator.ts';

const operator = performedByOperator(NOW);

let fresh: FreshStore;
let root: Performed;
let chief: Performed;
before(async () => {
  fresh = await openFreshStore(NOW);
  root = await withRole('root', 'administrator');
  chief = await withRole('chief', 'organisation-administrator');
});
after(() => fresh.close());

async function withRole(login: string, role: 'administrator' | 'organisation-administrator') {
  const names = { organisation: 'acme', login, email: `${login}@acme.test`, name: login };
  return by(await added(fresh.store, { ...names, role, ...factorOf(role) }, NOW));
}

const parts = () => ({
  store: fresh.store,
  vault: fresh.vault,
  relay: NO_RELAY,
  notices: NO_NOTICES,
});
const domains = async (id: string, ...of: string[]): Promise<void> =>
  void valueOf(await changeOrganisation(parts(), operator, id, { domains: of }));

let count = 0;
function adding(performed: Performed, domain: string, organisation = 'acme'): Promise<string> {
  count += 1;
  const login = `n${count}`;
  const names = { organisation, login, name: login, email: `${login}@${domain}` };
  return codeOf(addPerson(parts(), performed, names));
}

async function importing(performed: Performed, domain: string, login?: string): Promise<string> {
  count += 1;
  const name = login ?? `n${count}`;
  const file = `login,email,name\n${name},${name}@${domain},${name}\n`;
  const source = async function* () {
    yield Buffer.from(file);
  };
  const options = { format: 'csv', mode: 'upsert', key: 'login', isDry: false } as const;
  const of = { ...options, organisation: 'acme' };
  const { badLines } = valueOf(await importPeople(parts(), performed, source, of));
  return badLines[0]?.code ?? 'ok';
}

describe('the address of somebody', () => {
  it('is any, where there is one organisation and nobody has said its domains', async () => {
    await domains('acme');
    for (const who of [chief, root, operator]) {
      assert.equal(await adding(who, 'anywhere.test'), 'ok');
      assert.equal(await importing(who, 'anywhere.test'), 'ok');
    }
  });

  it('is in a domain of their organisation, unless the installation’s hand sets it', async () => {
    valueOf(await addOrganisation(parts(), operator, { name: 'Beta', mfa: 'optional' }));
    await domains('acme', 'acme.test', 'bücher.example');
    await domains('beta', 'beta.test');
    const before_ = await fresh.store.scan(claimCollection, { limit: 1000 });
    for (const outside of ['beta.test', 'gmail.example', 'x.acme.test', 'acme.test.evil.example']) {
      assert.equal(await adding(chief, outside), 'email-domain', outside);
      for (const who of [chief, root, operator])
        assert.equal(await importing(who, outside), 'email-domain', outside);
    }
    assert.deepEqual(await fresh.store.scan(claimCollection, { limit: 1000 }), before_);
    for (const inside of ['acme.test', 'ACME.test', 'xn--bcher-kva.example', 'bücher.example'])
      for (const act of [adding, importing]) assert.equal(await act(chief, inside), 'ok', inside);
    for (const who of [root, operator]) assert.equal(await adding(who, 'beta.test'), 'ok');
    // Nobody is told of another organisation's domains.
    assert.equal(await adding(chief, 'gmail.example', 'beta'), 'not-found');
  });

  it('stays as it is in a file, and changes within the domains alone', async () => {
    valueOf(
      await addPerson(parts(), root, {
        organisation: 'acme',
        login: 'guest',
        email: 'guest@gmail.example',
        name: 'guest',
      }),
    );
    assert.equal(await importing(root, 'gmail.example', 'guest'), 'ok');
    assert.equal(await importing(root, 'beta.test', 'guest'), 'email-domain');
    assert.equal(await importing(root, 'acme.test', 'guest'), 'ok');
    const { id = '', email } = (await findPerson(fresh.store, 'guest')) ?? {};
    assert.equal(email, 'guest@acme.test');
    const to = (performed: Performed) =>
      codeOf(updatePerson(parts(), performed, id, { email: 'guest@beta.test' }));
    // In their domains an organisation's own administrators change it, and nowhere else.
    assert.equal(await to(chief), 'email-domain');
    const inside = updatePerson(parts(), chief, id, { email: 'guest.two@acme.test' });
    assert.equal(await codeOf(inside), 'ok');
    assert.equal(await to(root), 'ok');
  });

  it('tells nobody whether an address outside the domains is that of a second factor', async () => {
    const names = { organisation: 'acme', login: 'quiet', email: 'quiet@acme.test', name: 'quiet' };
    const { id } = valueOf(await addPerson(parts(), root, names));
    const stored = await fresh.store.get(personCollection, id);
    assert.ok(stored);
    const secondaryEmail = { address: 'private@gmail.example', verifiedAt: NOW };
    await fresh.store.put(personCollection, id, { ...stored, secondaryEmail });
    for (const email of ['private@gmail.example', 'another@gmail.example'])
      assert.equal(
        await codeOf(updatePerson(parts(), chief, id, { email })),
        'email-domain',
        email,
      );
  });

  it('is the installation’s to set, where there are several organisations and none has domains', async () => {
    await domains('acme');
    assert.equal(await adding(chief, 'acme.test'), 'email-domain');
    assert.equal(await importing(chief, 'acme.test'), 'email-domain');
    for (const who of [root, operator]) {
      assert.equal(await adding(who, 'acme.test'), 'ok');
      assert.equal(await importing(who, 'acme.test'), 'ok');
      // What another organisation has is not a file's to give.
      assert.equal(await importing(who, 'beta.test'), 'email-domain');
    }
  });

  it('is judged by what whoever acts is now', async () => {
    const { id } = await added(
      fresh.store,
      {
        organisation: 'acme',
        login: 'was',
        email: 'was@acme.test',
        name: 'was',
        ...factorOf('administrator'),
        role: 'administrator',
      },
      NOW,
    );
    const performed = by({ id });
    assert.equal(await adding(performed, 'gmail.example'), 'ok');
    const stored = await fresh.store.get(personCollection, id);
    assert.ok(stored);
    await fresh.store.put(personCollection, id, { ...stored, role: 'organisation-administrator' });
    assert.equal(await adding(performed, 'gmail.example'), 'email-domain');
  });
});
