/** Addresses, as they are counted and as people are shown them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressBlock, addressPrefix } from '../../src/net/address.ts';

describe('an address', () => {
  const shown: [string | null, string][] = [
    ['203.0.113.77', '203.0.113.…'],
    ['::ffff:203.0.113.77', '203.0.113.…'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:…'],
    ['2001:0db8:0001:2::1', '2001:db8:1:…'],
    ['2001:db8::1', '2001:db8:0:…'],
    ['::1', '0:0:0:…'],
    ['no address', ''],
    ['', ''],
    [null, ''],
  ];
  for (const [address, prefix] of shown)
    it(`${address} is shown as ${prefix || 'nothing'}`, () => {
      assert.equal(addressPrefix(address), prefix);
    });

  it('is counted whole, or by /64', () => {
    assert.equal(addressBlock('203.0.113.77'), '203.0.113.77');
    assert.equal(addressBlock('::ffff:203.0.113.77'), '203.0.113.77');
    assert.equal(addressBlock('2001:0db8:0001:0002:3::9'), '2001:db8:1:2');
    assert.equal(addressBlock('2001:db8::9'), '2001:db8:0:0');
  });
});
