/** The pure rules of codes by mail: which one counts, which address one may have, what is shown of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SentCode } from '../../src/records/factors/sent-code.ts';
import {
  SEND_AGAIN_AFTER,
  canonicalAddress,
  isOwnMailbox,
  judgeEmailCode,
  newEmailCode,
  sendAgainIn,
  withCode,
} from '../../src/factors/email-code.ts';
import { maskAddress } from '../../src/text/mailbox.ts';

const NOW = 4_000_000_000_000;
const LIFETIME = 900_000;

function sent(hash: string, at = NOW, fields: Partial<SentCode> = {}): SentCode {
  const times = { sentAt: at, expiresAt: at + LIFETIME };
  const address = 'me@home.test';
  return { hash, reference: `REF${hash}`, mail: hash, address, ...times, used: false, ...fields };
}

const verdictOf = (codes: readonly SentCode[], hash: string, now = NOW) =>
  judgeEmailCode(codes, (kept) => kept === hash, now).verdict;

describe('a code', () => {
  it('is six digits, with a reference that nobody misreads', () => {
    const made = Array.from({ length: 200 }, newEmailCode);
    for (const { code, reference } of made) {
      assert.match(code, /^[0-9]{6}$/u);
      assert.match(reference, /^[A-HJKMNP-Z2-9]{4}$/u);
    }
    assert.ok(new Set(made.map(({ code }) => code)).size > 150);
  });

  it('counts while it is the newest, until it has expired, once', () => {
    const codes = [sent('a'), sent('b', NOW + 1)];
    assert.deepEqual(verdictOf(codes, 'a'), { verdict: 'older', reference: 'REFb' });
    assert.deepEqual(verdictOf(codes, 'c'), { verdict: 'wrong' });
    assert.deepEqual(verdictOf([], 'a'), { verdict: 'wrong' });
    assert.equal(verdictOf(codes, 'b', NOW + LIFETIME).verdict, 'accepted');
    assert.equal(verdictOf(codes, 'b', NOW + 1 + LIFETIME).verdict, 'expired');
    const after = judgeEmailCode(codes, (kept) => kept === 'b', NOW).codes;
    assert.equal(verdictOf(after, 'b').verdict, 'used');
    assert.equal(codes[1]?.used, false, 'what was given is left as it is');
  });

  it('that was sent twice by chance counts as the newer one', () => {
    assert.equal(verdictOf([sent('a'), sent('a', NOW + 1)], 'a').verdict, 'accepted');
  });

  it('can be sent again half a minute after the newest', () => {
    const codes = [sent('a', NOW - 60_000), sent('b')];
    assert.equal(sendAgainIn([], NOW), 0);
    assert.equal(sendAgainIn(codes, NOW), SEND_AGAIN_AFTER / 1000);
    assert.equal(sendAgainIn(codes, NOW + SEND_AGAIN_AFTER - 1), 1);
    assert.equal(sendAgainIn(codes, NOW + SEND_AGAIN_AFTER), 0);
  });

  it('is one of the last few that are kept', () => {
    const many = Array.from({ length: 40 }, (_, at) => sent(String(at), NOW + at));
    const kept = many.reduce<SentCode[]>(withCode, []);
    assert.ok(kept.length < 20);
    assert.equal(kept.at(-1)?.hash, '39');
    assert.equal(verdictOf(kept, '0').verdict, 'wrong');
  });
});

describe('an address', () => {
  const ONE_FORM: Readonly<Record<string, string>> = {
    'me@home.test': 'me@home.test',
    ' Me.Too+tag@HOME.Test ': 'Me.Too+tag@home.test',
    "o'brien_1!#$%&*/=?^`{|}~-@home.test": "o'brien_1!#$%&*/=?^`{|}~-@home.test",
    'ｍｅ＠ｈｏｍｅ．ｔｅｓｔ': 'me@home.test',
    'me@home。test': 'me@home.test',
    'me@home｡test': 'me@home.test',
    'jörg@bücher.test': 'jörg@xn--bcher-kva.test',
    '信箱@例子.測試': '信箱@xn--fsqu00a.xn--g6w251d',
    'root@localhost': 'root@localhost',
  };
  for (const [typed, kept] of Object.entries(ONE_FORM))
    it(`${typed} is kept as ${kept}`, () => {
      assert.equal(canonicalAddress(typed), kept);
      assert.equal(canonicalAddress(kept), kept);
    });

  const NONE: readonly string[] = [
    '',
    '@',
    'me',
    'me@',
    '@home.test',
    'me@@home.test',
    'me@home.test, you@home.test',
    'me@home.test\r\nRCPT TO:<you@home.test>',
    '<me@home.test>',
    'Me <me@home.test>',
    '"me"@home.test',
    'me(you)@home.test',
    '\\me@home.test',
    '.me@home.test',
    'm..e@home.test',
    'me.@home.test',
    'me@home.test.',
    'me@.home.test',
    'me@home..test',
    'me@-home.test',
    'me@home-.test',
    'me@home_.test',
    'me@[127.0.0.1]',
    'me@127.0.0.1',
    'me@127.1',
    'me@home/x.test',
    'me@home%2etest',
    'me@ho\u00adme.test',
    'me@home\u200b.test',
    'm\u200be@home.test',
    'me\u0000@home.test',
    'me@xn--\u0300.test',
    `${'m'.repeat(65)}@home.test`,
    `me@${'home.'.repeat(50)}test`,
    '{"$ne":1}',
  ];
  for (const typed of NONE)
    it(`${JSON.stringify(typed).slice(0, 40)} is none`, () => {
      assert.equal(canonicalAddress(typed), undefined);
    });

  it('is judged in no time, however long it is', () => {
    for (const part of ['a.', 'a-', 'a', '-', '..', 'é'])
      for (const typed of [`${part.repeat(5000)}@x`, `x@${part.repeat(5000)}`])
        assert.equal(canonicalAddress(typed), undefined);
  });
});

describe('the mailbox that the sign-in protects', () => {
  const person = { email: 'Alice@Bücher.test' };
  for (const address of [
    'alice@bücher.test',
    'ALICE@BÜCHER.TEST',
    'alice+mfa@bücher.test',
    'alice+@bücher.test',
    'alice+a+b@bücher.test',
    'alice@xn--bcher-kva.test',
    'alice@bücher。test',
    'alice@bu\u0308cher.test',
    'ａｌｉｃｅ＠ｂücher．test',
  ])
    it(`is ${address}`, () => assert.ok(isOwnMailbox(person, address)));

  it('is no other one', () => {
    for (const address of ['alice@home.test', 'bob@bücher.test', 'alicemfa@bücher.test'])
      assert.ok(!isOwnMailbox(person, address), address);
  });

  it('may have a tag itself', () => {
    assert.ok(isOwnMailbox({ email: 'alice+work@acme.test' }, 'alice@acme.test'));
    assert.ok(isOwnMailbox({ email: 'alice+work@acme.test' }, 'alice+home@acme.test'));
  });
});

describe('what is shown of an address', () => {
  const SHOWN: Readonly<Record<string, string>> = {
    'alice@example.org': 'al•••@e•••.org',
    'al@x.test': 'a•••@•••.test',
    'a@home.test': '•••@h•••.test',
    'alice@localhost': 'al•••@l•••',
    '😀😀😀@home.test': '😀😀•••@h•••.test',
    'alice@mail.example.org': 'al•••@m•••.org',
  };
  for (const [address, shown] of Object.entries(SHOWN))
    it(`of ${address} is ${shown}`, () => assert.equal(maskAddress(address), shown));
});
