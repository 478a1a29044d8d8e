import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dictionary } from '@zxcvbn-ts/language-common';
import { passwordFault } from '../../src/accounts/password-rules.ts';

const common = new Set(dictionary['passwords-common'].map(String));
const known = ['margarethe', 'margarethe.ott@acme.test', 'Margarethe Ott', 'Ravenholm'];
const faultOf = (password: string, minimum = 8) =>
  passwordFault(password, { minimum, known }, (word) => common.has(word))?.code;

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
    assert.equal(
      passwordFault('a of a of a banana', rules, () => false),
      undefined,
    );
  });
});

it('counts what a reader would count as characters, composed or not', () => {
  assert.equal(faultOf('e\u0301'.repeat(3) + 'kwzqx'), undefined, '8 characters, typed as 11');
  assert.equal(faultOf('e\u0301kwzqxy'), 'password-short', '7 characters, typed as 8');
  assert.equal(faultOf('🦦🪨🎈🧵🪶🥁🌵🔑'), undefined, '8 characters in 16 units');
});
