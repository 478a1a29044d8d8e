import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Organisation } from '../../src/records/organisation.ts';
import type { Person } from '../../src/records/person.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import type { Level, Proof } from '../../src/records/proof.ts';
import type {
  AuthenticationRequest,
  AuthenticationContext,
} from '../../src/policy/authentication-context.ts';
import { meetsStandingFloor, requiredSteps } from '../../src/policy/required-steps.ts';
import { aPerson, anOrganisation } from '../support/people.ts';

const OPEN = { id: 'app', requireAcr: null, acceptTrust: true, organisations: null };
const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

const enrolled = { authenticators: [{ id: 'a', secret: 's', createdAt: 0 }] };
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
  requireAcr?: AuthenticationContext['client']['requireAcr'];
  organisation?: Partial<Organisation>;
  client?: Partial<AuthenticationContext['client']>;
  trusted?: string[];
  available?: FactorId[];
  enrolmentCodeShown?: boolean;
}) =>
  requiredSteps({
    who:
      fields.person === null
        ? undefined
        : {
            person: aPerson(fields.person),
            organisation: anOrganisation({
              mfa: fields.mfa ?? 'required',
              trustedDays: 0,
              ...fields.organisation,
            }),
          },
    client: { ...OPEN, requireAcr: fields.requireAcr ?? null, ...fields.client },
    trusted: fields.trusted ?? [],
    available: fields.available ?? ['totp'],
    enrolmentCodeShown: fields.enrolmentCodeShown ?? false,
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
    const { reasons } = decide({ proofs: [pwd()], available: ['totp', 'email-code'] });
    assert.deepEqual(reasons, ['organisation requires MFA (email)']);
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
  const meets = (
    level: Level,
    fields: Partial<Person>,
    mfa: Organisation['mfa'],
    client: Partial<AuthenticationContext['client']> = {},
    organisation: Partial<Organisation> = {},
  ): boolean =>
    meetsStandingFloor(level, {
      who: {
        person: aPerson(fields),
        organisation: anOrganisation({ mfa, trustedDays: 0, ...organisation }),
      },
      client: { ...OPEN, ...client },
      available: ['totp', 'email-code'],
      now: NOW,
    });

  it('lets a token through while nothing was tightened', () => {
    assert.ok(meets('password', {}, 'optional'));
    assert.ok(meets('mfa', enrolled, 'required', { requireAcr: 'mfa' }));
    assert.ok(meets('trusted', enrolled, 'required', {}, { trustedDays: 30 }));
  });
  it('stops one that is below it now', () => {
    assert.ok(!meets('password', {}, 'required'));
    assert.ok(!meets('password', enrolled, 'optional'));
    assert.ok(!meets('mfa', enrolled, 'required', { requireAcr: 'phr' }));
    assert.ok(!meets('trusted', enrolled, 'required'));
    assert.ok(!meets('trusted', enrolled, 'required', { acceptTrust: false }, { trustedDays: 30 }));
    assert.ok(!meets('email', enrolled, 'required', {}, { factors: ['totp'] }));
  });
  it('stops everybody of an organisation that the client is not open to', () => {
    assert.ok(!meets('phr', enrolled, 'required', { organisations: ['other'] }));
    assert.ok(meets('phr', enrolled, 'required', { organisations: ['acme', 'other'] }));
  });
});

describe('a trusted computer', () => {
  const trust: Proof = { method: 'trusted-computer', at: NOW, computer: 'c1' };
  const at = (fields: Parameters<typeof decide>[0]) =>
    decide({
      person: enrolled,
      proofs: [pwd(), trust],
      trusted: ['c1'],
      organisation: { trustedDays: 30 },
      ...fields,
    });

  it('stands in for the second factor, and the token says so', () => {
    const decision = at({});
    assert.equal(
      decision.next === 'done' && decision.authentication.acr,
      'urn:latchkey:acr:trusted',
    );
    assert.deepEqual(decision.next === 'done' && decision.authentication.amr, ['pwd']);
  });
  it('does not where it is no longer trusted, nor without the password', () => {
    assert.equal(at({ trusted: [] }).next, 'factor');
    assert.equal(at({ trusted: ['c2'] }).next, 'factor');
    assert.equal(at({ proofs: [trust] }).next, 'password');
  });
  it('does not where organisation, person or client do not accept it', () => {
    assert.equal(at({ organisation: { trustedDays: 0 } }).next, 'factor');
    assert.equal(at({ person: { ...enrolled, trustedDays: 0 } }).next, 'factor');
    assert.equal(at({ client: { acceptTrust: false } }).next, 'factor');
  });
  it('never meets what a client or a request asks for by name', () => {
    assert.equal(at({ requireAcr: 'mfa' }).next, 'factor');
    assert.equal(at({ request: { acrValues: ['urn:latchkey:acr:mfa'] } }).next, 'factor');
    assert.equal(at({ request: { essentialAcr: ['urn:latchkey:acr:email'] } }).next, 'factor');
  });
});

