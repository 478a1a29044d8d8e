/** IP addresses and blocks: what is one, which are equal, and which are public. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPublic, isWithin, parseAddress, parseBlock } from '../../src/net/address.ts';

const read = (text: string): string | undefined => parseAddress(text)?.toString();

describe('an address', () => {
  const same: [string, string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%br-lan.100', 'fe80::1'],
    ['::', '::'],
  ];
  for (const [text, address] of same)
    it(`${text} is ${address}`, () => assert.equal(read(text), address));

  const none = [
    '',
    'unknown',
    'localhost',
    '192.0.2',
    '192.0.2.256',
    '192.0.02.7',
    '0300.0.2.7',
    '0xc0.0.2.7',
    '3221226503',
    '192.0.2.7%eth0',
    '192.0.2.7 ',
    '192.0.2.7:80',
    '[2001:db8::1]',
    '2001:db8::1::2',
    '1:2:3:4:5:6:7:8:9',
    '2001:db8::12345',
    '::ffff:192.0.02.7',
    '::192.0.2.7',
    'fe80::1%',
    '192.0.2.0/24',
  ];
  for (const text of none) it(`"${text}" is none`, () => assert.equal(read(text), undefined));
});

describe('a block', () => {
  const within = (address: string, block: string): boolean => {
    const [parsed, network] = [parseAddress(address), parseBlock(block)];
    return parsed !== undefined && network !== undefined && isWithin(parsed, [network]);
  };

  it('holds what begins with its bits, in whatever form', () => {
    assert.ok(within('10.255.0.1', '10.0.0.0/8'));
    assert.ok(within('::ffff:10.1.2.3', '10.0.0.0/8'));
    assert.ok(within('10.1.2.3', '::ffff:10.0.0.0/104'));
    assert.ok(within('10.0.0.7', '10.0.0.7'));
    assert.ok(within('2001:db8:ffff::1', '2001:db8::/32'));
    assert.ok(within('fe80::1%eth0', 'fe80::/10'));
    assert.ok(!within('11.0.0.1', '10.0.0.0/8'));
    assert.ok(!within('10.0.0.8', '10.0.0.7'));
    assert.ok(!within('::a00:7', '10.0.0.0/8'));
    assert.ok(!within('10.0.0.1', '::/0'));
    assert.ok(!within('::1', '0.0.0.0/0'));
  });

  it('is nothing else', () => {
    for (const text of ['10.0.0.0/33', '::/129', '10.0.0.0/', '10/8', 'x/8', 'fe80::1%eth0/64'])
      assert.equal(parseBlock(text), undefined, text);
    assert.equal(parseBlock('::ffff:10.0.0.0/90'), undefined);
  });
});

describe('a public address', () => {
  const PUBLIC = ['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'];
  for (const text of PUBLIC)
    it(`${text} is one`, () => {
      const address = parseAddress(text);
      assert.ok(address && isPublic(address));
    });

  /** IANA's registries of special-purpose addresses, and what can carry an IPv4 address. */
  const SPECIAL = [
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::ffff:0:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::a00:1',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::808:808',
    '100::1',
    '2001::1',
    '2001:2::1',
    '2001:10::1',
    '2001:20::1',
    '2001:db8::1',
    '2002:7f00:1::1',
    '2002:808:808::1',
    '3fff::1',
    '4000::1',
    '5f00::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
  ];
  for (const text of SPECIAL)
    it(`${text} is none`, () => {
      const address = parseAddress(text);
      assert.ok(address && !isPublic(address));
    });
});
