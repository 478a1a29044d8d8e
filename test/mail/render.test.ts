import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UNBRANDED } from '../../src/branding/brand.ts';
import { contrast } from '../../src/branding/palette.ts';
import {
  letterheadOf,
  organisationLetterhead,
  type OwnLetterhead,
} from '../../src/mail/letterhead.ts';
import type { PictureType } from '../../src/branding/pictures/picture.ts';
import { MAIL_TEMPLATES } from '../../src/mail/mail.ts';
import { createMailRenderer } from '../../src/mail/render.ts';
import { LANGUAGES } from '../../src/text/languages.ts';
import { LINK, sampleValues } from './sample-values.ts';

const made = createMailRenderer(fileURLToPath(new URL('../../views/', import.meta.url)));
const HELP = 'https://help.acme.test/sign-in';
const ACCOUNT = 'https://login.acme.test/account';
const BRAND = {
  ...UNBRANDED,
  name: 'Acme Sign-in',
  colour: '#ffcc00',
  contact: 'IT service desk, it@acme.test, extension 4000',
  helpUrl: HELP,
};
const letterhead = letterheadOf(BRAND, 'https://login.acme.test');
const render = (mail: Parameters<typeof made>[0]) => made(mail, letterhead);
/** Where a mail may lead, and nowhere else. */
const LINKS = new Set([LINK, HELP, ACCOUNT]);
const CODES = ['email-code', 'address-code'];

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

      it(`${template} in ${language} asks no other host, and carries no script or style sheet`, () => {
        assert.ok(!/<(?:img|script|style|link|iframe|form)\b|url\(|src=/iu.test(mail.html));
        const linked = [...mail.html.matchAll(/<a href="([^"]*)"/gu)].map(([, href]) => href);
        const written = mail.text.match(/https?:\S+/gu) ?? [];
        for (const href of [...linked, ...written]) assert.ok(LINKS.has(href ?? ''), href);
        assert.deepEqual(new Set(linked), new Set(written), 'each address can be read');
        const leads = CODES.includes(template)
          ? []
          : [['password-link', 'invitation'].includes(template) ? LINK : ACCOUNT, HELP];
        assert.deepEqual(new Set(written), new Set(leads));
      });

      it(`${template} in ${language} says whose it is, whom it is for and whom to ask`, () => {
        assert.ok(mail.subject.includes('Müller & Söhne'), mail.subject);
        assert.equal(mail.sender, 'Müller & Söhne');
        assert.match(mail.text, /^Müller & Söhne\n/u);
        const isGreeted = template !== 'address-code';
        assert.equal(/^(?:Hello )?Jane Doe/mu.test(mail.text), isGreeted);
        assert.ok(mail.text.includes('IT service desk, it@acme.test, extension 4000'));
        assert.ok(!/latchkey/iu.test(mail.subject + mail.text + mail.html));
      });

      it(`${template} in ${language} names no colour that would be unreadable on dark`, () => {
        const button = /border: 1px solid (#\w{6});[^"]*background: (#\w{6}); color: (#\w{6});/gu;
        for (const [, , ground = '', words = ''] of mail.html.matchAll(button))
          assert.ok(contrast(ground, words) >= 4.5, 'a button brings both of its own');
        const without = mail.html.replaceAll(button, '').replaceAll('color-scheme', '');
        assert.ok(!/(?:^|[\s;"])(?:background|color):/u.test(without));
        assert.ok(mail.html.includes('<meta name="color-scheme" content="light dark">'));
      });

      it(`${template} in ${language} is text in lines that can be read`, () => {
        for (const line of mail.text.split('\n')) {
          assert.ok(line.length <= 76 || LINKS.has(line), line);
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

  it('says who asks for it: an address of a stranger is told the browser alone', () => {
    const own = render({ template: 'email-code', language: 'en', values });
    assert.match(own.text, /Browser: Firefox on Windows\nIP address: 2001:db8::7/u);
    const other = sampleValues('address-code');
    const { text } = render({ template: 'address-code', language: 'en', values: other });
    assert.ok(text.includes('Browser: Firefox on Windows') && !text.includes('IP address'));
  });

  it('says what it is for', () => {
    const { subject, text } = render({ template: 'email-code', language: 'en', values });
    assert.equal(subject, 'Your Müller & Söhne sign-in code (reference K7QF)');
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

describe('a mail of the version before', () => {
  it('has no name to greet, and is sent all the same', () => {
    const { person: _, ...values } = sampleValues('unlocked');
    const { text } = made({ template: 'unlocked', language: 'en', values });
    assert.ok(!text.includes('Hello'));
    assert.ok(text.includes('Open your account'));
  });

  it('whose organisation is gone comes in the name of the installation', () => {
    const mail = render({
      template: 'unlocked',
      language: 'en',
      values: { organisation: '', at: 0 },
    });
    assert.equal(mail.sender, 'Acme Sign-in');
    assert.equal(mail.subject, 'Six-digit codes work again for your Acme Sign-in account');
  });
});

describe('a mail of an organisation', () => {
  const values = sampleValues('new-computer');
  const own = { colour: '#0b5c8e', contact: 'Mia <it@x.test>', senderName: 'Acme IT', logo: null };
  const logo = (type: PictureType, width: number, height: number) => ({
    ...own,
    logo: { type, width, height, content: Buffer.from('picture') },
  });
  const of = (one: OwnLetterhead) =>
    made(
      { template: 'new-computer', language: 'en', values },
      organisationLetterhead(one, letterhead),
    );

  it('has its colour and contact, and keeps the help of the installation', () => {
    const { html, text, ownSender, logo: none } = of(own);
    assert.match(html, /background: #0b5c8e; color: #ffffff;/u);
    assert.ok(text.includes('Your administrator: Mia <it@x.test>'));
    assert.ok(html.includes('Mia &lt;it@x.test&gt;') && text.includes(HELP));
    assert.deepEqual([ownSender, none], ['Acme IT', null]);
    assert.ok(!/<img/u.test(html));
  });

  it('is the installation’s where it says nothing', () => {
    const nothing = { colour: null, contact: null, senderName: null, logo: null };
    const plain = render({ template: 'new-computer', language: 'en', values });
    assert.deepEqual(of(nothing), plain);
    assert.equal(plain.ownSender, null);
  });

  it('shows its logo as a part of itself, beside the name or instead of it', () => {
    const wide = of(logo('png', 200, 50));
    const image = /<img src="cid:([^"]+)" width="(\d+)" height="(\d+)" alt="([^"]*)"/u;
    const [, cid, ...shown] = image.exec(wide.html) ?? [];
    assert.deepEqual(shown, ['176', '44', 'Müller &amp; Söhne']);
    assert.deepEqual(wide.logo?.file, { type: 'png', content: Buffer.from('picture') });
    assert.equal(wide.logo.cid, cid);
    const square = of(logo('jpg', 100, 100));
    const [, , ...sides] = image.exec(square.html) ?? [];
    assert.deepEqual(sides, ['40', '40', '']);
    assert.match(square.html, /<img [^>]*> Müller &amp; Söhne/u);
    for (const { text } of [wide, square]) assert.match(text, /^Müller & Söhne\n/u);
    assert.equal(of(logo('webp', 200, 50)).logo, null);
  });

  it('has a sender name of one line, whatever was stored', () => {
    assert.equal(of({ ...own, senderName: 'a\r\nBcc: x@y.test' }).ownSender, 'a Bcc: x@y.test');
  });
});
