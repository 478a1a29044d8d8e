/** What is read of counters beside a sign-in: all that a six-digit code can be counted by, and for nothing else. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { countersAhead } from '../../interactions/parts/counters-ahead.ts';
import type { Posted } from '../../interactions/step.ts';
import { clearedBy, counterOf, countersOfCodes } from '../../src/factors/counters.ts';
import { createKnownSignIns } from '../../src/oidc/known-sign-ins.ts';
import type { Level } from '../../src/records/proof.ts';
import { CODE_RULE, takeAttempt } from '../../src/throttling/attempts.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
const LEVELS: readonly Level[] = ['password', 'trusted', 'mfa', 'phr'];
const SIX_DIGITS = ['totp', 'email-code'] as const;

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
});
after(() => fresh.close());

/** Of a code that is posted to a sign-in that is about alice, where this process has `seen` that. */
function posted(code: string | undefined, seen = true): Posted {
  const signIns = createKnownSignIns();
  if (seen) signIns.set('sign-in', { person: 'alice', organisation: 'acme' });
  const parts = { store: fresh.store, signIns } as unknown as Posted['parts'];
  return { parts, id: 'sign-in', browser: 'b', fields: code === undefined ? {} : { code } };
}

describe('counters that are read ahead', () => {
  it('are those of six-digit codes, of the account and of the computer, whatever it is known from', () => {
    const read = new Set(countersOfCodes('alice', 'b'));
    const whose = [
      { person: 'alice', known: undefined },
      ...LEVELS.map((level) => ({ person: 'alice', known: 'b', level })),
    ];
    for (const one of whose)
      for (const factor of SIX_DIGITS)
        for (const { id } of [counterOf(factor, one), ...clearedBy(factor, one)])
          assert.ok(read.has(id), id);
    assert.equal(read.size, 2 * SIX_DIGITS.length);
  });

  it('are as they are in the store, those among them that there are not', async () => {
    await takeAttempt(fresh.store, 'totp:alice', CODE_RULE, NOW);
    const ahead = await countersAhead(posted(' 123 456 '));
    assert.deepEqual([...(ahead?.ids ?? [])].toSorted(), countersOfCodes('alice', 'b').toSorted());
    assert.equal(ahead?.known('totp:alice').current?.failures, 1);
    assert.equal(ahead?.known('totp:alice:b').current, undefined);
  });

  it('are none where nobody is known, or what is posted is no such code', async () => {
    for (const one of [
      posted('123456', false),
      posted('abcde-fghij'),
      posted(''),
      posted(undefined),
    ])
      assert.equal(await countersAhead(one), undefined);
  });
});
