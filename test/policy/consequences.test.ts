/** What another policy would mean to somebody, as a table. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge, momentOf, type Judged } from '../../src/policy/rollout/consequences.ts';
import { rolloutState } from '../../src/policy/rollout/rollout-state.ts';
import type { ClientPolicy } from '../../src/policy/assurance.ts';
import { FACTOR_IDS } from '../../src/records/factor-id.ts';
import type { Organisation } from '../../src/records/organisation.ts';
import type { Person } from '../../src/records/person.ts';
import { aPerson, anOrganisation } from '../support/people.ts';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;
const totp = { authenticators: [{ id: 'a', secret: 's', createdAt: 0 }] };
const email = {
  secondaryEmail: { address: 'alice@other.test', verifiedAt: 1 },
  emailMfaSince: 1,
};
const app = (id: string, fields: Partial<ClientPolicy> = {}): ClientPolicy => ({
  id,
  requireAcr: null,
  acceptTrust: true,
  organisations: null,
  ...fields,
});
const account = app('latchkey-account');

interface Row {
  what: string;
  person?: Partial<Person>;
  before?: Partial<Organisation>;
  after: Partial<Organisation>;
  apps?: ClientPolicy[];
  isOnPassword?: boolean;
  is: Partial<Judged>;
}

const nothing: Judged = { consequence: null, apps: [], losesMail: false };
const asked: Partial<Judged> = { consequence: 'asked', apps: ['latchkey-account'] };
const rows: Row[] = [
  { what: 'nothing for the same policy', after: {}, is: {} },
  { what: 'a set-up for whoever has none', after: { mfa: 'required' }, is: asked },
  { what: 'nothing for whoever has one', person: totp, after: { mfa: 'required' }, is: {} },
  {
    what: 'nothing for whoever is disabled',
    person: { active: false },
    after: { mfa: 'required' },
    is: {},
  },
  {
    what: 'a step more where computers are trusted no more',
    person: totp,
    before: { mfa: 'required' },
    after: { mfa: 'required', trustedDays: 0 },
    is: asked,
  },
  {
    what: 'another factor where theirs counts no more',
    person: email,
    after: { mfa: 'required', factors: ['totp'] },
    is: asked,
  },
  {
    what: 'locked out where nothing is left to them',
    person: { ...totp, factors: ['totp'] },
    after: { factors: ['passkey'] },
    is: { consequence: 'locked-out', apps: ['latchkey-account'] },
  },
  {
    what: 'refused by one app alone',
    person: { factors: ['email-code'], ...email },
    apps: [account, app('vault', { requireAcr: 'email' })],
    after: { apps: { vault: ['group'] } },
    is: { consequence: 'refused', apps: ['vault'] },
  },
  {
    what: 'mail programs that get in with the main password',
    isOnPassword: true,
    after: { mfa: 'required', mfaFrom: NOW + DAY },
    is: { losesMail: true },
  },
  {
    what: 'no mail program where a day that was given later holds it up no more',
    isOnPassword: true,
    person: { mfa: 'required', mfaFrom: NOW + DAY },
    after: { mfa: 'required', mfaFrom: NOW + 2 * DAY },
    is: {},
  },
  {
    what: 'nothing while the grace of that person is extended',
    person: { graceExtension: { until: NOW + DAY, at: NOW, reason: 'abroad' } },
    after: { mfa: 'required' },
    is: {},
  },
];

describe('another policy means', () => {
  for (const { what, person, before = {}, after, apps = [account], isOnPassword, is } of rows)
    it(what, () => {
      const organisation = anOrganisation({ mfa: 'optional', ...before });
      const judged = judge({
        person: aPerson(person),
        before: organisation,
        after: { ...organisation, ...after },
        apps,
        isOnPassword: isOnPassword ?? false,
        available: FACTOR_IDS,
        now: NOW,
      });
      assert.deepEqual(judged, { ...nothing, ...is });
    });

  it('what it is on the day when its grace is over', () => {
    const of = (fields: Partial<Organisation>) => momentOf(anOrganisation(fields), NOW);
    assert.equal(of({ mfa: 'required', mfaFrom: NOW + DAY }), NOW + DAY);
    assert.equal(of({ mfa: 'required', mfaFrom: NOW - DAY }), NOW);
    assert.equal(of({ mfa: 'optional', mfaFrom: NOW + DAY }), NOW);
  });
});

describe('the state of a roll-out', () => {
  const states: [string, object, Partial<Organisation>, object][] = [
    ['has a strong one', { state: 'strong' }, { mfa: 'required' }, { state: 'enrolled' }],
    ['has codes by mail', { state: 'email' }, { mfa: 'required' }, { state: 'email' }],
    ['is asked for nothing', {}, { mfa: 'optional' }, { state: 'open' }],
    ['is late', {}, { mfa: 'required' }, { state: 'overdue' }],
    [
      'has time',
      {},
      { mfa: 'required', mfaFrom: NOW + DAY },
      { state: 'grace', changesAt: NOW + DAY },
    ],
    [
      'was given time',
      { graceExtension: { until: NOW + DAY, at: NOW, reason: '' } },
      { mfa: 'required' },
      { state: 'grace', changesAt: NOW + DAY },
    ],
    [
      'has duties, whatever time was given',
      { role: 'helpdesk', graceExtension: { until: NOW + DAY, at: NOW, reason: '' } },
      { mfa: 'required', mfaFrom: NOW + DAY },
      { state: 'overdue' },
    ],
  ];
  for (const [what, fields, organisation, expected] of states)
    it(`of somebody who ${what}`, () => {
      const person = { ...aPerson(), state: 'none' as const, ...fields };
      const given = { person, organisation: anOrganisation(organisation) };
      assert.deepEqual(rolloutState(given, NOW), expected);
    });
});
