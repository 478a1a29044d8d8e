import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { generateSync } from 'otplib';
import QRCode from 'qrcode';
import type { Authenticator } from '../../src/records/person.ts';
import {
  entryNames,
  keyUri,
  newAuthenticator,
  openSecret,
  sixDigits,
  verifyTotp,
  type TotpVerdict,
} from '../../src/factors/totp.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;

describe('authenticator codes', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore(NOW);
  });
  after(() => parts.close());

  const setUp = async () => {
    const authenticator = await newAuthenticator(parts.vault, NOW);
    const secret = await openSecret(parts.vault, authenticator);
    const codeAt = (ms: number): string => generateSync({ secret, epoch: Math.floor(ms / 1000) });
    const verify = (
      code: string,
      now = NOW,
      live: Authenticator[] = [authenticator],
    ): Promise<TotpVerdict> => verifyTotp(parts, { live, retired: [] }, code, now);
    return { authenticator, codeAt, verify };
  };

  it('agree with RFC 6238 appendix B', async () => {
    const id = 'rfc';
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const live = [{ id, secret: await parts.vault.seal('totp', id, secret), createdAt: 0 }];
    const vectors: [number, string][] = [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
    ];
    for (const [seconds, code] of vectors) {
      const verdict = await verifyTotp(parts, { live, retired: [] }, code, seconds * 1000);
      assert.equal(verdict.verdict, 'accepted', `at ${seconds}`);
    }
  });

  it('are accepted one step either side, once', async () => {
    const { codeAt, verify } = await setUp();
    assert.equal((await verify(codeAt(NOW - 30_000))).verdict, 'accepted');
    assert.equal((await verify(codeAt(NOW - 30_000))).verdict, 'used');
    assert.equal((await verify(codeAt(NOW + 30_000))).verdict, 'accepted');
    // Accepting a step refuses all before it.
    assert.equal((await verify(codeAt(NOW))).verdict, 'used');
  });

  it('say how slow or fast a phone is', async () => {
    const { codeAt, verify } = await setUp();
    assert.deepEqual(await verify(codeAt(NOW - 60_000)), { verdict: 'slow', seconds: 60 });
    assert.deepEqual(await verify(codeAt(NOW + 90_000)), { verdict: 'fast', seconds: 90 });
    assert.equal((await verify(codeAt(NOW + 20 * 60_000))).verdict, 'wrong');
  });

  it('that were shown too early are spent when their time comes', async () => {
    const { codeAt, verify } = await setUp();
    const early = codeAt(NOW + 60_000);
    assert.equal((await verify(early)).verdict, 'fast');
    assert.equal((await verify(early, NOW + 60_000)).verdict, 'used');
    assert.equal((await verify(codeAt(NOW + 90_000), NOW + 90_000)).verdict, 'accepted');
  });

  it('are accepted again after a clock that was an hour ahead, and none of them twice', async () => {
    const { codeAt, verify } = await setUp();
    const hour = 3_600_000;
    for (const at of [NOW, NOW + hour, NOW + hour + 60_000])
      assert.equal((await verify(codeAt(at), at)).verdict, 'accepted');
    assert.equal((await verify(codeAt(NOW))).verdict, 'used');
    assert.equal((await verify(codeAt(NOW + 30_000), NOW + 30_000)).verdict, 'accepted');
    assert.equal((await verify(codeAt(NOW), NOW + 30_000)).verdict, 'used');
    for (const at of [NOW + hour, NOW + hour + 60_000])
      assert.equal((await verify(codeAt(at), at)).verdict, 'used');
    const next = NOW + hour + 90_000;
    assert.equal((await verify(codeAt(next), next)).verdict, 'accepted');
  });

  it('of 50 uses of one code at once, one is accepted', async () => {
    const { codeAt, verify } = await setUp();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => verify(codeAt(NOW))));
    assert.equal(verdicts.filter(({ verdict }) => verdict === 'accepted').length, 1);
    assert.equal(verdicts.filter(({ verdict }) => verdict === 'used').length, 49);
  });

  it('of an old entry are named as such', async () => {
    const old = await setUp();
    const fresh = await setUp();
    const retired = [{ ...old.authenticator, retiredAt: NOW }];
    const held = { live: [fresh.authenticator], retired };
    const verdict = await verifyTotp(parts, held, old.codeAt(NOW), NOW);
    assert.deepEqual(verdict, { verdict: 'old-entry', createdAt: NOW });
  });

  it('are never stored in clear, and open only for their own authenticator', async () => {
    const { authenticator } = await setUp();
    const other = { ...authenticator, id: 'another' };
    await assert.rejects(openSecret(parts.vault, other), /another context/u);
    assert.equal(authenticator.secret.split('.').length, 5);
  });
});

