/** Whole persons and organisations for tests of pure rules. */
import { FACTOR_IDS } from '../../src/records/factor-id.ts';
import type { Organisation } from '../../src/records/organisation.ts';
import type { Person } from '../../src/records/person.ts';

export function aPerson(fields: Partial<Person> = {}): Person {
  return {
    id: 'p1',
    organisation: 'acme',
    login: 'alice',
    email: 'alice@acme.test',
    name: 'Alice',
    role: 'member',
    groups: [],
    mfa: 'inherit',
    mfaFrom: null,
    factors: null,
    trustedDays: null,
    active: true,
    epoch: 1,
    trustEpoch: 1,
    consentEpoch: 1,
    passwordHash: 'x',
    authenticators: [],
    pendingAuthenticator: null,
    retiredAuthenticators: [],
    passkeys: [],
    passcodes: [],
    secondaryEmail: null,
    emailMfaSince: null,
    emailBarredSince: null,
    addressCheck: null,
    oneTimeCodes: null,
    enrolmentCode: null,
    language: null,
    createdAt: 0,
    ...fields,
  };
}

export function anOrganisation(fields: Partial<Organisation> = {}): Organisation {
  return {
    id: 'acme',
    name: 'Acme',
    mfa: 'required',
    mfaFrom: null,
    factors: [...FACTOR_IDS],
    trustedDays: 30,
    domains: null,
    trustEpoch: 1,
    apps: {},
    createdAt: 0,
    ...fields,
  };
}
