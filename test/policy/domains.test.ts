/** A domain as it is compared is the same, whichever of its spellings it comes in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { domainOf } from '../../src/policy/claims/email-verified.ts';
import { asDomain } from '../../src/text/mailbox.ts';

const label = (length: number): string => 'a'.repeat(length);

/** As nearly all are written: what is written in capitals goes the long way. */
const USUAL = [
  'acme.test',
  'mail.acme.example',
  'a.b',
  '1.acme.test',
  '127.0.0.acme',
  'a-b.acme.test',
  'ab--cd.acme.test',
  `${label(63)}.test`,
  `${`${label(62)}.`.repeat(3)}${label(60)}.tes`,
];
const NONE = [
  'acme',
  '',
  '.',
  'acme..test',
  '-acme.test',
  'acme-.test',
  `${label(64)}.test`,
  `${`${label(62)}.`.repeat(4)}test`,
  '127.0.0.1',
  'acme.1',
  'acme.0x1f',
  'acme.test/x',
  'acme.test:80',
  'user@acme.test',
  'acme_1.test',
];

describe('a domain', () => {
  it('stays as it is where it is written plainly', () => {
    for (const one of USUAL) {
      assert.equal(asDomain(one), one);
      assert.equal(asDomain(one.toUpperCase()), one);
    }
  });

  it('is none where DNS could not hold it, in small letters or in capitals', () => {
    for (const one of NONE) {
      assert.equal(asDomain(one), undefined, one);
      assert.equal(asDomain(one.toUpperCase()), undefined, one);
    }
  });

  it('of another script is compared by its ASCII form, which has to be one', () => {
    assert.equal(asDomain('bücher.test'), 'xn--bcher-kva.test');
    assert.equal(asDomain('xn--bcher-kva.test'), 'xn--bcher-kva.test');
    assert.equal(asDomain('xn--a.test'), asDomain('XN--A.TEST'));
    assert.equal(asDomain('ａcme.test'), 'acme.test');
    assert.equal(asDomain('acme.test.'), 'acme.test');
  });

  it('of an address is what is after its last sign', () => {
    assert.equal(domainOf('alice@acme.test'), 'acme.test');
    assert.equal(domainOf('"a@b"@Acme.TEST'), 'acme.test');
    assert.equal(domainOf('alice'), '');
  });
});
