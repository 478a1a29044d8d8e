import assert from 'node:assert/strict';
import { it } from 'node:test';
import { constantTimeEqual } from '../../src/secrets/constant-time-equal.ts';

it('compares whole texts in constant time, of whatever lengths and characters', () => {
  assert.equal(constantTimeEqual('123456', '123456'), true);
  assert.equal(constantTimeEqual('', ''), true);
  for (const other of ['', '12345', '1234567', '123457', '023456', '12345\u0666', '12345\ud800'])
    assert.equal(constantTimeEqual('123456', other), false, JSON.stringify(other));
});
