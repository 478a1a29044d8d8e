/** Control characters and bidi marks of a name are shown, and do nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isName,
  isPrintable,
  printable,
  printableLines,
  withoutDirectionMarks,
} from '../../src/text/printable.ts';

const codes = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);
const BIDI = [0x61c, 0x200e, 0x200f, ...codes(0x202a, 0x202e), ...codes(0x2066, 0x2069)];
const DANGEROUS = [
  ...codes(0, 0x1f),
  ...codes(0x7f, 0x9f),
  0x2028,
  0x2029,
  0xd800,
  0xdfff,
  ...BIDI,
];

describe('a name', () => {
  it('has each dangerous character escaped', () => {
    for (const code of DANGEROUS) {
      const name = `a${String.fromCharCode(code)}b`;
      const shown = `a\\u${code.toString(16).padStart(4, '0')}b`;
      assert.equal(printable(name), shown);
      assert.equal(printableLines(name), code === 10 ? name : shown);
      assert.equal(isPrintable(name), false);
      assert.equal(isPrintable(name), false, 'and again');
      assert.equal(isName(name), false);
    }
  });

  it('of any script is left as it is', () => {
    const names = [
      'Alice',
      'Zoë',
      '王小明',
      'אבגד',
      'محمد',
      'नमस्ते',
      'می‌خواهم',
      '👩‍👩‍👧',
      '🏳️‍🌈',
      "O'Neil \\u202e",
    ];
    for (const name of names) {
      assert.equal(printable(name), name);
      assert.equal(printableLines(name), name);
      assert.equal(withoutDirectionMarks(name), name);
      assert.ok(isName(name));
    }
  });

  it('is the same again when it is read as JSON', () => {
    const names = DANGEROUS.map((code) => `"${String.fromCharCode(code)}\\`);
    const json = printable(JSON.stringify(names));
    assert.ok(isPrintable(json));
    assert.deepEqual(JSON.parse(json), names);
  });

  it('loses the marks that turn the direction of writing on a page', () => {
    const marks = String.fromCharCode(...BIDI);
    assert.equal(withoutDirectionMarks(`a${marks}b`), 'ab');
  });

  it('has between 1 and 100 characters', () => {
    assert.ok(isName('x'.repeat(100)));
    for (const name of ['', '  ', 'x'.repeat(101)]) assert.equal(isName(name), false);
  });
});
