/** When an organisation has a session end, as a table. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isWithin } from '../../src/oidc/adapters/session-limits.ts';

const NOW = 1_800_000_000_000;
const at = NOW / 1000;

describe('a session of an organisation', () => {
  const rows: [string, number | undefined, number | undefined, object, boolean][] = [
    ['has no limit unless one is said', at - 9e6, NOW - 9e9, {}, true],
    [
      'nor where null is said',
      at - 9e6,
      NOW - 9e9,
      { sessionAbsolute: null, sessionIdle: null },
      true,
    ],
    ['lives until its last second', at - 899, NOW, { sessionAbsolute: 900 }, true],
    ['ends with it', at - 900, NOW, { sessionAbsolute: 900 }, false],
    ['is used within its time', at - 9e6, NOW - 899_999, { sessionIdle: 900 }, true],
    ['is not used for too long', at, NOW - 900_000, { sessionIdle: 900 }, false],
    [
      'is of a version that did not tell',
      undefined,
      undefined,
      { sessionAbsolute: 900, sessionIdle: 900 },
      true,
    ],
  ];
  for (const [what, loginTs, usedAt, limits, expected] of rows)
    it(what, () => {
      const payload = loginTs === undefined ? {} : { loginTs };
      const session = { payload, ...(usedAt === undefined ? {} : { usedAt }) } as never;
      assert.equal(isWithin(session, limits, NOW), expected);
    });
});
