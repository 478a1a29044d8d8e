import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browserName } from '../../src/text/browser-name.ts';

const KIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const ANDROID = 'Mozilla/5.0 (Linux; Android 15; Pixel 9)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)';
const IPAD = 'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X)';

const CASES: readonly [string | undefined, string][] = [
  [`${WINDOWS.replace(')', '; rv:140.0)')} Gecko/20100101 Firefox/140.0`, 'Firefox on Windows'],
  [`Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'Firefox on Linux'],
  [`Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0`, 'Firefox on Android'],
  [`${IPHONE} AppleWebKit/605.1.15 FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, 'Firefox on iPhone'],
  [`${WINDOWS} ${KIT} Chrome/138.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [`${MAC} ${KIT} Chrome/138.0.0.0 Safari/537.36`, 'Chrome on macOS'],
  [`${ANDROID} ${KIT} Chrome/138.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${KIT} Chrome/138.0.0.0`, 'Chrome on ChromeOS'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${KIT} HeadlessChrome/138.0.0.0`, 'Chrome on Linux'],
  [`${IPAD} AppleWebKit/605.1.15 CriOS/138.0 Mobile/15E148 Safari/604.1`, 'Chrome on iPad'],
  [`${WINDOWS} ${KIT} Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0`, 'Edge on Windows'],
  [`${ANDROID} ${KIT} Chrome/138.0 Mobile Safari/537.36 EdgA/138.0`, 'Edge on Android'],
  [`${IPHONE} AppleWebKit/605.1.15 Version/18.0 EdgiOS/138.0 Safari/604.1`, 'Edge on iPhone'],
  [`${WINDOWS} ${KIT} Chrome/138.0.0.0 Safari/537.36 OPR/120.0.0.0`, 'Opera on Windows'],
  [
    `${ANDROID} ${KIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  [`${MAC} AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15`, 'Safari on macOS'],
  [`${IPHONE} AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1`, 'Safari on iPhone'],
  ['curl/8.5.0', 'Unknown browser'],
  ['Thing (Windows NT 10.0)', 'Unknown browser on Windows'],
  ['', 'Unknown browser'],
  [undefined, 'Unknown browser'],
  ['<script>alert(1)</script>\u0000', 'Unknown browser'],
  // A name of the sender's own must not get into a mail.
  ['Your account is locked, see evil.example/1.0 (Windows NT 10.0)', 'Unknown browser on Windows'],
  ['constructor/1.0 (__proto__)', 'Unknown browser'],
  [`${WINDOWS} ${KIT} Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5`, 'Vivaldi on Windows'],
  // Only the beginning is looked at.
  [`${'x'.repeat(500)} Firefox/140.0`, 'Unknown browser'],
];

describe('the name of a browser', () => {
  for (const [userAgent, expected] of CASES) {
    it(`${expected}: ${JSON.stringify(userAgent)?.slice(0, 70)}`, () => {
      assert.equal(browserName(userAgent), expected);
    });
  }
});
