import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkWords } from '../../check/words.ts';
import { failuresOf } from './tree.ts';

const found = (files: Readonly<Record<string, string>>): Promise<string[]> =>
  failuresOf(checkWords, {
    'views/texts/en.yaml': 'home: Hello\n',
    'views/texts/zh-Hant.yaml': 'home: 您好\n',
    'README.md': 'Codes by email.\n',
    'docs/limits.md': '# Limits\n',
    ...files,
  });
const english = (text: string) => found({ 'views/texts/en.yaml': `home:\n  text: "${text}"\n` });
const chinese = (text: string) => found({ 'views/texts/zh-Hant.yaml': `home: "${text}"\n` });

describe('words that no text may have', () => {
  it('are named with the one to write, the text and its line', async () => {
    assert.deepEqual(await english('A code by mail'), [
      'views/texts/en.yaml:2  home.text: “code by mail”: code by email',
    ]);
  });

  it('are those of the table, however they are written', async () => {
    for (const wrong of [
      'Your E-mail address',
      'Codes by mail are off.',
      'A new passcode',
      'your second factor',
      'MFA is on',
      'a backup code',
      'a trusted device',
      'You trust no computer.',
      'It was handed over',
      'The link is spent.',
      'Go on with the sign-in',
      'Look into your mail',
      'Everything is ended.',
      'Put it right',
      'Withdraw access',
      'no longer gets at it',
      'There is no such page',
      'something that you don’t know',
      'It was begun there',
      'Log in',
      'recognized',
      "can't",
    ])
      assert.equal((await english(wrong)).length, 1, wrong);
    for (const wrong of [
      '產生新代碼',
      '備用碼',
      '帳戶',
      '通行金鑰',
      '第二項要素',
      '請洽詢',
      '验证码',
    ])
      assert.ok((await chinese(wrong)).length > 0, wrong);
  });

  it('are no names of arguments and cases, and no words that only contain one', async () => {
    for (const right of [
      '{passcode} at {name}',
      '{codes, select, passcode {This} other {That}}',
      'Login name, sign in, the mail server, spending',
    ])
      assert.deepEqual(await english(right), [], right);
    assert.deepEqual(await chinese('郵件的參考代號，驗證碼'), []);
  });

  it('stay where the design has them', async () => {
    const en =
      'set-ups:\n  email-code: Use email MFA instead\nenrolled:\n  title: You have enrolled in MFA\n';
    assert.deepEqual(await found({ 'views/texts/en.yaml': en }), []);
  });

  it('are looked for in documents too, where programs’ names are not meant', async () => {
    const docs = 'POST `/mail/passcode`\n\nA code by mail, an application passcode.\n';
    assert.deepEqual(await found({ 'docs/limits.md': docs }), [
      'docs/limits.md:3  “code by mail”: code by email',
      'docs/limits.md:3  “application passcode”: application code',
    ]);
  });
});
