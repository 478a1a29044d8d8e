import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wrap } from '../../src/mail/wrap.ts';

describe('wrapping', () => {
  it('breaks at spaces, at 72 columns', () => {
    const lines = wrap('word '.repeat(40)).split('\n');
    assert.deepEqual(
      lines.map((line) => line.length),
      [69, 69, 59],
    );
  });

  it('leaves a short text and a long word whole', () => {
    assert.equal(wrap('  a text '), 'a text');
    assert.equal(wrap(`to ${'x'.repeat(100)} end`), `to\n${'x'.repeat(100)}\nend`);
    assert.equal(wrap(''), '');
  });

  it('breaks between ideographs, which take two columns', () => {
    const lines = wrap('驗'.repeat(80)).split('\n');
    assert.deepEqual(
      lines.map((line) => line.length),
      [36, 36, 8],
    );
  });

  it('begins no line with what closes a sentence', () => {
    assert.equal(wrap(`${'驗'.repeat(36)}。碼`), `${'驗'.repeat(35)}\n驗。碼`);
  });

  it('loses nothing', () => {
    const text =
      '請在登入頁面輸入 Webmail 的驗證碼（15 分鐘內有效），the same reference: K7QF。'.repeat(9);
    assert.equal(wrap(text).replaceAll(/\s/gu, ''), text.replaceAll(/\s/gu, ''));
  });
});
