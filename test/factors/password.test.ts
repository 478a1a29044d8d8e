import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createPasswords, type Passwords } from '../../src/factors/password.ts';
import { Problem } from '../../src/problem.ts';

describe('passwords', () => {
  let passwords: Passwords;
  before(async () => {
    passwords = await createPasswords({ memoryKib: 7168, passes: 1, workers: 1 });
  });

  it('are hashed with argon2id, never the same way twice', async () => {
    const [one, two] = [
      await passwords.hash('a pass phrase'),
      await passwords.hash('a pass phrase'),
    ];
    assert.match(one, /^\$argon2id\$v=19\$m=7168,t=1,p=1\$/u);
    assert.notEqual(one, two);
    assert.ok(await passwords.matches('a pass phrase', one));
    assert.ok(!(await passwords.matches('another phrase', one)));
  });

  it('match however the keyboard composes them', async () => {
    const hash = await passwords.hash('pa\u00DFwort \u00E9t\u00E9');
    assert.ok(await passwords.matches('pa\u00DFwort e\u0301te\u0301', hash));
  });

  it('match at any length that can be set, and as long as older versions took', async () => {
    const longest = 'é'.repeat(256);
    const hash = await passwords.hash(longest);
    assert.ok(await passwords.matches(longest.normalize('NFD'), hash), '512 units');
    const ligatures = '\ufdfa'.repeat(256);
    assert.ok(
      await passwords.matches(ligatures, await passwords.hash(ligatures)),
      '4608 characters',
    );
  });

  it('of nobody match nothing', async () => {
    assert.ok(!(await passwords.matches('nobody has this password', null)));
    assert.ok(!(await passwords.matches('x'.repeat(100_000), await passwords.hash('x'))));
  });

  it('wait for their turn, and are refused when the queue is long', async () => {
    const settled = await Promise.allSettled(
      Array.from({ length: 200 }, () => passwords.hash('many at once')),
    );
    const refused = settled.filter((result) => result.status === 'rejected');
    assert.ok(refused.length > 0 && refused.length < 200);
    assert.ok(refused.every(({ reason }) => reason instanceof Problem && reason.status === 503));
    assert.ok(await passwords.hash('and afterwards it goes on'));
  });

  const cases: [string, string | undefined][] = [
    ['granite-otter-balloon', undefined],
    ['password1', 'password-common'],
    ['PASSWORD1', 'password-common'],
    ['30secondstomars', 'password-breached'],
    ['aaaaaaaaaaaa', 'password-row'],
    ['margarethe99', 'password-names'],
    ['short', 'password-short'],
    ['x'.repeat(300), 'password-long'],
    ['貓咪喜歡在屋頂上睡覺', undefined],
  ];
  for (const [password, expected] of cases) {
    it(`${password.slice(0, 24)}: ${expected ?? 'fine'}`, async () => {
      const fault = await passwords.faultOf(password, { minimum: 8, known: ['Margarethe'] });
      assert.equal(fault?.code, expected);
    });
  }
});
