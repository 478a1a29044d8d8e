import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { knownPasswords } from '../../src/factors/known-passwords.ts';
import { passwordFault } from '../../src/factors/password-rules.ts';

const { common, breached } = await knownPasswords()();
const words = {
  isCommon: (word: string) => common.has(word),
  isBreached: (word: string) => breached.has(word),
};
const NO_WORDS = { isCommon: () => false, isBreached: () => false };
const known = ['margarethe', 'margarethe.ott@acme.test', 'Margarethe Ott', 'Ravenholm'];
const faultOf = (password: string, minimum = 8) =>
  passwordFault(password, { minimum, known }, words)?.code;

const cases: Record<string, [string, number?][]> = {
  'password-short': [['q7-zebr'], ['q7-zebra-lamp', 15], ['貓咪喜歡屋頂'], ['x'.repeat(7), 1]],
  'password-long': [['gravel sonnet '.repeat(20)]],
  'password-row': [
    ['aaaaaaaaaaaa'],
    ['abcabcabcabc'],
    ['123456789012345', 15],
    ['qwertyuiopasdfghjkl', 15],
    ['zyxwvuts'],
    ['qwertz12345'],
    ['abc12389'],
    ['123456789qwerty', 15],
  ],
  'password-names': [
    ['margarethe99'],
    ['MargaretheOtt!'],
    ['ravenholm-1'],
    ['ott.margarethe'],
    ['margarethe1margarethe2', 15],
  ],
  'password-common': [
    ['password'],
    ['PASSWORD1'],
    ['P@ssw0rd'],
    ['p@$$w0rd2026!'],
    ['!!sunshine!!'],
    ['sunshine1234567', 15],
    ['1LoveYou'],
    ['football2026', 8],
  ],
  // Nothing that the other rules know.
  'password-breached': [
    ['30011992'],
    ['qawsedrftgyhujik', 15],
    ['stairwaytoheaven', 15],
    ['StairwayToHeaven', 15],
    ['perasperaadastra', 15],
  ],
};

describe('a password is refused', () => {
  for (const [code, passwords] of Object.entries(cases))
    for (const [password, minimum] of passwords)
      it(`${password.slice(0, 24)}: ${code}`, () => {
        assert.equal(faultOf(password, minimum), code);
      });
});

describe('a password is accepted', () => {
  for (const password of [
    'granite-otter-balloon',
    'gravel sonnet umbrella',
    'q7-zebra',
    'Tr0ub4dor&3',
    'sunshine83058172',
    'margarethe likes pickled radish',
    '貓咪喜歡在屋頂上睡覺',
    'x9$kW2!mQz',
    'mustang over marmalade',
    'été à la plage 12',
  ])
    it(password, () => {
      assert.equal(faultOf(password), undefined);
    });

  it('however long a name or short a word is taken out of it', () => {
    const rules = { minimum: 8, known: ['a', 'of', ''] };
    assert.equal(passwordFault('a of a of a banana', rules, NO_WORDS), undefined);
  });
});

describe('the length of a password', () => {
  /** As long as one can be, of characters that nobody finds in a row. */
  const longest = Array.from(
    { length: 64 },
    (_, at) => `é${String.fromCodePoint(0x4e00 + at * 97)}ñ7`,
  );
  const composed = longest.join('');

  it('is that of its normal form, at both ends', () => {
    assert.equal(composed.length, 256);
    for (const written of [composed, composed.normalize('NFD')]) {
      assert.equal(faultOf(written), undefined, `${written.length} units`);
      assert.equal(faultOf(`${written}x`), 'password-long');
    }
    assert.equal(faultOf('🦦'.repeat(257)), 'password-long');
    assert.notEqual(faultOf('🦦🪨🎈'.repeat(85)), 'password-long', '255 characters in 510 units');
    assert.equal(faultOf('\ufdfa'.repeat(15), 15), 'password-long', '270 characters in 15 units');
    assert.equal(faultOf('\ufdfa'.repeat(10_000_000)), 'password-long');
  });

  it('is not made up of marks or of what nobody sees', () => {
    const marks =
      '\u0301\u0316\u0323\u0332\u0339\u0347\u0353\u0361\u0483\u0591\u064b\u0e38\u0f71\u302a';
    assert.equal(faultOf(`q${marks}`, 8), 'password-short');
    assert.equal(faultOf('q\u200b7\u2060-\u00adz\u200de\ufe0fb\u200cr', 8), 'password-short');
    assert.equal(faultOf('ก็รู้จักกัน', 9), undefined, 'a vowel and a tone above one letter count');
  });
});

it('counts what a reader would count as characters, composed or not', () => {
  assert.equal(faultOf('e\u0301'.repeat(3) + 'kwzqx'), undefined, '8 characters, typed as 11');
  assert.equal(faultOf('e\u0301kwzqxy'), 'password-short', '7 characters, typed as 8');
  assert.equal(faultOf('🦦🪨🎈🧵🪶🥁🌵🔑'), undefined, '8 characters in 16 units');
});
