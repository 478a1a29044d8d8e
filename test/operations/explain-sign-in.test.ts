/** Who may be told how somebody would sign in. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { explainSignIn, explainSignInInput } from '../../src/operations/explain-sign-in.ts';
import { personCollection, type Person, type Role } from '../../src/records/person.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
  const operator = byOperator({ ...fresh, now: () => NOW });
  await operator.addClient({
    id: 'app',
    name: 'App',
    kind: 'spa',
    redirectUris: ['https://a.test/'],
  });
  const names = { login: 'gina', email: 'gina@globex.test', name: 'Gina' };
  const gina = { id: 'gina', organisation: 'globex', ...names, role: 'member', active: true };
  await fresh.store.insert(personCollection, 'gina', gina as Person);
});
after(() => fresh.close());

const ask = (role: Role | 'operator', id: string, client = 'app', acrValues?: string) => {
  const performed = role === 'operator' ? performedByOperator(NOW) : performedBy(role, NOW);
  const env = { LATCHKEY_ISSUER: 'https://login.test' };
  const config = loadConfig({ cwd: fresh.folder, env });
  const input = explainSignInInput.parse({ client, acrValues });
  return explainSignIn({ store: fresh.store, config }, { ...performed, fresh: false }, id, input);
};
const told = async (...args: Parameters<typeof ask>): Promise<string> => {
  const result = await ask(...args);
  return result.ok ? result.value.steps.map(({ step }) => step).join(' ') : result.problem.code;
};

it('is told to those who see the person, about themselves and those above them too', async () => {
  const steps = 'password enrol password factor done';
  // Staff have an authenticator.
  const enrolled = 'password factor done';
  for (const role of [
    'auditor',
    'helpdesk',
    'organisation-administrator',
    'administrator',
  ] as const)
    for (const id of ['member', role])
      assert.equal(await told(role, id), enrolled, `${role} ${id}`);
  assert.equal(await told('helpdesk', 'administrator'), enrolled);
  assert.equal(await told('operator', 'gina'), steps);
  assert.equal(await told('administrator', 'gina'), steps);
});

it('to nobody else, and of another organisation nobody learns who is there', async () => {
  assert.equal(await told('member', 'member'), 'not-allowed');
  for (const id of ['gina', 'nobody']) assert.equal(await told('helpdesk', id), 'not-found', id);
  assert.equal(await told('administrator', 'nobody'), 'person-unknown');
  assert.equal(await told('operator', 'member', 'nothing'), 'client-unknown');
});

it('with what is not there to be asked for, and writes nothing', async () => {
  const writes = await writesOf(fresh.store, async () => {
    const result = await ask('auditor', 'member', 'app', 'urn:latchkey:acr:mfa  gold');
    assert.ok(result.ok);
    assert.deepEqual([result.value.ignoredAcr, result.value.login], [['gold'], 'member']);
  });
  assert.deepEqual(writes, []);
});
