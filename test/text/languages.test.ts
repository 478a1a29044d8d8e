import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  chooseLocale,
  inLanguage,
  languageOfLocale,
  type Wishes,
} from '../../src/text/languages.ts';

const chooseLanguage = (wishes: Wishes) => languageOfLocale(chooseLocale(wishes));
const accept = (acceptLanguage: string) => chooseLanguage({ acceptLanguage, fallback: 'en' });
const asked = (uiLocales: string) =>
  chooseLanguage({ uiLocales, acceptLanguage: 'en', fallback: 'en' });

describe('the language of a page', () => {
  it('is traditional Chinese for those who read it, by region or script', () => {
    for (const tag of [
      'zh',
      'zh-TW',
      'zh-HK',
      'zh-MO',
      'zh-Hant',
      'zh-Hant-HK',
      'zh-Hant-CN',
      'ZH-tw',
    ])
      assert.equal(accept(tag), 'zh-Hant', tag);
  });

  it('is not traditional Chinese for those who read the simplified script', () => {
    for (const tag of ['zh-CN', 'zh-Hans', 'zh-Hans-TW', 'zh-Hans-HK', 'zh-SG', 'zh-Latn'])
      assert.equal(accept(tag), 'en', tag);
    assert.equal(accept('zh-CN, zh-TW;q=0.5, en;q=0.9'), 'en');
    assert.equal(accept('zh-CN, zh;q=0.9, en;q=0.8'), 'zh-Hant', 'what it would take instead');
    assert.equal(asked('zh-Hans zh-HK'), 'zh-Hant');
  });

  it('goes by weight, and not by order', () => {
    assert.equal(accept('en;q=0.5, zh-TW;q=0.9'), 'zh-Hant');
    assert.equal(accept('zh-TW; q=0.2, en-GB'), 'en');
    assert.equal(accept('de, fr;q=0.9, zh-TW;q=0.1'), 'zh-Hant');
  });

  it('leaves out what the browser refuses', () => {
    const refused = { acceptLanguage: 'zh-TW;q=0', fallback: 'en' } as const;
    assert.equal(chooseLanguage(refused), 'en');
  });

  it('follows the app’s ui_locales first, in their order', () => {
    assert.equal(asked('zh-TW en'), 'zh-Hant');
    assert.equal(asked('fr en zh-TW'), 'en');
    assert.equal(
      chooseLanguage({ uiLocales: 'fr', acceptLanguage: 'zh-TW', fallback: 'en' }),
      'zh-Hant',
    );
  });

  it('is the installation’s when nothing fits', () => {
    assert.equal(chooseLanguage({ fallback: 'zh-Hant' }), 'zh-Hant');
    assert.equal(chooseLanguage({ acceptLanguage: 'ja, *;q=0.1', fallback: 'zh-Hant' }), 'zh-Hant');
  });

  it('never fails, whatever is sent', () => {
    const odd = [
      '',
      ' ',
      ';;;',
      'q=1',
      ',,,',
      '*',
      'zh_TW',
      '\u0000',
      'x'.repeat(1e6),
      'en;q=NaN',
      '-'.repeat(1e5),
    ];
    for (const text of odd) {
      assert.equal(accept(text), 'en');
      assert.equal(asked(text), 'en');
    }
  });

  it('looks at the beginning of a huge header only', () => {
    assert.equal(accept(`${'de,'.repeat(100_000)}zh-TW`), 'en');
  });
});

describe('the region that dates are written for', () => {
  const accepted = (acceptLanguage: string, more: Partial<Wishes> = {}) =>
    chooseLocale({ acceptLanguage, fallback: 'en', ...more });

  it('is that of the language that is followed', () => {
    assert.equal(accepted('en-GB'), 'en-GB');
    assert.equal(accepted('en-US,en;q=0.9,de-CH;q=0.5'), 'en-US');
    assert.equal(accepted('zh-HK'), 'zh-Hant-HK');
    assert.equal(accepted('zh-Hant'), 'zh-Hant');
    assert.equal(accepted('en-US', { uiLocales: 'en-GB' }), 'en-GB');
  });

  it('is the first that the browser names, where the language names none', () => {
    assert.equal(accepted('de-CH,de;q=0.9,en;q=0.8'), 'en-CH');
    assert.equal(accepted('fr-CA'), 'en-CA');
    assert.equal(accepted('de-CH, en-GB;q=0'), 'en-CH');
    assert.equal(accepted('en-GB', { chosen: 'zh-Hant' }), 'zh-Hant-GB');
    assert.equal(accepted('en-GB, zh-TW;q=0.3', { chosen: 'zh-Hant' }), 'zh-Hant-TW');
    assert.equal(accepted('en'), 'en');
  });

  it('stays with another language', () => {
    assert.equal(inLanguage('zh-Hant', 'en-GB'), 'zh-Hant-GB');
    assert.equal(inLanguage('en', 'zh-Hant'), 'en');
    assert.equal(inLanguage('en', null), 'en');
  });
});

describe('a language that was chosen here', () => {
  it('comes before what app, record and browser say; the record before the browser', () => {
    const wishes = { uiLocales: 'en', acceptLanguage: 'en', fallback: 'en' } as const;
    assert.equal(chooseLanguage({ ...wishes, chosen: 'zh-Hant' }), 'zh-Hant');
    assert.equal(chooseLanguage({ ...wishes, own: 'zh-Hant' }), 'en');
    assert.equal(chooseLocale({ ...wishes, uiLocales: '', own: 'zh-Hant-HK' }), 'zh-Hant-HK');
  });

  it('is known by its tag, whatever the region', () => {
    assert.equal(languageOfLocale('zh-Hant-HK'), 'zh-Hant');
    for (const none of ['', 'e', 'english', 'zh', 'zh-TW', 'de'])
      assert.equal(languageOfLocale(none), undefined, none);
  });
});