describe('factors that are allowed', () => {
  const emailOnly = {
    emailMfaSince: 1,
    secondaryEmail: { address: 'alice@home.test', verifiedAt: 1 },
  };
  const mail: Proof = { method: 'email-code', at: NOW };
  const available: FactorId[] = ['totp', 'passkey', 'email-code', 'one-time-codes'];

  it('an email code is enough where it is allowed, and no more than acr email', () => {
    const decision = decide({ person: emailOnly, proofs: [pwd(), mail], available });
    assert.equal(decision.next === 'done' && decision.authentication.acr, 'urn:latchkey:acr:email');
  });
  it('a forbidden factor does not count, and only its fresh proof leads to another', () => {
    const organisation = { factors: ['totp', 'one-time-codes'] as FactorId[] };
    const ask = (proofs: Proof[]) => decide({ person: emailOnly, proofs, available, organisation });
    const before = ask([pwd()]);
    assert.deepEqual(
      [before.next, before.next === 'factor' && before.factors],
      ['factor', ['email-code']],
    );
    const after = ask([pwd(), mail]);
    assert.deepEqual([after.next, after.next === 'enrol' && after.factors], ['enrol', ['totp']]);
    const stale = ask([pwd(), { ...mail, at: NOW - 6 * MINUTE }]);
    assert.equal(stale.next, 'factor');
    const both = ask([pwd(6 * MINUTE), { ...mail, at: NOW - 6 * MINUTE }]);
    assert.equal(both.next, 'password', 'the password too: a code alone leads to no factor');
  });
  it('a client that wants more than the person has leads through their factor to a stronger one', () => {
    const ask = (proofs: Proof[]) =>
      decide({ person: enrolled, proofs, available, requireAcr: 'phr' });
    const before = ask([pwd()]);
    assert.deepEqual(
      [before.next, before.next === 'factor' && before.factors],
      ['factor', ['totp']],
    );
    const after = ask([pwd(), otp()]);
    assert.deepEqual([after.next, after.next === 'enrol' && after.factors], ['enrol', ['passkey']]);
    assert.equal(
      ask([pwd(), { method: 'trusted-computer', at: NOW, computer: 'c' }]).next,
      'factor',
    );
  });
  it('an email code cannot lead past an authenticator that the person has', () => {
    const both = { ...emailOnly, ...enrolled };
    const decision = decide({ person: both, proofs: [pwd(), mail], available, requireAcr: 'phr' });
    assert.deepEqual(decision.next === 'factor' && decision.factors, ['totp']);
  });
  it('without a mail server, who has email codes only is refused rather than let in', () => {
    const decision = decide({ person: emailOnly, proofs: [pwd()], available: ['totp'] });
    assert.equal(decision.next, 'refuse');
  });
});

describe('a date from which a factor is required', () => {
  const until = NOW + 10 * 86_400_000;
  const graced = { mfaFrom: until };
  it('lets in before, and offers the set-up with the date', () => {
    const decision = decide({ person: {}, proofs: [pwd()], organisation: graced });
    assert.equal(decision.next, 'done');
    assert.deepEqual(decision.next === 'done' && decision.offer, { factors: ['totp'], until });
  });
  it('requires it from that moment on', () => {
    const decision = decide({ person: {}, proofs: [pwd()], organisation: { mfaFrom: NOW } });
    assert.equal(decision.next, 'enrol');
  });
  it('takes the earlier of organisation and person, and none of it for administrators', () => {
    const sooner = decide({
      person: { mfa: 'required' },
      proofs: [pwd()],
      organisation: graced,
    });
    assert.equal(sooner.next, 'enrol');
    const admin = decide({
      person: { role: 'administrator' },
      proofs: [pwd()],
      organisation: graced,
    });
    assert.equal(admin.next, 'enrol');
  });
  it('asks whoever has a factor for it, date or not', () => {
    assert.equal(
      decide({ person: enrolled, proofs: [pwd()], organisation: graced }).next,
      'factor',
    );
  });
});

describe('after a reset', () => {
  const reset = { enrolmentCode: { hash: 'h', expiresAt: NOW + MINUTE } };
  it('the administrator’s code comes before a new set-up', () => {
    assert.equal(decide({ person: reset, proofs: [pwd()] }).next, 'enrolment-code');
    assert.equal(
      decide({ person: reset, proofs: [pwd()], enrolmentCodeShown: true }).next,
      'enrol',
    );
  });
  it('it comes before a set-up that can be put off, too', () => {
    const organisation = { mfaFrom: NOW + MINUTE };
    const offerOf = (enrolmentCodeShown: boolean) => {
      const asked = { person: reset, proofs: [pwd()], organisation, enrolmentCodeShown };
      const decision = decide(asked);
      return decision.next === 'done' && decision.offer?.enrolmentCode;
    };
    assert.equal(offerOf(false), true);
    assert.equal(offerOf(true), undefined);
  });
  it('not before the password', () => {
    assert.equal(decide({ person: reset, proofs: [], enrolmentCodeShown: true }).next, 'password');
  });
});

