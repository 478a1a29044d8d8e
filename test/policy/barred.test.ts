/** A password that was set by a link to the address of the codes: what still counts, and what ends it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Person } from '../../src/records/person.ts';
import type { Organisation } from '../../src/records/organisation.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import type { Proof } from '../../src/records/proof.ts';
import { isEnrolled } from '../../src/policy/factors.ts';
import { explain } from '../../src/policy/explain.ts';
import type { AuthenticationRequest } from '../../src/policy/authentication-context.ts';
import { requiredSteps } from '../../src/policy/required-steps.ts';
import { aPerson, anOrganisation } from '../support/people.ts';

const NOW = 1_800_000_000_000;
const ALL: FactorId[] = ['totp', 'passkey', 'email-code', 'one-time-codes'];
const mailed: Partial<Person> = {
  secondaryEmail: { address: 'alice@home.test', verifiedAt: 1 },
  emailMfaSince: 1,
};
const codes: Partial<Person> = { oneTimeCodes: { id: 'c', sealed: '', used: [], createdAt: 1 } };
const noCodes: Partial<Person> = {
  oneTimeCodes: { id: 'c', sealed: '', used: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], createdAt: 1 },
};
const app: Partial<Person> = { authenticators: [{ id: 'a', secret: '', createdAt: 1 }] };
const at = (method: Proof['method']): Proof => ({ method, at: NOW });

function situation(
  fields: Partial<Person>,
  proofs: Proof[],
  more: { organisation?: Partial<Organisation>; request?: Partial<AuthenticationRequest> } = {},
) {
  const person = aPerson({ emailBarredSince: 5, ...fields });
  const organisation = anOrganisation({ trustedDays: 0, ...more.organisation });
  return {
    who: { person, organisation },
    client: { id: '', requireAcr: null, acceptTrust: true, organisations: null },
    request: {
      acrValues: [],
      essentialAcr: undefined,
      maxAge: undefined,
      forceLogin: false,
      startedAt: NOW,
      ...more.request,
    },
    proofs,
    trusted: [],
    available: ALL,
    enrolmentCodeShown: false,
    now: NOW,
  };
}
const decide = (...args: Parameters<typeof situation>) => requiredSteps(situation(...args));

describe('codes by mail that are barred', () => {
  it('are asked of nobody who has another factor', () => {
    const decision = decide({ ...mailed, ...codes, ...app }, [at('password')]);
    assert.ok(decision.next === 'factor');
    assert.deepEqual(decision.factors, ['totp', 'one-time-codes']);
    const few = decide({ ...mailed, ...codes }, [at('password')]);
    assert.ok(few.next === 'factor');
    assert.deepEqual(few.factors, ['one-time-codes']);
  });

  it('prove nothing, for the floor, for an acr or for a set-up', () => {
    const both = [at('password'), at('email-code')];
    assert.equal(decide({ ...mailed, ...codes }, both).next, 'factor');
    const optional = { organisation: { mfa: 'optional' as const } };
    assert.equal(decide({ ...mailed, ...codes }, both, optional).next, 'factor');
    assert.equal(decide({ ...mailed, ...noCodes }, both).next, 'factor-barred');
    const asked = { request: { acrValues: ['urn:latchkey:acr:mfa'] } };
    assert.equal(decide({ ...mailed, ...noCodes }, both, asked).next, 'refuse');
  });

  it('leave their owner enrolled: a password alone sets up nothing', () => {
    assert.ok(isEnrolled(aPerson({ ...mailed, emailBarredSince: 5 })));
    assert.equal(decide({ ...mailed, ...noCodes }, [at('password')]).next, 'factor-barred');
    const off = { organisation: { mfa: 'off' as const } };
    assert.equal(decide({ ...mailed, ...noCodes }, [at('password')], off).next, 'factor-barred');
  });

  it('don’t raise what is asked for: a one-time code is enough, and so is it afterwards', () => {
    const proven = decide({ ...mailed, ...codes }, [at('password'), at('one-time-codes')]);
    assert.ok(proven.next === 'done');
    const later = decide({ ...mailed, ...codes, emailBarredSince: null }, [
      at('password'),
      at('email-code'),
    ]);
    assert.ok(later.next === 'done' && later.authentication.level === 'email');
  });

  it('can’t be set up by somebody who has no factor yet', () => {
    const { secondaryEmail } = mailed;
    const decision = decide({ secondaryEmail: secondaryEmail ?? null }, [at('password')]);
    assert.ok(decision.next === 'enrol');
    assert.deepEqual(decision.factors, ['totp', 'passkey']);
    const only = { organisation: { factors: ['email-code' as const] } };
    assert.equal(decide({}, [at('password')], only).next, 'factor-barred');
  });

  it('are told by the explanation of the policy', () => {
    const { steps, token } = explain(situation({ ...mailed, ...noCodes }, []));
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['password', 'factor-barred'],
    );
    assert.equal(token, null);
  });
});
