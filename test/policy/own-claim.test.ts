import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwnClaimName, ownClaimNameFault } from '../../src/policy/claims/own-claim.ts';

const FREE = ['roles', 'department', 'https://hasura.io/jwt/claims', 'urn:x:y-z_1', 'constructor'];
const MALFORMED = ['', '1st', '__proto__', 'a b', 'a\n', 'ä', '<b>', '-a', 'a'.repeat(101), 'a"b'];
const TAKEN = ['iss', 'sub', 'aud', 'groups', 'cnf', 'act', 'scope', 'email', 'updated_at', 'name'];

test('claims of a client’s own are called what nothing else is', () => {
  for (const name of [...FREE, 'a'.repeat(100)]) assert.equal(isOwnClaimName(name), true, name);
  for (const name of MALFORMED) assert.equal(ownClaimNameFault(name), 'format', name);
  for (const name of TAKEN)
    for (const written of [name, name.toUpperCase()])
      assert.equal(ownClaimNameFault(written), 'taken', written);
  for (const name of ['_claim_names', '_claim_sources'])
    assert.equal(isOwnClaimName(name), false, name);
});
