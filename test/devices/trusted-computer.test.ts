/** The rule of trusted computers and its record, below the HTTP door; the flows have the pages. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  judge,
  listComputers,
  presentToken,
  stillTrusted,
  trustComputer,
  type TrustBasis,
  type TrustRules,
  type TrustedComputer,
} from '../../src/devices/trusted-computer.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { revokeComputer, revokeOtherComputers } from '../support/computers.ts';

const NOW = 4_000_000_000_000;
const DAY = 86_400_000;
const BASIS: TrustBasis = {
  person: 'p1',
  epoch: 3,
  trustEpoch: 2,
  organisation: 'acme',
  organisationTrustEpoch: 1,
};
const RULES: TrustRules = { days: 30, allowedFactors: ['totp', 'email-code'] };
const GIVEN = { factor: 'totp', browser: 'Firefox on Windows', days: 30 } as const;

let parts: FreshStore;
before(async () => {
  parts = await openFreshStore(NOW);
});
after(() => parts.close());

let people = 0;
/** Trust of a person of their own. */
async function trusted(given: Parameters<typeof trustComputer>[2] = GIVEN) {
  people += 1;
  const basis = { ...BASIS, person: `person${people}` };
  return { basis, ...(await trustComputer(parts, basis, given, NOW)) };
}

const present = (token: string, basis: TrustBasis, now = NOW, rules = RULES) =>
  presentToken(parts, token, basis, rules, now);

describe('what a token is worth', () => {
  const COMPUTER: TrustedComputer = {
    ...BASIS,
    id: 'x',
    name: 'x',
    browser: 'x',
    factor: 'totp',
    generation: 7,
    createdAt: NOW,
    lastUsedAt: NOW,
    expiresAt: NOW + 30 * DAY,
  };
  const GENERATIONS: readonly [number, string][] = [
    [7, 'newest'],
    [6, 'before'],
    [5, 'theft'],
    [1, 'theft'],
    // Genuine and newer than the record: the store was restored from a backup, nobody copied anything.
    [8, 'over'],
  ];
  for (const [generation, expected] of GENERATIONS) {
    it(`generation ${generation} of 7: ${expected}`, () => {
      assert.equal(judge(COMPUTER, generation, BASIS, RULES, NOW), expected);
    });
  }

  const OVER: readonly [string, Partial<TrustBasis>, Partial<TrustRules>, number][] = [
    ['another person', { person: 'p2' }, {}, NOW],
    ['another epoch', { epoch: 4 }, {}, NOW],
    ['an older epoch', { epoch: 2 }, {}, NOW],
    ['another epoch of trust', { trustEpoch: 3 }, {}, NOW],
    ['another organisation', { organisation: 'globex' }, {}, NOW],
    ['another epoch of the organisation', { organisationTrustEpoch: 2 }, {}, NOW],
    ['the factor is forbidden', {}, { allowedFactors: ['email-code'] }, NOW],
    ['it has expired', {}, {}, NOW + 30 * DAY],
    ['fewer days are allowed now', {}, { days: 4 }, NOW + 4 * DAY],
    ['no days are allowed now', {}, { days: 0 }, NOW],
  ];
  for (const [why, basis, rules, now] of OVER) {
    it(`it is over: ${why}`, () => {
      for (const generation of [7, 6, 5])
        assert.equal(
          judge(COMPUTER, generation, { ...BASIS, ...basis }, { ...RULES, ...rules }, now),
          'over',
        );
    });
  }

  it('it lasts to the last moment, no longer for more days, and with a clock that went back', () => {
    assert.equal(judge(COMPUTER, 7, BASIS, RULES, NOW + 30 * DAY - 1), 'newest');
    const more = { ...RULES, days: 60 };
    assert.equal(judge(COMPUTER, 7, BASIS, more, NOW + 30 * DAY), 'over');
    assert.equal(judge(COMPUTER, 7, BASIS, RULES, NOW - 3600_000), 'newest');
  });
});