describe('what people type as a code', () => {
  const cases: [string, string | undefined][] = [
    ['123456', '123456'],
    ['123 456', '123456'],
    ['12-34-56', '123456'],
    [' 123456 ', '123456'],
    ['１２３４５６', '123456'],
    ['', undefined],
    ['12345', undefined],
    ['1234567', undefined],
    ['12a456', undefined],
    ['1'.repeat(10_000), undefined],
    ['١٢٣٤٥٦', '123456'],
    ['Code: 123456', undefined],
  ];
  for (const [typed, expected] of cases) {
    it(`${JSON.stringify(typed.slice(0, 20))} is ${expected ?? 'not a code'}`, () => {
      assert.equal(sixDigits(typed), expected);
    });
  }
});

describe('the address in the QR code', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const written = (issuer: string, account: string) =>
    keyUri(entryNames({ issuer, account }), secret);

  /** As apps read it: some split the label before they decode it, some after; at the first colon or the last. */
  const readings = (uri: string): string[][] => {
    const { pathname } = new URL(uri.replace('otpauth:', 'https:'));
    const label = pathname.slice(1);
    const cut = (text: string, at: number): string[] => [text.slice(0, at), text.slice(at + 1)];
    const decoded = decodeURIComponent(label);
    return [
      cut(label, label.indexOf(':')).map(decodeURIComponent),
      cut(decoded, decoded.indexOf(':')),
      cut(decoded, decoded.lastIndexOf(':')),
    ];
  };

  it('is short enough for a code that cameras read, in every script', () => {
    for (const letter of ['a', ':', '%', 'é', '登', '😀', 'a\u0301\u0302', '👨‍👩‍👧']) {
      const uri = written(letter.repeat(100), letter.repeat(64));
      // 89 dots a side: more than two pixels each where it is shown smallest.
      assert.ok(
        QRCode.create(uri, { errorCorrectionLevel: 'M' }).version <= 18,
        `${letter} ${uri}`,
      );
    }
  });

  for (const [issuer, account, expected] of [
    ['Acme', 'ada@acme.test', ['Acme', 'ada@acme.test']],
    ['Acme: mail', 'ada@acme.test', ['Acme - mail', 'ada@acme.test']],
    ['a:b : c:', ':x:y@z', ['a-b - c-', '-x-y@z']],
    ['50 % & more? #1', 'a/b+c@d', ['50 % & more? #1', 'a/b+c@d']],
    ['登入：系統', 'ada@acme.test', ['登入：系統', 'ada@acme.test']],
    ['臺灣積體電路製造股份有限公司', '王小明', ['臺灣積體電路製造股份有限公司', '王小明']],
    ['A'.repeat(80), 'ada@acme.test', [`${'A'.repeat(63)}…`, 'ada@acme.test']],
  ] as const)
    it(`is read in one way with ${issuer.slice(0, 20)} and ${account}`, () => {
      const uri = written(issuer, account);
      for (const read of readings(uri)) assert.deepEqual(read, expected);
      const parameters = new URL(uri).searchParams;
      assert.equal(parameters.get('issuer'), expected[0]);
      assert.equal(parameters.get('secret'), secret);
    });
});
