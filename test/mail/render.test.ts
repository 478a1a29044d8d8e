import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAIL_TEMPLATES } from '../../src/mail/mail.ts';
import { createMailRenderer } from '../../src/mail/render.ts';
import { LANGUAGES } from '../../src/text/languages.ts';
import { LINK, sampleValues } from './sample-values.ts';

const render = createMailRenderer(fileURLToPath(new URL('../../views/', import.meta.url)));

describe('every mail', () => {
  for (const template of MAIL_TEMPLATES) {
    for (const language of LANGUAGES) {
      const mail = render({ template, language, values: sampleValues(template) });

      it(`${template} in ${language} has a subject of one line, and says so in both parts`, () => {
        assert.match(mail.subject, /^\S.{5,100}$/u);
        assert.ok(mail.html.includes(`<html lang="${language}">`));
        assert.equal(mail.html.match(/<h1/gu)?.length, 1);
        assert.ok(!/undefined|\[object|NaN|\{\w+\}/u.test(mail.text + mail.html));
      });

      it(`${template} in ${language} asks no other host, and carries no link, script or style sheet`, () => {
        assert.ok(
          !/<(?:a|img|script|style|link|iframe|form)\b|https?:|url\(|src=/iu.test(
            mail.html.replace(`<a href="${LINK}">${LINK}</a>`, ''),
          ),
        );
        assert.ok(!/https?:/u.test(mail.text.replace(LINK, '')));
      });

      it(`${template} in ${language} names no colour that would be unreadable on dark`, () => {
        assert.ok(
          !/(?:^|[\s;"])(?:background|color):/u.test(mail.html.replaceAll('color-scheme', '')),
        );
        assert.ok(mail.html.includes('<meta name="color-scheme" content="light dark">'));
      });

      it(`${template} in ${language} is text in lines that can be read`, () => {
        for (const line of mail.text.split('\n')) {
          assert.ok(line.length <= 76 || line === LINK, line);
          assert.equal(line, line.trimEnd());
        }
        assert.ok(!mail.text.includes('\n\n\n'));
        assert.ok(!/&(?:amp|lt|gt|quot|#39);|<\w/u.test(mail.text));
      });

      it(`${template} in ${language} says the same in text and HTML`, () => {
        const words = (text: string): string => text.replaceAll(/\s+/gu, '');
        const shown = mail.html.slice(mail.html.indexOf('<body')).replaceAll(/<[^>]*>/gu, '');
        const plain = shown.replaceAll('&amp;', '&').replaceAll('&quot;', '"');
        assert.equal(words(plain), words(mail.text));
      });
    }
  }

  it('tells where and when it happened, in UTC', () => {
    const values = sampleValues('new-computer');
    const english = render({ template: 'new-computer', language: 'en', values });
    assert.match(english.text, /When: January 15, 2027 at 08:00 UTC\nBrowser: .+\nIP address: /u);
    const british = render({ template: 'new-computer', language: 'en-GB', values });
    assert.match(british.text, /When: 15 January 2027 at 08:00 UTC\n/u);
    assert.match(british.html, /<html lang="en">/u);
    const chinese = render({ template: 'new-computer', language: 'zh-Hant', values });
    assert.match(chinese.text, /時間： 2027年1月15日 08:00 UTC/u);
  });

  it('leaves out what is not known', () => {
    const values = { organisation: 'Example', at: 1_800_000_000_000, client: '', address: '' };
    const { text } = render({ template: 'new-computer', language: 'en', values });
    assert.ok(text.includes('When:'));
    assert.ok(!text.includes('Browser:') && !text.includes('IP address:'));
    assert.ok(
      text.replaceAll('\n', ' ').includes('signed in to in a browser that has not been seen'),
    );
  });

  it('throws when what it is about is missing', () => {
    const make = () => render({ template: 'email-code', language: 'en', values: { minutes: 15 } });
    assert.throws(make);
  });
});

describe('the mail with a code', () => {
  const values = sampleValues('email-code');
  for (const language of LANGUAGES) {
    it(`in ${language} has code and reference in both parts, and the code not in the subject`, () => {
      const mail = render({ template: 'email-code', language, values });
      assert.ok(mail.subject.includes('K7QF') && !mail.subject.includes('042917'));
      for (const part of [mail.text, mail.html]) {
        assert.ok(part.includes('042917') && part.includes('K7QF') && part.includes('15'));
      }
    });
  }

  it('says what it is for', () => {
    const { subject, text } = render({ template: 'email-code', language: 'en', values });
    assert.equal(subject, 'Your sign-in code (reference K7QF)');
    const flat = text.replaceAll('\n', ' ');
    assert.match(flat, /shows the same reference\. It is valid for 15 minutes and works once/u);
    assert.match(flat, /Never give this code to anybody/u);
    assert.match(flat, /contains no link/u);
  });
});

describe('what is given from outside', () => {
  const hostile = {
    ...sampleValues('email-code'),
    organisation: 'Evil\r\nBcc: all@example.org\n\n000000',
    client: '<img src=x onerror=alert(1)>&amp;',
  };
  const mail = render({ template: 'email-code', language: 'en', values: hostile });

  it('is markup in no part', () => {
    assert.ok(mail.html.includes('&lt;img src=x onerror=alert(1)&gt;&amp;amp;'));
    assert.ok(mail.text.includes('<img src=x'));
  });

  it('makes no line of its own', () => {
    assert.ok(!/^(?:Bcc|\s*000000)/mu.test(mail.text));
    assert.ok(mail.text.replaceAll('\n', ' ').includes('Evil Bcc: all@example.org 000000'));
  });

  it('is cut when it is long', () => {
    const long = render({
      template: 'unlocked',
      language: 'en',
      values: { organisation: 'x'.repeat(10_000), at: 0 },
    });
    assert.ok(long.text.length < 1000);
  });
});
