/** No policy leaves an administrator of the installation without a factor of level mfa: at every door, in one rule. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import type { OrganisationPolicy } from '../../src/operations/organisations/organisation-policy.ts';
import { updatePerson, type PersonUpdate } from '../../src/operations/people/update-person.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { changePerson, personCollection } from '../../src/records/person.ts';
import { operatorPerformed } from '../../src/audit/performed.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { NO_NOTICES } from '../support/operator.ts';
import { addStaff, performedBy } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
after(() => fresh.close());

const operator = operatorPerformed({ default_language: 'en' }, NOW);

async function policy(id: string, change: OrganisationPolicy, by = operator): Promise<string> {
  const stored = await fresh.store.get(organisationCollection, id);
  const result = await changeOrganisation(fresh, by, id, change);
  if (result.ok) return 'done';
  assert.deepEqual(await fresh.store.get(organisationCollection, id), stored);
  return result.problem.code;
}

async function person(id: string, change: PersonUpdate): Promise<string> {
  const stored = await fresh.store.get(personCollection, id);
  const parts = { store: fresh.store, relay: { soon() {} }, notices: NO_NOTICES };
  const result = await updatePerson(parts, operator, id, change);
  if (result.ok) return 'done';
  assert.deepEqual(await fresh.store.get(personCollection, id), stored);
  return result.problem.code;
}

describe('a policy that locks an administrator of the installation out', () => {
  // Everybody there has an authenticator; administrators of the organisation are no reason.
  it('of their organisation is refused, whoever makes it', async () => {
    for (const by of [operator, performedBy('organisation-administrator', NOW)]) {
      for (const factors of [['email-code'], ['passkey', 'one-time-codes']] as const)
        assert.equal(
          await policy('acme', { factors: [...factors] }, by),
          'administrator-locked-out',
        );
      assert.equal(await policy('acme', { factors: ['totp', 'email-code'] }, by), 'done');
    }
    assert.equal(await policy('globex', { factors: ['email-code'] }), 'done');
    assert.equal(await policy('acme', { mfa: 'off', trustedDays: 3 }), 'done');
  });

  it('of their own is refused, and is anybody else’s to have', async () => {
    assert.equal(
      await person('administrator', { factors: ['email-code'] }),
      'administrator-locked-out',
    );
    assert.equal(await person('administrator', { factors: ['totp'] }), 'done');
    assert.equal(await person('administrator', { factors: null }), 'done');
    assert.equal(await person('organisation-administrator', { factors: ['email-code'] }), 'done');
  });

  it('is not made by a role or a move either', async () => {
    const role = 'administrator';
    assert.equal(await person('organisation-administrator', { role }), 'administrator-locked-out');
    assert.equal(await person('organisation-administrator', { role, factors: null }), 'done');
    const organisation = 'globex';
    const moved = { organisation, role } as const;
    assert.equal(await person('organisation-administrator', moved), 'administrator-locked-out');
    assert.equal(await person('organisation-administrator', { organisation }), 'done');
  });

  it('that is there already keeps nothing else from being changed', async () => {
    await changePerson(fresh.store, 'administrator', () => ({
      set: { authenticators: [], factors: ['email-code'] },
      result: undefined,
    }));
    assert.equal(await person('administrator', { name: 'Alice' }), 'done');
    assert.equal(await policy('acme', { factors: ['email-code'] }), 'done');
    assert.equal(await person('administrator', { factors: null }), 'done', 'still locked out');
    assert.equal(await policy('acme', { factors: ['totp'] }), 'done');
    assert.equal(await policy('acme', { factors: ['email-code'] }), 'administrator-locked-out');
  });
});
