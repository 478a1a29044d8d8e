import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changes } from '../../src/operations/changes.ts';

const DAY = Date.UTC(2099, 0, 31);

describe('what a change made different', () => {
  const rows: [what: string, before: object, after: object, told: Record<string, string>][] = [
    ['nothing', { mfa: 'off', factors: ['totp'] }, { mfa: 'off', factors: ['totp'] }, {}],
    ['what is not in the change', { mfa: 'off', name: 'Acme' }, { name: 'Acme' }, {}],
    ['a plain field', { mfa: 'off' }, { mfa: 'required' }, { mfa: 'off → required' }],
    ['a day', { mfaFrom: null }, { mfaFrom: DAY }, { grace_until: 'none → 2099-01-31' }],
    ['no day', { mfaFrom: DAY }, { mfaFrom: null }, { grace_until: '2099-01-31 → none' }],
    ['a number', { trustedDays: 0 }, { trustedDays: null }, { trusted_days: '0 → inherit' }],
    [
      'a list',
      { factors: null },
      { factors: ['totp', 'passkey'] },
      { factors: 'all → totp,passkey' },
    ],
    ['another order', { factors: ['a', 'b'] }, { factors: ['b', 'a'] }, { factors: 'a,b → b,a' }],
    [
      'organisations',
      { organisations: ['a'] },
      { organisations: null },
      { organisations: 'a → all' },
    ],
    ['an organisation', { organisation: 'a' }, { organisation: 'b' }, { organisation: 'a → b' }],
    ['trust', { acceptTrust: true }, { acceptTrust: false }, { trusted_computers: 'yes → no' }],
    ['consent', { firstParty: true }, { firstParty: false }, { first_party: 'yes → no' }],
    [
      'an address',
      { clientUri: null },
      { clientUri: 'https://a' },
      { client_uri: 'none → https://a' },
    ],
    [
      'a level',
      { requireAcr: null },
      { requireAcr: 'mfa' },
      { require_acr: 'none → urn:latchkey:acr:mfa' },
    ],
    ['what an older record lacks', {}, { requirePkce: true }, { require_pkce: '- → yes' }],
  ];
  for (const [what, before, after, told] of rows)
    it(what, () => assert.deepEqual(changes(before, after), told));

  it('is told by the name that the record gives a field', () => {
    const told = changes({ factors: null }, { factors: ['totp'] }, { factors: 'allowed_factors' });
    assert.deepEqual(told, { allowed_factors: 'all → totp' });
  });
});
