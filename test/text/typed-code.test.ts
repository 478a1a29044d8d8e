import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inGroups, typedCode } from '../../src/text/typed-code.ts';

/** All of Unicode’s decimal digits, in its order: ten neighbours a script, some scripts side by side. */
const digits = Array.from({ length: 0x110000 }, (_, at) => at).filter(isDigit);

function isDigit(at: number): boolean {
  return (at < 0xd800 || at > 0xdfff) && at >= 0 && /\p{Nd}/u.test(String.fromCodePoint(at));
}

describe('a typed code', () => {
  it('has the digits of every script', () => {
    assert.ok(digits.length > 700 && digits.includes(0x660) && digits.includes(0x116da));
    for (const [at, digit] of digits.entries())
      assert.equal(typedCode(String.fromCodePoint(digit)), String(at % 10), digit.toString(16));
  });

  const typed: Readonly<Record<string, string>> = {
    'no-break and thin spaces': '123\u00a0\u2009\u202f\u3000456',
    'zero-width spaces and joiners': '\u200b1\u200c2\u200d3\u2060456\ufeff',
    'soft hyphens': '123\u00ad456',
    'marks of direction': '\u2066\u202a123456\u202c\u2069\u200e\u200f\u061c',
    'every dash': '1-2\u20103\u20114\u2013\u20145\u22126\uff0d\ufe63\u2043',
    dots: '123.456. 。·•',
    'line breaks': '\r\n123456\n\u2028\t',
    quotes: '“123 456” "\'‘’«»„`',
    'quotes of Chinese and Japanese': '「12」『34』｢56｣〝〞〟',
    'bold of a chat': '*123_456*',
    keycaps: '1\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e3456',
    'full width': '１２３－４５６',
    'Arabic in a right-to-left text': '\u200f١٢٣٤٥٦',
  };
  for (const [what, text] of Object.entries(typed))
    it(`comes without ${what}`, () => assert.equal(typedCode(text), '123456'));

  it('has capitals', () => {
    assert.equal(typedCode('ａｂcd-Ef２３'), 'ABCDEF23');
    assert.equal(typedCode('iıIİ'), 'IIII', 'of Turkish keyboards too');
    assert.equal(typedCode('É'), 'É');
  });

  it('is not looked for in what else was typed', () => {
    assert.equal(typedCode('Code: 123456'), 'CODE:123456');
    assert.equal(typedCode('["123456"]'), '[123456]');
    assert.equal(typedCode('一二三'), '一二三');
    assert.equal(typedCode('+123456'), '+123456');
  });

  it('is short', () => {
    assert.equal(typedCode(`${' '.repeat(194)}123456`), '123456');
    assert.equal(typedCode('\ufdfa'.repeat(10_000_000)), '');
  });
});

it('what is shown in groups is read as the code that it was', () => {
  assert.equal(inGroups('ABCDEFGHIJ', 5, '-'), 'ABCDE-FGHIJ');
  assert.equal(inGroups('ABCDEFGHIJ', 4, ' '), 'ABCD EFGH IJ');
  assert.equal(inGroups('', 4, ' '), '');
  assert.equal(typedCode(inGroups('ABCDEFGHIJ', 4, ' ')), 'ABCDEFGHIJ');
});
