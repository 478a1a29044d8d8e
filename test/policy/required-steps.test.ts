import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Organisation } from '../../src/accounts/organisation.ts';
import type { Person } from '../../src/accounts/person.ts';
import type { Proof } from '../../src/factors/factor.ts';
import {
  meetsStandingFloor,
  requiredSteps,
  type AuthenticationRequest,
  type Situation,
} from '../../src/policy/required-steps.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

const person = (fields: Partial<Person> = {}): Person => ({
  id: 'p1',
  organisation: 'acme',
  login: 'alice',
  email: 'alice@acme.test',
  name: 'Alice',
  role: 'member',
  mfa: 'inherit',
  active: true,
  epoch: 1,
  passwordHash: 'x',
  authenticators: [],
  pendingAuthenticator: null,
  retiredAuthenticators: [],
  language: null,
  createdAt: 0,
  ...fields,
});
const enrolled = { authenticators: [{ id: 'a', secret: 's', createdAt: 0 }] };
const organisation = (mfa: Organisation['mfa']): Organisation => ({
  id: 'acme',
  name: 'Acme',
  mfa,
  createdAt: 0,
});
const request = (fields: Partial<AuthenticationRequest> = {}): AuthenticationRequest => ({
  acrValues: [],
  essentialAcr: undefined,
  maxAge: undefined,
  forceLogin: false,
  startedAt: NOW,
  ...fields,
});
const pwd = (ago = 0): Proof => ({ method: 'password', at: NOW - ago });
const otp = (ago = 0): Proof => ({ method: 'totp', at: NOW - ago });

const decide = (fields: {
  person?: Partial<Person> | null;
  mfa?: Organisation['mfa'];
  request?: Partial<AuthenticationRequest>;
  proofs?: Proof[];
  requireAcr?: Situation['client']['requireAcr'];
}) =>
  requiredSteps({
    who:
      fields.person === null
        ? undefined
        : { person: person(fields.person), organisation: organisation(fields.mfa ?? 'required') },
    client: { requireAcr: fields.requireAcr ?? null },
    request: request(fields.request),
    proofs: fields.proofs ?? [],
    now: NOW,
  });

describe('what a sign-in needs next', () => {
  it('begins with the password, whoever it is', () => {
    assert.equal(decide({ person: null }).next, 'password');
    assert.equal(decide({ person: enrolled }).next, 'password');
  });

  it('never takes a second factor for a password', () => {
    assert.equal(decide({ person: enrolled, proofs: [otp()] }).next, 'password');
  });

  const cases: [string, Parameters<typeof decide>[0], string][] = [
    ['required, no factor', { proofs: [pwd()] }, 'enrol'],
    ['required, factor held', { person: enrolled, proofs: [pwd()] }, 'factor'],
    ['required, factor proven', { person: enrolled, proofs: [pwd(), otp()] }, 'done'],
    ['optional, no factor', { mfa: 'optional', proofs: [pwd()] }, 'done'],
    ['optional, factor held', { mfa: 'optional', person: enrolled, proofs: [pwd()] }, 'factor'],
    [
      'off, required for the person',
      { mfa: 'off', person: { mfa: 'required' }, proofs: [pwd()] },
      'enrol',
    ],
    [
      'off, an administrator',
      { mfa: 'off', person: { role: 'administrator' }, proofs: [pwd()] },
      'enrol',
    ],
    [
      'off, a factor held all the same',
      { mfa: 'off', person: enrolled, proofs: [pwd()] },
      'factor',
    ],
    ['off, nothing asked', { mfa: 'off', proofs: [pwd()] }, 'done'],
    ['off, client asks for mfa', { mfa: 'off', requireAcr: 'mfa', proofs: [pwd()] }, 'refuse'],
    [
      'off, available to the person, client asks',
      { mfa: 'off', person: { mfa: 'available' }, requireAcr: 'mfa', proofs: [pwd()] },
      'enrol',
    ],
    [
      'optional, client asks for mfa',
      { mfa: 'optional', requireAcr: 'mfa', proofs: [pwd()] },
      'enrol',
    ],
    [
      'client asks for phr, which nobody has',
      { person: enrolled, requireAcr: 'phr', proofs: [pwd(), otp()] },
      'refuse',
    ],
  ];
  for (const [name, situation, expected] of cases) {
    it(`${name}: ${expected}`, () => assert.equal(decide(situation).next, expected));
  }

  it('tells its reasons', () => {
    assert.deepEqual(decide({ proofs: [pwd()] }).reasons, ['organisation requires MFA (email)']);
  });
});

