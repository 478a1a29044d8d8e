/** Adding people: by whom, with which role, in one write with its event; and with a password, by the operator alone. */
import { performedByOperator } from '../support/by-operator.ts';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createPasswords } from '../../src/factors/password.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import {
  addPerson,
  addPersonInput,
  type NewPerson,
} from '../../src/operations/people/add-person.ts';
import {
  addPersonWithPassword,
  type WithPasswordParts,
} from '../../src/operations/people/add-person-with-password.ts';
import { claimCollection, findPerson, type Person, type Role } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import type { Store } from '../../src/storage/store.ts';
import { by, codeOf, factorOf, NOW, ORIGIN } from '../support/administration.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addPerson as added, NO_RELAY } from '../support/operator.ts';
import { countWrites } from '../support/watched-store.ts';

let fresh: FreshStore;
let root: Person;
let chief: Person;
before(async () => {
  fresh = await openFreshStore(NOW);
  root = await withRole('root', 'administrator');
  chief = await withRole('chief', 'organisation-administrator');
  await added(fresh.store, named('other', { organisation: 'beta' }), NOW);
  const domains = { domains: ['acme.test'] };
  valueOf(await changeOrganisation(parts(), performedByOperator(NOW), 'acme', domains));
});
after(() => fresh.close());

const named = (login: string, more: Partial<NewPerson> = {}): NewPerson => ({
  organisation: 'acme',
  login,
  email: `${login}@acme.test`,
  name: login,
  ...more,
});
const withRole = (login: string, role: Role): Promise<Person> =>
  added(fresh.store, { ...named(login, { role }), ...factorOf(role) }, NOW);