describe('a token', () => {
  it('is for one person, of one shape, and never longer than it can be', async () => {
    const { token, basis, computer } = await trusted();
    assert.match(token, /^[\w-]{22}\.1\.[\w-]{43}$/u);
    const [id = '', , mac = ''] = token.split('.');
    const strange = [
      '',
      '.',
      '..',
      id,
      `${id}.1`,
      `${id}.1.`,
      `${id}..${mac}`,
      `${id}.0.${mac}`,
      `${id}.01.${mac}`,
      `${id}.+1.${mac}`,
      `${id}.1e0.${mac}`,
      `${id}.１.${mac}`,
      `${id}.1.${mac.slice(1)}`,
      `${id}.1.${mac}=`,
      `${id}.1.${mac.toLowerCase()}${mac === mac.toLowerCase() ? 'x' : ''}`,
      ` ${token}`,
      `${token}\n`,
      `${token}.1`,
      `${id}.${'9'.repeat(40)}.${mac}`,
      `${id}.9999999999.${mac}`,
      'x'.repeat(100_000),
      '__proto__',
    ];
    for (const text of strange)
      assert.deepEqual(await present(text, basis), { verdict: 'none' }, text.slice(0, 60));
    const other = { ...basis, person: 'somebody-else' };
    assert.deepEqual(await present(token, other), { verdict: 'none' });
    assert.equal((await listComputers(parts, basis.person))[0]?.generation, 1);
    const shown = await present(token, basis, NOW + 5);
    assert.ok(shown.verdict === 'trusted' && shown.rotated);
    assert.deepEqual(shown.computer, { ...computer, generation: 2, lastUsedAt: NOW + 5 });
  });

  it('of a computer that is gone, or under another key, is none', async () => {
    const { token, basis, computer } = await trusted();
    const stranger = await openFreshStore(NOW);
    const elsewhere = await presentToken(stranger, token, basis, RULES, NOW);
    assert.deepEqual(elsewhere, { verdict: 'none' });
    await stranger.close();
    await revokeComputer(parts, basis.person, computer.id);
    assert.deepEqual(await present(token, basis), { verdict: 'none' });
  });

  it('presented fifty times at once moves on once, and all get the same newest one', async () => {
    const { token, basis } = await trusted();
    const all = await Promise.all(Array.from({ length: 50 }, () => present(token, basis)));
    const rotated = all.filter((shown) => shown.verdict === 'trusted' && shown.rotated);
    assert.equal(rotated.length, 1);
    const tokens = new Set(all.map((shown) => (shown.verdict === 'trusted' ? shown.token : '')));
    assert.equal(tokens.size, 1);
    assert.equal((await listComputers(parts, basis.person))[0]?.generation, 2);
  });

  it('and its copy: the one that falls behind by two uses is the theft, and ends both', async () => {
    const { token, basis } = await trusted();
    const first = await present(token, basis);
    assert.ok(first.verdict === 'trusted');
    const copy = await present(token, basis);
    assert.ok(copy.verdict === 'trusted' && !copy.rotated);
    assert.equal(copy.token, first.token, 'an answer that was lost, as far as one can know');
    const ahead = await present(first.token, basis);
    assert.ok(ahead.verdict === 'trusted' && ahead.rotated);
    assert.equal((await present(token, basis)).verdict, 'theft');
    assert.equal((await present(ahead.token, basis)).verdict, 'none');
    assert.deepEqual(await listComputers(parts, basis.person), []);
  });

  it('of an older generation, presented fifty times at once, is one theft', async () => {
    const { token, basis } = await trusted();
    const second = await present(token, basis);
    assert.ok(second.verdict === 'trusted');
    await present(second.token, basis);
    const all = await Promise.all(Array.from({ length: 50 }, () => present(token, basis)));
    const count = (verdict: string) => all.filter((shown) => shown.verdict === verdict).length;
    assert.deepEqual([count('theft'), count('none')], [1, 49]);
  });
});

describe('the record of a computer', () => {
  it('holds for a session as long as for a token', async () => {
    const { basis, computer } = await trusted();
    const holds = (change: Partial<TrustBasis> = {}, now = NOW, rules = RULES) =>
      stillTrusted(parts, computer.id, { ...basis, ...change }, rules, now);
    assert.ok(await holds());
    assert.ok(!(await holds({ epoch: 9 })));
    assert.ok(!(await holds({ person: 'p2' })));
    assert.ok(!(await holds({}, NOW + 30 * DAY)));
    assert.ok(!(await holds({}, NOW, { ...RULES, allowedFactors: [] })));
    assert.ok(await revokeComputer(parts, basis.person, computer.id));
    assert.ok(!(await holds()));
  });

  it('is gone from the store when it has expired', async () => {
    const { basis, computer } = await trusted({ ...GIVEN, days: 1 });
    assert.equal(computer.expiresAt, NOW + DAY);
    parts.clock.now = NOW + DAY;
    assert.deepEqual(await listComputers(parts, basis.person), []);
    parts.clock.now = NOW;
  });

  it('is revoked by its owner only; all others but one at once', async () => {
    const { basis, computer } = await trusted();
    await trustComputer(parts, basis, GIVEN, NOW + 1);
    const newest = await trustComputer(parts, basis, GIVEN, NOW + 2);
    const others = await trusted();
    assert.equal(await revokeComputer(parts, others.basis.person, computer.id), false);
    assert.equal(await revokeComputer(parts, basis.person, 'no-such-computer'), false);
    assert.equal((await listComputers(parts, basis.person))[0]?.id, newest.computer.id);
    assert.equal(await revokeOtherComputers(parts, basis.person, newest.computer.id), 2);
    assert.deepEqual(
      (await listComputers(parts, basis.person)).map(({ id }) => id),
      [newest.computer.id],
    );
    assert.equal(await revokeOtherComputers(parts, basis.person, null), 1);
    assert.equal((await listComputers(parts, others.basis.person)).length, 1);
  });

  it('there are twenty at most, of fifty at once too; the least recently used ones go', async () => {
    const { basis, token } = await trusted();
    await present(token, basis, NOW + DAY);
    const fifty = Array.from({ length: 50 }, (_, at) =>
      trustComputer(parts, basis, GIVEN, NOW + at),
    );
    await Promise.all(fifty);
    const left = await listComputers(parts, basis.person);
    assert.ok(left.length <= 20, String(left.length));
    assert.ok(left.length > 0);
    assert.equal((await present(token, basis, NOW + DAY)).verdict, 'trusted');
  });
});
