import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_TYPES } from '../../src/audit/event.ts';
import { LANGUAGES } from '../../src/text/languages.ts';
import { loadTexts } from '../../src/text/catalogue.ts';
import { wordsOf } from '../../src/web/admin/event-words.ts';

describe('what the audit log says of an event', () => {
  it('is a sentence for each kind of event, in every language', () => {
    const texts = loadTexts('views/texts');
    for (const language of LANGUAGES) {
      const said = EVENT_TYPES.map((type) => texts.text(language, `audit.event.${type}`, {}));
      assert.equal(new Set(said).size, EVENT_TYPES.length, language);
    }
  });

  it('has words for what is known, and the rest as it was recorded', () => {
    const details = {
      client: 'webmail',
      factor: 'totp',
      acr: 'urn:latchkey:acr:mfa',
      grace_until: 'none → 2026-12-01',
      factors: 'all → totp,passkey',
      trusted_days: '30 → 7',
    };
    const reasons = ['organisation requires MFA (email)', 'a factor is enrolled', 'moon is full'];
    assert.deepEqual(wordsOf({ details, reasons }), {
      details: [
        { field: 'factor', was: null, now: [{ key: 'totp' }] },
        {
          field: 'grace_until',
          was: [{ key: 'nothing' }],
          now: [{ at: Date.UTC(2026, 11, 1, 12) }],
        },
        { field: 'factors', was: [{ key: 'all' }], now: [{ key: 'totp' }, { key: 'passkey' }] },
        { field: 'trusted_days', was: [{ text: '30' }], now: [{ text: '7' }] },
      ],
      reasons: ['organisation', 'enrolled'],
      recorded: ['acr: urn:latchkey:acr:mfa', 'moon is full'],
    });
  });

  it('leaves what somebody typed as it is', () => {
    const details = { name: 'administrator', groups: 'all → -' };
    assert.deepEqual(wordsOf({ details, reasons: [] }).details, [
      { field: 'name', was: null, now: [{ text: 'administrator' }] },
      { field: 'groups', was: [{ text: 'all' }], now: [{ key: 'nothing' }] },
    ]);
    // Of a person it is not in the log what their name is.
    assert.deepEqual(wordsOf({ details: { login: 'changed' }, reasons: [] }).details, [
      { field: 'login', was: null, now: [{ key: 'changed' }] },
    ]);
  });
});
