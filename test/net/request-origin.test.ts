/** Addresses, as they are counted and as people are shown them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressBlock, addressText } from '../../src/net/address.ts';

describe('an address', () => {
  const shown: [string | null, string][] = [
    ['203.0.113.77', '203.0.113.77'],
    ['::ffff:203.0.113.77', '203.0.113.77'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6'],
    ['2001:0DB8:0001:2:0:0:0:1', '2001:db8:1:2::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['no address', ''],
    ['', ''],
    [null, ''],
  ];
  for (const [address, text] of shown)
    it(`${address} is shown as ${text || 'nothing'}`, () => {
      assert.equal(addressText(address), text);
    });

  it('is counted whole, or by /64', () => {
    assert.equal(addressBlock('203.0.113.77'), '203.0.113.77');
    assert.equal(addressBlock('::ffff:203.0.113.77'), '203.0.113.77');
    assert.equal(addressBlock('2001:0db8:0001:0002:3::9'), '2001:db8:1:2');
    assert.equal(addressBlock('2001:db8::9'), '2001:db8:0:0');
  });
});