describe('what the request asks for', () => {
  const optional = { mfa: 'optional' as const, proofs: [pwd()] };

  it('ignores unknown acr_values and takes the weakest known one as the floor', () => {
    const ask = (acrValues: string[]) => decide({ ...optional, request: { acrValues } }).next;
    assert.equal(ask(['urn:other:gold']), 'done');
    assert.equal(ask(['urn:latchkey:acr:mfa']), 'enrol');
    assert.equal(ask(['urn:latchkey:acr:mfa', 'urn:latchkey:acr:password']), 'done');
  });

  it('returns exactly one of the values of an essential acr, the strongest that is met', () => {
    const stated = (essentialAcr: string[], proofs: Proof[]) => {
      const decision = decide({ person: enrolled, proofs, request: { essentialAcr } });
      return decision.next === 'done' ? decision.authentication.acr : decision.next;
    };
    const all = ['urn:latchkey:acr:password', 'urn:latchkey:acr:mfa'];
    assert.equal(stated(all, [pwd(), otp()]), 'urn:latchkey:acr:mfa');
    assert.equal(
      stated(['urn:latchkey:acr:password'], [pwd(), otp()]),
      'urn:latchkey:acr:password',
    );
    assert.equal(stated(['urn:latchkey:acr:email'], [pwd(), otp()]), 'urn:latchkey:acr:email');
    assert.equal(stated(all, [pwd()]), 'factor');
  });

  it('refuses an essential acr that does not exist, before anybody types anything', () => {
    assert.equal(
      decide({ person: null, request: { essentialAcr: ['urn:other:gold'] } }).next,
      'refuse',
    );
  });

  it('counts only proofs that are young enough for max_age', () => {
    const ask = (proofs: Proof[]) =>
      decide({ person: enrolled, proofs, request: { maxAge: 300 } }).next;
    assert.equal(ask([pwd(4 * MINUTE), otp(4 * MINUTE)]), 'done');
    assert.equal(ask([pwd(6 * MINUTE), otp(6 * MINUTE)]), 'password');
    // A fresh password never makes an old code look fresh.
    assert.equal(ask([pwd(), otp(6 * MINUTE)]), 'factor');
  });

  it('does not ask again for what was proven for this very request, however slow the typing', () => {
    const slow = { maxAge: 1, startedAt: NOW - 5 * MINUTE };
    assert.equal(
      decide({ person: enrolled, proofs: [pwd(MINUTE), otp()], request: slow }).next,
      'done',
    );
  });

  it('counts only proofs made since the request for prompt=login', () => {
    const ask = (proofs: Proof[]) =>
      decide({ person: enrolled, proofs, request: { forceLogin: true, startedAt: NOW - MINUTE } })
        .next;
    assert.equal(ask([pwd(2 * MINUTE), otp(2 * MINUTE)]), 'password');
    assert.equal(ask([pwd(30_000), otp()]), 'done');
  });

  it('takes nothing away when a later, weaker sign-in was added', () => {
    const decision = decide({
      person: enrolled,
      proofs: [pwd(5 * MINUTE), otp(5 * MINUTE), pwd()],
    });
    assert.equal(decision.next, 'done');
    assert.equal(decision.next === 'done' && decision.authentication.acr, 'urn:latchkey:acr:mfa');
  });
});

describe('the standing floor, which refreshes are compared with', () => {
  const who = (fields: Partial<Person>, mfa: Organisation['mfa']) => ({
    person: person(fields),
    organisation: organisation(mfa),
  });
  it('lets a token through while nothing was tightened', () => {
    assert.ok(meetsStandingFloor('password', who({}, 'optional'), { requireAcr: null }));
    assert.ok(meetsStandingFloor('mfa', who(enrolled, 'required'), { requireAcr: 'mfa' }));
  });
  it('stops one that is below it now', () => {
    assert.ok(!meetsStandingFloor('password', who({}, 'required'), { requireAcr: null }));
    assert.ok(!meetsStandingFloor('password', who(enrolled, 'optional'), { requireAcr: null }));
    assert.ok(!meetsStandingFloor('mfa', who(enrolled, 'required'), { requireAcr: 'phr' }));
  });
});
