/** X-Forwarded-For: whom a request comes from, in every form of an address, and whom nobody believes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBlock } from '../../src/net/address.ts';
import { originOf } from '../../src/net/forwarded.ts';

const PROXY = '10.0.0.1';
const PROXIES = ['10.0.0.0/8', 'fd00::/8'].map(parseBlock).filter((block) => block !== undefined);
const from = (header: string | undefined, peer = PROXY) => originOf(header, peer, PROXIES);

describe('the address of a request', () => {
  const forms: [string, string][] = [
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['"203.0.113.7:4711"', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['"2001:db8::1"', '2001:db8::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%eth0]:443', 'fe80::1'],
  ];
  for (const [entry, address] of forms) {
    it(`is read from ${entry}`, () => assert.deepEqual(from(entry), { address }));
    it(`is read from ${entry} behind one that is made up and before our proxies`, () => {
      assert.deepEqual(from(`198.51.100.9, ${entry},10.0.0.2:80, [fd00::1]:80`), { address });
    });
  }

  const unreadable = [
    'unknown',
    '_hidden',
    '"_hidden:_port"',
    '',
    '203.0.113',
    '203.0.113.7:',
    '203.0.113.7:port',
    '203.0.113.7:123456',
    '203.0.113.7 4711',
    '203.0.113.7%eth0',
    '[203.0.113.7]:80',
    '[2001:db8::1',
    '2001:db8::1]:443',
    '2001:db8:0:0:0:0:0:1:443',
    'for=203.0.113.7',
    '"203.0.113.7',
    'proxy.internal',
    '0xcb007107',
  ];
  for (const entry of unreadable)
    it(`is the proxy’s where it has written "${entry}", whoever is before that`, () => {
      const expected = { address: PROXY, unread: entry };
      assert.deepEqual(from(`198.51.100.9, ${entry}, 10.0.0.2`), expected);
      assert.deepEqual(from(`198.51.100.9, ${entry}`), expected);
    });

  it('is the one before the last proxy, not what that one was told', () => {
    assert.deepEqual(from('203.0.113.7, 198.51.100.9'), { address: '198.51.100.9' });
    assert.deepEqual(from('unknown, 198.51.100.9'), { address: '198.51.100.9' });
  });

  it('is the peer’s when that is no proxy of ours, or has written nothing', () => {
    assert.deepEqual(from('203.0.113.7', '198.51.100.1'), { address: '198.51.100.1' });
    assert.deepEqual(from('garbage', '198.51.100.1'), { address: '198.51.100.1' });
    for (const nothing of [undefined, '', '  ', '10.0.0.2', '10.0.0.2, 10.0.0.3'])
      assert.deepEqual(from(nothing), { address: PROXY });
  });

  it('is told from a proxy that comes with a mapped address', () => {
    assert.deepEqual(from('203.0.113.7', `::ffff:${PROXY}`), { address: '203.0.113.7' });
    assert.deepEqual(from(undefined, '::ffff:198.51.100.1'), { address: '198.51.100.1' });
    assert.deepEqual(from('203.0.113.7', ''), { address: '' });
  });
});