const parts = (store: Store = fresh.store) => ({ store, relay: NO_RELAY });
describe('adding a person', () => {
  it('is one write of the person, with the event, behind the claims of their names', async () => {
    const { store, writes } = countWrites(fresh.store);
    const input = named(' Zoë ', { email: 'ZOE@acme.test', mfa: 'required', language: 'zh-Hant' });
    const answer = await addPerson(parts(store), by(chief), input);
    assert.ok(answer.ok);
    const { id, postings = [] } = answer.value;
    assert.deepEqual(writes, [
      'update claim login:zoë',
      'update claim email:zoe@acme.test',
      `insert person ${id}`,
    ]);
    const found = await findPerson(fresh.store, 'zoë');
    assert.deepEqual(found, answer.value);
    const { login, role, mfa, language, epoch, passwordHash } = answer.value;
    assert.deepEqual(
      { login, role, mfa, language, epoch, passwordHash },
      {
        login: 'Zoë',
        role: 'member',
        mfa: 'required',
        language: 'zh-Hant',
        epoch: 1,
        passwordHash: null,
      },
    );
    const [message, lists, ...more] = postings;
    assert.ok(message && 'event' in message && more.length === 0);
    assert.ok(lists && 'memberships' in lists, 'the list of people follows');
    const { type, actor, actorId, person, organisation, address } = message.event;
    assert.deepEqual(
      { type, actor, actorId, person, organisation, address },
      {
        type: 'person.added',
        actor: 'administrator',
        actorId: chief.id,
        person: id,
        organisation: 'acme',
        address: ORIGIN.address,
      },
    );
  });

  const refusals: [what: string, code: string, who: () => Performed, input: NewPerson][] = [
    ['in another organisation', 'not-found', () => by(chief), named('x', { organisation: 'beta' })],
    [
      'in one that is not there',
      'not-found',
      () => by(chief),
      named('x', { organisation: 'none' }),
    ],
    ['in none', 'organisation-unknown', () => by(root), named('x', { organisation: 'none' })],
    ['above oneself', 'not-allowed', () => by(chief), named('x', { role: 'administrator' })],
    [
      'without a fresh factor',
      'fresh-factor-needed',
      () => by(chief, { fresh: false }),
      named('x'),
    ],
    [
      'as oneself',
      'not-allowed',
      () => ({ ...by(chief), actor: { kind: 'self', id: null } }),
      named('x'),
    ],
    ['of a taken name', 'login-taken', () => by(chief), named('CHIEF', { email: 'x@acme.test' })],
    ['of no name', 'name-format', () => by(chief), named('x', { name: ' ' })],
  ];
  for (const [what, code, who, input] of refusals)
    it(`is refused ${what}, and claims nothing`, async () => {
      const before_ = await fresh.store.scan(claimCollection, { limit: 100 });
      assert.equal(await codeOf(addPerson(parts(), who(), input)), code);
      assert.deepEqual(await fresh.store.scan(claimCollection, { limit: 100 }), before_);
    });

  it('is nobody’s who has no right to it', async () => {
    for (const role of ['member', 'auditor', 'helpdesk'] as const satisfies Role[]) {
      const person = await withRole(`a-${role}`, role);
      assert.equal(await codeOf(addPerson(parts(), by(person), named('x'))), 'not-allowed', role);
    }
  });

  it('gives a role up to one’s own rank', async () => {
    const role = 'organisation-administrator';
    assert.equal(await codeOf(addPerson(parts(), by(chief), named('peer', { role }))), 'ok');
    const highest = named('highest', { role: 'administrator' });
    assert.equal(await codeOf(addPerson(parts(), by(root), highest)), 'ok');
  });

  it('takes no field that is not its own', () => {
    assert.ok(addPersonInput.safeParse(named('x')).success);
    for (const field of ['id', 'epoch', 'passwordHash', 'passkeys', 'postings'])
      assert.ok(!addPersonInput.safeParse({ ...named('x'), [field]: 'y' }).success, field);
  });

  it('gives a password or a factor by the operator’s hand alone', async () => {
    const credentials = { passwordHash: 'hash' };
    const withHash = (performed: Performed, login: string) =>
      codeOf(addPerson(parts(), performed, named(login), { credentials }));
    assert.equal(await withHash(by(root), 'x'), 'not-allowed');
    assert.equal(await withHash(performedByOperator(NOW), 'given'), 'ok');
    assert.equal((await findPerson(fresh.store, 'given'))?.passwordHash, 'hash');
  });

  it('checks a password as whoever sets their own has it checked', async () => {
    const config = loadConfig({
      cwd: fresh.folder,
      env: { LATCHKEY_ISSUER: 'https://id.acme.test' },
    });
    const passwords = await createPasswords({ memoryKib: 7168, passes: 1, workers: 1 });
    const add = (performed: Performed, password: string) =>
      addPersonWithPassword({ ...parts(), config, passwords }, performed, named('wilma'), password);
    assert.equal(await codeOf(add(performedByOperator(NOW), 'short')), 'password-short');
    assert.equal(
      await codeOf(add(performedByOperator(NOW), 'wilma wilma@acme.test')),
      'password-names',
    );
    assert.equal(await codeOf(add(by(root), 'gravel sonnet umbrella')), 'not-allowed');
    assert.equal(await codeOf(add(by(root), 'short')), 'not-allowed');
    const answer = await add(performedByOperator(NOW), 'gravel sonnet umbrella');
    const hash = answer.ok ? answer.value.passwordHash : null;
    assert.ok(await passwords.matches('gravel sonnet umbrella', hash));
  });

  it('looks at no password of somebody who can’t be added', async () => {
    const untouched = (): never => assert.fail('a password was looked at');
    const config = { passwords: { min_length: 15 } } as WithPasswordParts['config'];
    const passwords = { faultOf: untouched, hash: untouched };
    const add = (performed: Performed, input: NewPerson) =>
      codeOf(addPersonWithPassword({ ...parts(), config, passwords }, performed, input, 'short'));
    assert.equal(await add(by(root), named('x')), 'not-allowed');
    assert.equal(await add(performedByOperator(NOW), named('x y')), 'login-format');
    const nowhere = named('x', { organisation: 'none' });
    assert.equal(await add(performedByOperator(NOW), nowhere), 'organisation-unknown');
  });
});
