/** Organisations and their policy, below every door. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import {
  addOrganisation,
  addOrganisationInput,
} from '../../src/operations/organisations/add-organisation.ts';
import {
  changeOrganisation,
  changeOrganisationInput,
} from '../../src/operations/organisations/change-organisation.ts';
import type { OrganisationPolicy } from '../../src/operations/organisations/organisation-policy.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import type { Result } from '../../src/result.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const DAY = 24 * 3600_000;
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
after(() => fresh.close());

const admin = performedBy('administrator', NOW);
const own = performedBy('organisation-administrator', NOW);
const eventOf = async (id: string) => {
  const message = (await fresh.store.get(organisationCollection, id))?.postings?.at(-1);
  assert.ok(message && 'event' in message);
  return message.event;
};
const codeOf = (result: Result<unknown>): string => (result.ok ? 'done' : result.problem.code);

describe('an organisation is added', () => {
  it('with policy and event in one write', async () => {
    const input = { name: 'Zoo', mfa: 'optional', factors: ['totp'], trustedDays: 7 } as const;
    const writes = await writesOf(fresh.store, async () => {
      const added = await addOrganisation(fresh, admin, addOrganisationInput.parse(input));
      assert.ok(added.ok);
      const { createdAt: _, postings: __, ...made } = added.value;
      assert.deepEqual(made, { ...input, id: 'zoo', mfaFrom: null, trustEpoch: 1 });
    });
    assert.deepEqual(writes, ['insert organisation']);
    const { type, organisation, actorId } = await eventOf('zoo');
    assert.deepEqual([type, organisation, actorId], ['organisation.added', 'zoo', 'administrator']);
  });

  it('by the installation’s administrators alone, once, with a policy that can be', async () => {
    const plain = { name: 'Circus', mfa: 'required' } as const;
    assert.equal(codeOf(await addOrganisation(fresh, own, plain)), 'not-allowed');
    const stale = { ...admin, fresh: false };
    assert.equal(codeOf(await addOrganisation(fresh, stale, plain)), 'fresh-factor-needed');
    const broken: [object, string][] = [
      [{ mfaFrom: NOW }, 'grace-past'],
      [{ factors: ['one-time-codes'] }, 'factors-companion'],
      [{ name: '組織' }, 'organisation-id-format'],
      [{ name: ' ' }, 'name-format'],
      [{ name: 'Acme' }, 'organisation-taken'],
    ];
    for (const [change, code] of broken)
      assert.equal(codeOf(await addOrganisation(fresh, admin, { ...plain, ...change })), code);
    assert.equal(await fresh.store.get(organisationCollection, 'circus'), undefined);
  });
});

describe('an organisation’s policy is changed', () => {
  const change = (performed: Performed, id: string, policy: OrganisationPolicy) =>
    changeOrganisation(fresh, performed, id, policy);

  it('by its own administrator, in one write that says what, and ends what it must', async () => {
    const before = await fresh.store.get(organisationCollection, 'acme');
    const policy = { mfaFrom: NOW + DAY, trustedDays: 7 };
    const writes = await writesOf(fresh.store, async () =>
      assert.equal(codeOf(await change(own, 'acme', policy)), 'done'),
    );
    assert.deepEqual(writes, ['update organisation']);
    const { type, organisation, actor, actorId, details } = await eventOf('acme');
    assert.deepEqual(
      [type, organisation, actor, actorId],
      ['organisation.changed', 'acme', 'administrator', 'organisation-administrator'],
    );
    const day = new Date(NOW + DAY).toISOString().slice(0, 10);
    assert.deepEqual(details, { grace_until: `none → ${day}`, trusted_days: '30 → 7' });
    const after = await fresh.store.get(organisationCollection, 'acme');
    assert.equal(after?.trustEpoch, (before?.trustEpoch ?? 0) + 1, 'fewer days end trust');
    assert.deepEqual(await writesOf(fresh.store, () => change(own, 'acme', policy)), []);
  });

  it('by nobody of another one, who does not learn whether it is there', async () => {
    for (const id of ['globex', 'nowhere', 'no id'])
      assert.equal(codeOf(await change(own, id, { trustedDays: 0 })), 'not-found', id);
    assert.equal(
      codeOf(await change(admin, 'nowhere', { trustedDays: 0 })),
      'organisation-unknown',
    );
    assert.equal((await fresh.store.get(organisationCollection, 'globex'))?.trustedDays, 30);
  });

  it('by nobody who only helps or looks, nor without a fresh factor', async () => {
    for (const role of ['helpdesk', 'auditor', 'member'] as const)
      assert.equal(
        codeOf(await change(performedBy(role, NOW), 'acme', { mfa: 'off' })),
        'not-allowed',
      );
    const stale = { ...own, fresh: false };
    assert.equal(codeOf(await change(stale, 'acme', { mfa: 'off' })), 'fresh-factor-needed');
    assert.equal((await fresh.store.get(organisationCollection, 'acme'))?.mfa, 'required');
  });

  it('to what can be', async () => {
    assert.equal(codeOf(await change(admin, 'acme', { mfaFrom: NOW - 1 })), 'grace-past');
    const alone = { factors: ['one-time-codes' as const] };
    assert.equal(codeOf(await change(admin, 'acme', alone)), 'factors-companion');
    const bad = [
      { mfa: 'maybe' },
      { factors: ['sms'] },
      { trustedDays: 366 },
      { trustedDays: 0.5 },
      { mfaFrom: { $gt: 0 } },
    ];
    for (const input of bad) assert.ok(!changeOrganisationInput.safeParse(input).success);
    assert.deepEqual(changeOrganisationInput.parse({ trustEpoch: 9 }), {});
    assert.equal(addOrganisationInput.parse({ name: 'Plain' }).mfa, 'required');
  });
});
