import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMailbox } from '../../src/text/mailbox.ts';

const ADDRESS = 'login@example.org';

describe('a mailbox', () => {
  for (const [text, name] of [
    [ADDRESS, ''],
    [`<${ADDRESS}>`, ''],
    [` Acme: sign-in; mail  <${ADDRESS}> `, 'Acme: sign-in; mail'],
    [`"Acme, \\"Inc.\\" \\\\ x" <${ADDRESS}>`, 'Acme, "Inc." \\ x'],
    [`"Acme" and "Co" <${ADDRESS}>`, '"Acme" and "Co"'],
    [`A <b@c> <${ADDRESS}>`, 'A <b@c>'],
    [`登入：系統 <${ADDRESS}>`, '登入：系統'],
  ] as const)
    it(`${text} is called “${name}”`, () =>
      assert.deepEqual(parseMailbox(text), { name, address: ADDRESS }));

  for (const text of [
    '',
    'Acme',
    'Acme <>',
    `${ADDRESS}, ${ADDRESS}`,
    `Acme: ${ADDRESS};`,
    `"A\r\nBcc: x" <${ADDRESS}>`,
    `${'a'.repeat(101)} <${ADDRESS}>`,
    'a <b@c',
    'a"b@c',
  ])
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseMailbox(text), undefined));
});