describe('a client that is open to some organisations', () => {
  it('turns the others away, after the password only', () => {
    const client = { organisations: ['other'] };
    assert.equal(decide({ person: enrolled, proofs: [], client }).next, 'password');
    assert.equal(decide({ person: enrolled, proofs: [pwd(), otp()], client }).next, 'not-open');
  });
});

describe('a passkey', () => {
  const passkeys = [
    { id: 'k', publicKey: '', transports: [], synced: true, name: '', createdAt: 0 },
  ];
  const shown: Proof = { method: 'passkey', at: NOW, key: 'swk' };
  it('is a sign-in by itself, of the highest level', () => {
    const decision = decide({ person: { passkeys }, proofs: [shown], available: ['passkey'] });
    assert.equal(decision.next === 'done' && decision.authentication.acr, 'phr');
    assert.deepEqual(decision.next === 'done' && decision.authentication.amr, [
      'pop',
      'user',
      'mfa',
      'swk',
    ]);
  });
  it('counts only where passkeys are allowed', () => {
    const organisation = { factors: ['totp'] as FactorId[] };
    const decision = decide({
      person: { passkeys },
      proofs: [shown],
      available: ['totp', 'passkey'],
      organisation,
    });
    assert.equal(decision.next, 'password');
  });
});

describe('a set-up that the account pages ask for', () => {
  const asks = (fields: Parameters<typeof decide>[0], enrol: FactorId = 'totp') =>
    decide({
      available: ['totp', 'email-code', 'one-time-codes'],
      mfa: 'optional',
      ...fields,
      request: { enrol },
    });
  const ago = 6 * MINUTE;

  const cases: [string, Parameters<typeof decide>[0], string][] = [
    ['a fresh password, no factor', { proofs: [pwd()] }, 'enrol'],
    ['an old password, no factor', { proofs: [pwd(ago)] }, 'password'],
    ['all of it fresh', { person: enrolled, proofs: [pwd(MINUTE), otp(MINUTE)] }, 'enrol'],
    [
      'an old password beside a fresh code',
      { person: enrolled, proofs: [pwd(ago), otp()] },
      'password',
    ],
    [
      'an old code beside a fresh password',
      { person: enrolled, proofs: [pwd(), otp(ago)] },
      'factor',
    ],
    ['where two-step authentication is off', { mfa: 'off', proofs: [pwd()] }, 'refuse'],
    [
      'not allowed to the person',
      { person: { factors: ['email-code'] }, proofs: [pwd()] },
      'refuse',
    ],
    [
      'after a reset, without the administrator’s code',
      { person: { enrolmentCode: { hash: 'h', expiresAt: NOW + MINUTE } }, proofs: [pwd()] },
      'enrolment-code',
    ],
  ];
  for (const [name, fields, next] of cases)
    it(`${name}: ${next}`, () => assert.equal(asks(fields).next, next));

  it('offers the others to whoever has none, and no other to whoever has one', () => {
    const first = asks({ proofs: [pwd()] });
    assert.deepEqual(first.next === 'enrol' && first.factors, ['totp', 'email-code']);
    const second = asks({ person: enrolled, proofs: [pwd(), otp()] });
    assert.deepEqual(second.next === 'enrol' && second.factors, ['totp']);
  });

  it('a trusted computer and an email code are no proof for an authenticator', () => {
    const trust: Proof = { method: 'trusted-computer', at: NOW, computer: 'c' };
    const mail: Proof = { method: 'email-code', at: NOW };
    const proofs = [pwd(), trust, mail];
    const organisation = { trustedDays: 30 };
    assert.equal(asks({ person: enrolled, organisation, trusted: ['c'], proofs }).next, 'factor');
  });
});

describe('why nothing can meet it', () => {
  const why = (fields: Parameters<typeof decide>[0]): string | undefined => {
    const decision = decide({ proofs: [pwd()], ...fields });
    assert.equal(decision.next, 'refuse');
    return decision.next === 'refuse' ? decision.why : undefined;
  };
  const acr = 'urn:latchkey:acr:mfa needs totp or passkey, which ';

  it('is what the installation, the person’s rules, or the person lacks', () => {
    const mfa = { requireAcr: 'mfa' } as const;
    assert.equal(
      why({ ...mfa, available: ['email-code'] }),
      `${acr}this installation cannot check`,
    );
    assert.equal(
      why({ ...mfa, organisation: { factors: ['email-code'] } }),
      `${acr}the person may not use`,
    );
    assert.equal(why({ ...mfa, person: { factors: [] } }), `${acr}the person may not use`);
    assert.equal(why({ ...mfa, mfa: 'off' }), `${acr}the person does not have and may not set up`);
  });

  it('is that the factor held cannot be checked before another is set up', () => {
    const person = { passkeys: [{ id: 'a' }] as Person['passkeys'] };
    const told = why({ person, requireAcr: 'mfa', available: ['totp'] });
    assert.match(told ?? '', /another factor would have to be set up/u);
  });
});
