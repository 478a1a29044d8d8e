import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { loadTexts } from '../../src/text/catalogue.ts';
import { zoneOf } from '../../src/text/zone.ts';

const AT = Date.UTC(2026, 10, 3, 23, 30);

function zoneIn(cookies: Record<string, string>): string | undefined {
  const get = (name: string): string | undefined => cookies[name];
  return zoneOf({ cookies: { get } } as unknown as Parameters<typeof zoneOf>[0]);
}

describe('the reader’s zone', () => {
  it('is what the browser tells, if Intl knows it', () => {
    assert.equal(zoneIn({}), undefined);
    for (const zone of ['Europe/Zurich', 'Asia/Taipei', 'America/Argentina/Ushuaia', 'UTC'])
      assert.equal(zoneIn({ latchkey_zone: zone }), zone);
    assert.equal(
      zoneIn({ '__Host-latchkey_zone': 'Asia/Taipei', latchkey_zone: 'UTC' }),
      'Asia/Taipei',
    );
  });

  it('is nothing that somebody made up', () => {
    for (const zone of [
      '',
      'Nowhere/City',
      '+01:00',
      '../../etc',
      'x'.repeat(5000),
      '<b>',
      'Europe/Zurich\r\nx',
    ])
      assert.equal(zoneIn({ latchkey_zone: zone }), undefined, zone);
  });

  it('is the one that times are written in; without it they are in UTC and say so', () => {
    const texts = loadTexts(fileURLToPath(new URL('../../views/texts', import.meta.url)));
    const written = (language: string, zone?: string): string =>
      texts.text(language, 'activity.at', { at: AT }, zone).replaceAll(/\s/gu, ' ');
    assert.equal(written('en'), 'Nov 3, 2026, 11:30 PM UTC');
    assert.equal(written('en', 'Asia/Taipei'), 'Nov 4, 2026, 7:30 AM');
    assert.equal(written('zh-Hant', 'Asia/Taipei'), '2026年11月4日 上午7:30');
    assert.equal(written('en-GB'), '3 Nov 2026, 23:30 UTC');
    assert.equal(written('en-GB', 'Asia/Taipei'), '4 Nov 2026, 7:30');
    assert.equal(written('en-US', 'Asia/Taipei'), 'Nov 4, 2026, 7:30 AM');
    assert.equal(
      texts.text('en', 'two-step.added', { at: AT }, 'Asia/Taipei'),
      'Added November 4, 2026',
    );
  });
});
