/** The one policy, told from nothing to the end of a sign-in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Organisation } from '../../src/records/organisation.ts';
import { ROLES, type Person } from '../../src/records/person.ts';
import { type FactorId, FACTOR_IDS } from '../../src/records/factor-id.ts';
import { ACR } from '../../src/policy/factors.ts';
import { explain, type Explanation } from '../../src/policy/explain.ts';
import type { ClientPolicy } from '../../src/policy/assurance.ts';
import { aPerson, anOrganisation } from '../support/people.ts';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;

const totp = { authenticators: [{ id: 'a', secret: 's', createdAt: 0 }] };
const email = {
  secondaryEmail: { address: 'alice@other.test', verifiedAt: 1 },
  emailMfaSince: 1,
};
const codes = { oneTimeCodes: { id: 'c', sealed: 's', used: [], createdAt: 0 } };
const passkey = {
  passkeys: [{ id: 'k', publicKey: '', transports: [], synced: false, name: 'Key', createdAt: 0 }],
};

const told = (fields: {
  person?: Partial<Person>;
  organisation?: Partial<Organisation>;
  client?: Partial<ClientPolicy>;
  acr?: string[];
  available?: FactorId[];
}): Explanation =>
  explain({
    who: { person: aPerson(fields.person), organisation: anOrganisation(fields.organisation) },
    client: {
      id: 'app',
      requireAcr: null,
      acceptTrust: true,
      organisations: null,
      ...fields.client,
    },
    request: {
      acrValues: fields.acr ?? [],
      essentialAcr: undefined,
      maxAge: undefined,
      forceLogin: false,
      startedAt: NOW,
    },
    available: fields.available ?? FACTOR_IDS,
    now: NOW,
  });
const stepsOf = ({ steps }: Explanation): string[] => steps.map(({ step }) => step);
const step = ({ steps }: Explanation, name: string) => steps.find((one) => one.step === name);
const amr = ({ token }: Explanation): string => token?.amr.join(' ') ?? 'none';

describe('policy explain', () => {
  it('tells of a password alone where nothing more is asked', () => {
    const explained = told({ organisation: { mfa: 'optional' } });
    assert.deepEqual(stepsOf(explained), ['password', 'done']);
    assert.deepEqual(explained.token, { acr: ACR.password, amr: ['pwd'] });
    assert.equal(explained.trustIsEnough, false);
    assert.equal(explained.postponableUntil, null);
  });

  it('asks everybody with duties for a second factor at once, whatever else is said', () => {
    const organisation = { mfa: 'off', mfaFrom: NOW + DAY } as const;
    for (const role of ROLES.filter((one) => one !== 'member')) {
      const explained = told({ person: { role }, organisation });
      assert.deepEqual(stepsOf(explained).slice(0, 2), ['password', 'enrol'], role);
      assert.deepEqual(step(explained, 'enrol')?.reasons, [`${role} (trusted)`]);
      assert.deepEqual([explained.mayEnrol, explained.postponableUntil], [true, null]);
      const graced = told({ person: { role, mfa: 'required', mfaFrom: NOW + DAY }, organisation });
      assert.equal(graced.postponableUntil, null, role);
    }
    assert.deepEqual(stepsOf(told({ organisation })), ['password', 'done']);
  });

  it('names every factor that would do, and states the token of the first', () => {
    const explained = told({ person: { ...totp, ...email, ...codes } });
    assert.deepEqual(stepsOf(explained), ['password', 'factor', 'done']);
    assert.deepEqual(step(explained, 'factor')?.factors, ['totp', 'email-code', 'one-time-codes']);
    assert.deepEqual(step(explained, 'factor')?.reasons, [
      'organisation requires MFA (trusted)',
      'a factor is enrolled (trusted)',
    ]);
    assert.equal(explained.token?.acr, ACR.mfa);
    assert.equal(amr(explained), 'pwd otp mfa');
    assert.deepEqual([explained.trustDays, explained.trustIsEnough], [30, true]);
  });

  it('signs in anew after a set-up, with the factor and its one-time codes', () => {
    const explained = told({ available: ['totp', 'one-time-codes'] });
    assert.deepEqual(stepsOf(explained), ['password', 'enrol', 'password', 'factor', 'done']);
    assert.deepEqual(step(explained, 'enrol')?.factors, ['totp']);
    assert.deepEqual(step(explained, 'factor')?.factors, ['totp', 'one-time-codes']);
    assert.equal(amr(explained), 'pwd otp mfa');
  });

  const SET_UPS: readonly [FactorId, string, string][] = [
    ['totp', ACR.mfa, 'pwd otp mfa'],
    ['email-code', ACR.email, 'pwd otp mca mfa'],
    ['passkey', ACR.phr, 'pwd pop user mfa'],
  ];
  for (const [factor, acr, values] of SET_UPS) {
    it(`follows the set-up of ${factor} to its token`, () => {
      const explained = told({ organisation: { factors: [factor] } });
      assert.deepEqual(step(explained, 'factor')?.factors, [factor]);
      assert.equal(explained.token?.acr, acr);
      assert.deepEqual(amr(explained).split(' ').toSorted(), values.split(' ').toSorted());
      assert.equal(explained.trustIsEnough, true);
    });
  }

  it('asks for the code of a reset before a set-up', () => {
    const enrolmentCode = { hash: 'h', expiresAt: NOW + DAY };
    assert.deepEqual(stepsOf(told({ person: { enrolmentCode } })), [
      'password',
      'enrolment-code',
      'enrol',
      'password',
      'factor',
      'done',
    ]);
  });

  it('proves the factor that there is before a stronger one is set up', () => {
    const explained = told({ person: { ...email, ...codes }, client: { requireAcr: 'phr' } });
    assert.deepEqual(stepsOf(explained), [
      'password',
      'factor',
      'enrol',
      'password',
      'factor',
      'done',
    ]);
    assert.match(step(explained, 'factor')?.reasons.join() ?? '', /fresh proof/u);
    assert.equal(explained.token?.acr, ACR.phr);
    assert.equal(explained.trustIsEnough, false);
  });

  it('says till when a set-up can be put off', () => {
    const due = told({ organisation: { mfaFrom: NOW + DAY } });
    assert.deepEqual([stepsOf(due), due.postponableUntil], [['password', 'done'], NOW + DAY]);
    const past = told({ organisation: { mfaFrom: NOW - DAY } });
    assert.deepEqual([stepsOf(past)[1], past.postponableUntil], ['enrol', null]);
  });

  it('says that a passkey would do alone', () => {
    const explained = told({ person: passkey });
    assert.deepEqual(step(explained, 'password')?.factors, ['passkey']);
    assert.deepEqual(step(told({ person: totp }), 'password')?.factors, []);
  });

  it('says why somebody does not get in', () => {
    const asked = told({ organisation: { factors: ['email-code'] }, acr: [ACR.mfa] });
    assert.deepEqual([stepsOf(asked), asked.token], [['password', 'refuse'], null]);
    assert.match(step(asked, 'refuse')?.reasons.join() ?? '', /no factor can meet it/u);
    assert.deepEqual(stepsOf(told({ client: { organisations: ['other'] } })), [
      'password',
      'not-open',
    ]);
    const disabled = told({ person: { active: false, role: 'administrator', ...totp } });
    assert.deepEqual(disabled.steps, [
      { step: 'refuse', factors: [], reasons: ['the person is disabled'] },
    ]);
    for (const [activeUntil, first] of [
      [NOW, 'refuse'],
      [NOW + 1, 'password'],
    ] as const)
      assert.equal(stepsOf(told({ person: { activeUntil } }))[0], first);
    const passwordless = told({ person: { passwordHash: null } });
    assert.match(step(passwordless, 'password')?.reasons.join() ?? '', /no password has been set/u);
  });

  it('needs a mail server for codes by mail', () => {
    const explained = told({ person: email, available: ['totp', 'one-time-codes'] });
    assert.deepEqual(stepsOf(explained), ['password', 'refuse']);
  });

  it('comes to an end, whatever is asked of whom', () => {
    for (const factors of FACTOR_IDS.map((id) => [id]))
      for (const mfa of ['off', 'optional', 'required'] as const)
        for (const requireAcr of [null, 'trusted', 'email', 'mfa', 'phr'] as const)
          for (const person of [{}, totp, email, passkey, { ...totp, role: 'administrator' }]) {
            const asked = { person: person as Partial<Person>, organisation: { mfa, factors } };
            const last = stepsOf(told({ ...asked, client: { requireAcr } })).at(-1);
            assert.ok(last === 'done' || last === 'refuse', JSON.stringify({ asked, last }));
          }
  });
});
