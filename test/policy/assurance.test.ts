/** What policy leaves an administrator of the installation with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLockedOut } from '../../src/policy/assurance.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import type { Person } from '../../src/records/person.ts';
import { aPerson, anOrganisation } from '../support/people.ts';

const totp = { authenticators: [{ id: 'a', secret: 's', createdAt: 0 }] };
const passkeys = [
  { id: 'k', publicKey: '', transports: [], synced: false, name: 'Key', createdAt: 0 },
];
const email = {
  secondaryEmail: { address: 'alice@other.test', verifiedAt: 1 },
  emailMfaSince: 1,
};
const codes = { oneTimeCodes: { id: 'c', sealed: 's', used: [], createdAt: 0 } };

interface Case {
  own?: Partial<Person>;
  /** Of the organisation, and of the person. */
  factors?: FactorId[];
  personal?: FactorId[];
}

describe('a policy that leaves an administrator of the installation without a strong factor', () => {
  const cases: [string, Case, boolean][] = [
    ['everything is permitted', {}, false],
    ['one can be set up', { factors: ['totp', 'email-code'] }, false],
    ['only codes by mail', { factors: ['email-code', 'one-time-codes'] }, true],
    ['none', { factors: [] }, true],
    ['the person’s own list', { personal: ['email-code'] }, true],
    ['no factor is in both lists', { factors: ['totp'], personal: ['passkey'] }, true],
    ['theirs stays', { own: totp, factors: ['totp'] }, false],
    ['theirs goes, another could be set up', { own: totp, factors: ['passkey'] }, true],
    ['one of two stays', { own: { ...totp, passkeys }, factors: ['passkey'] }, false],
    ['a weak one is nothing to lose', { own: email, factors: ['totp'] }, false],
    ['a weak one is not enough', { own: { ...email, ...codes }, factors: ['email-code'] }, true],
  ];
  for (const [name, { own, factors, personal }, locked] of cases)
    it(`${name}: ${locked}`, () => {
      const organisation = anOrganisation(factors ? { factors } : {});
      const fields = { ...own, factors: personal ?? null };
      const isLocked = (more: Partial<Person>): boolean =>
        isLockedOut({ person: aPerson({ ...fields, ...more }), organisation });
      assert.equal(isLocked({ role: 'administrator' }), locked);
      assert.equal(isLocked({ role: 'administrator', active: false }), false);
      assert.equal(isLocked({ role: 'organisation-administrator' }), false);
      assert.equal(isLocked({ role: 'member' }), false);
    });
});
