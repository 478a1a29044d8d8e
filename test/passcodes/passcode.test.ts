import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Passcode } from '../../src/records/passcode.ts';
import {
  judgePasscode,
  newPasscode,
  parseNetwork,
  sixteenLetters,
} from '../../src/passcodes/passcode.ts';
import { judgeUse, type PasscodeUse } from '../../src/passcodes/use.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const vault = createVault([vaultKey(randomBytes(32))]);
const given = (fields: Partial<Passcode> = {}) => ({
  name: 'Phone',
  protocols: ['imap' as const],
  networks: [],
  expiresAt: null,
  ...fields,
});

/** Full-width letters, and what a page’s layout and a clipboard add. */
const WIDE = '\u200fａｂｃｄ\u00a0efgh\u2013ijkl\u200bｍnop\u2069\r\n';

describe('a passcode', () => {
  it('is sixteen capital letters in groups of four, another one each time', () => {
    const all = Array.from({ length: 200 }, () => newPasscode(vault, 'p', given(), NOW).letters);
    for (const letters of all) assert.match(letters, /^(?:[A-Z]{4} ){3}[A-Z]{4}$/u);
    assert.equal(new Set(all).size, all.length);
    assert.equal(new Set(all.join('').replaceAll(' ', '')).size, 26, 'every letter comes up');
  });

  it('is read however it is typed, and nothing else is', () => {
    const plain = 'ABCDEFGHIJKLMNOP';
    for (const typed of [plain, plain.toLowerCase(), 'abcd-efgh ijkl\tMNOP', ` ${plain} `, WIDE])
      assert.equal(sixteenLetters(typed), plain);
    for (const typed of [
      '',
      'ABCDEFGHIJKLMNO',
      `${plain}Q`,
      'ABCDEFGHIJKLMNO1',
      'ÄBCDEFGHIJKLMNOP',
    ])
      assert.equal(sixteenLetters(typed), undefined, typed);
  });

  it('is its owner’s alone', () => {
    const { passcode, letters } = newPasscode(vault, 'alice', given(), NOW);
    const text = sixteenLetters(letters) ?? '';
    const judge = (id: string) =>
      judgePasscode(
        vault,
        { id, passcodes: [passcode] },
        text,
        { protocol: 'imap', address: null },
        NOW,
      );
    assert.equal(judge('alice').verdict, 'accepted');
    assert.equal(judge('bob').verdict, 'unknown');
    assert.ok(!JSON.stringify(passcode).includes(text));
  });

  const cases: [string, Partial<Passcode>, string | null, string | null, string][] = [
    ['anywhere', {}, 'imap', null, 'accepted'],
    ['another protocol', {}, 'smtp', null, 'protocol'],
    ['an unknown protocol', {}, null, null, 'protocol'],
    ['before it ends', { expiresAt: NOW + 1 }, 'imap', null, 'accepted'],
    ['when it has ended', { expiresAt: NOW }, 'imap', null, 'expired'],
    ['inside', { networks: ['192.0.2.0/24'] }, 'imap', '192.0.2.255', 'accepted'],
    ['inside, mapped', { networks: ['192.0.2.0/24'] }, 'imap', '::ffff:192.0.2.1', 'accepted'],
    ['outside', { networks: ['192.0.2.0/24'] }, 'imap', '192.0.3.0', 'network'],
    ['of the other version', { networks: ['192.0.2.0/24'] }, 'imap', '2001:db8::1', 'network'],
    ['inside, version 6', { networks: ['2001:db8::/32'] }, 'imap', '2001:db8:1::1', 'accepted'],
    ['no address at all', { networks: ['0.0.0.0/0'] }, 'imap', null, 'network'],
    ['an address that is none', { networks: ['0.0.0.0/0'] }, 'imap', 'localhost', 'network'],
  ];
  for (const [name, fields, protocol, address, expected] of cases)
    it(`used ${name}: ${expected}`, () => {
      const { passcode, letters } = newPasscode(vault, 'p', given(fields), NOW);
      const access = { protocol: protocol as 'imap', address };
      const owner = { id: 'p', passcodes: [passcode] };
      const judged = judgePasscode(vault, owner, sixteenLetters(letters) ?? '', access, NOW);
      const got = judged.verdict === 'refused' ? judged.reason : judged.verdict;
      assert.equal(got, expected);
    });
});

describe('a network', () => {
  it('is an address, with how many bits of it count', () => {
    assert.equal(parseNetwork('192.0.2.7'), '192.0.2.7/32');
    assert.equal(parseNetwork('192.0.2.0/24'), '192.0.2.0/24');
    assert.equal(parseNetwork('2001:db8::/32'), '2001:db8::/32');
    assert.equal(parseNetwork('2001:db8::1'), '2001:db8::1/128');
    for (const text of [
      '',
      'x',
      '192.0.2',
      '192.0.2.0/33',
      '::/129',
      '192.0.2.0/-1',
      '192.0.2.0/24/8',
    ])
      assert.equal(parseNetwork(text), undefined, text);
  });
});

describe('the use of a passcode', () => {
  const use = (fields: Partial<PasscodeUse>): PasscodeUse => ({
    person: 'p',
    at: NOW,
    protocol: 'imap',
    address: '192.0.2.1',
    before: null,
    toldAt: null,
    ...fields,
  });
  const before = { network: '198.51.100.1', at: NOW - MINUTE };

  it('from one network after the other is a phone that leaves the house', () => {
    assert.equal(judgeUse(undefined, '192.0.2.1', NOW).tell, false);
    assert.equal(judgeUse(use({}), '198.51.100.1', NOW + MINUTE).tell, false);
  });

  it('from two in turn is told, once a day', () => {
    const back = judgeUse(use({ before }), '198.51.100.1', NOW + MINUTE);
    assert.deepEqual([back.tell, back.toldAt], [true, NOW + MINUTE]);
    const again = use({ before, toldAt: NOW - MINUTE });
    assert.equal(judgeUse(again, '198.51.100.1', NOW + MINUTE).tell, false);
    const nextDay = use({ before, toldAt: NOW - 24 * 60 * MINUTE });
    assert.equal(judgeUse(nextDay, '198.51.100.1', NOW + MINUTE).tell, true);
  });

  it('coming back after a while is no turn', () => {
    const long = use({ before: { ...before, at: NOW - 11 * MINUTE } });
    assert.equal(judgeUse(long, '198.51.100.1', NOW).tell, false);
  });
});
