/** A try whose counters are being read already: nothing is read for it, and what was read decides nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { measuredStore } from '../../src/server/metrics/measured-store.ts';
import { attempt } from '../../src/throttling/attempt.ts';
import {
  countAttempts,
  passwordCounter,
  PASSWORD_RULE,
  readAttempts,
  takeAttempt,
} from '../../src/throttling/attempts.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
const WRONG = { verdict: 'wrong' } as const;
const RIGHT = { verdict: 'accepted' } as const;

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
});
after(() => fresh.close());

const counterOf = (person: string) => ({
  id: passwordCounter({ person, known: undefined }),
  rule: PASSWORD_RULE,
});

/** `meanwhile`: what happens between the reading and the try. */
async function tried(person: string, verdict: typeof WRONG | typeof RIGHT, meanwhile = 0) {
  const asked: string[] = [];
  const store = measuredStore(fresh.store, { operation: (name) => asked.push(name) }, () => 0);
  const counter = counterOf(person);
  const reading = readAttempts(fresh.store, [counter.id]);
  await reading;
  for (let count = 0; count < meanwhile; count += 1)
    await takeAttempt(fresh.store, counter.id, PASSWORD_RULE, NOW);
  let compared = 0;
  const compare = async (): Promise<typeof WRONG | typeof RIGHT> => {
    compared += 1;
    return verdict;
  };
  const one = { counters: [counter], compare, clears: [counter] };
  const result = await attempt(store, [one], NOW, { refused() {} }, reading);
  return { result, asked, compared, failures: await countAttempts(fresh.store, counter.id) };
}

describe('a try whose counters are being read already', () => {
  it('reads nothing more, and counts as ever', async () => {
    const wrong = await tried('once', WRONG);
    assert.deepEqual([wrong.asked, wrong.failures], [['update'], 1]);
    const right = await tried('once', RIGHT);
    assert.deepEqual([right.asked, right.failures], [['update', 'update'], 0]);
    assert.ok(right.result.accepted);
  });

  it('is refused by the counter as it is, and compared with nothing then', async () => {
    const late = await tried('late', RIGHT, 5);
    assert.deepEqual(late.result, { refused: [{ taken: false, reason: 'wait', seconds: 1 }] });
    assert.deepEqual([late.compared, late.failures], [0, 5]);
  });

  it('takes no more away than there was when it was taken', async () => {
    const few = await tried('few', RIGHT, 3);
    assert.ok(few.result.accepted);
    assert.equal(few.failures, 0, 'those before it are known by its own taking');
  });
});
