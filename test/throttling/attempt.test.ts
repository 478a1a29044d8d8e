/** The frame in which a secret is tried: what is not taken is not compared, and what a success clears. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clearedBy, counterOf, suspendedToTell } from '../../src/factors/counters.ts';
import { attempt, type Try } from '../../src/throttling/attempt.ts';
import { CODE_RULE, countAttempts, takeAttempt } from '../../src/throttling/attempts.ts';
import { Problem } from '../../src/problem.ts';
import { measuredStore } from '../../src/server/metrics/measured-store.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { timesAtOnce } from '../support/race.ts';

const NOW = 4_000_000_000_000;
const SILENT = { refused: () => {} };

type Said = { verdict: 'accepted' } | { verdict: 'wrong' };
type Six = 'totp' | 'email-code';
const SIX: readonly Six[] = ['email-code', 'totp'];

let parts: FreshStore;
before(async () => {
  parts = await openFreshStore(NOW);
});
after(() => parts.close());

/** A code that is compared with both kinds, and right for those in `right`. */
class Guesser {
  whose: { person: string; known: string | undefined };
  compared: Six[] = [];
  constructor(person: string, known?: string) {
    this.whose = { person, known };
  }
  tries(right: readonly Six[], meanwhile?: () => Promise<unknown>): Try<Said>[] {
    return SIX.map((factor) => ({
      counters: [counterOf(factor, this.whose)],
      clears: clearedBy(factor, this.whose),
      compare: async () => {
        this.compared.push(factor);
        if (factor === 'totp') await meanwhile?.();
        return { verdict: right.includes(factor) ? 'accepted' : 'wrong' };
      },
    }));
  }
  try(...right: Six[]) {
    return attempt(parts.store, this.tries(right), NOW, SILENT);
  }
  async failures(): Promise<Record<Six, number>> {
    const of = (factor: Six) => countAttempts(parts.store, counterOf(factor, this.whose).id);
    return { totp: await of('totp'), 'email-code': await of('email-code') };
  }
  async fail(factor: Six, times: number): Promise<void> {
    const { id, rule } = counterOf(factor, this.whose);
    for (let count = 0; count < times; count += 1) await takeAttempt(parts.store, id, rule, NOW);
  }
}

describe('a code that is compared with two factors', () => {
  it('takes a try of both, and a wrong one is a failure of both', async () => {
    const guesser = new Guesser('both');
    const tried = await guesser.try();
    assert.deepEqual(tried, { refused: [{ verdict: 'wrong' }, { verdict: 'wrong' }] });
    assert.deepEqual(await guesser.failures(), { totp: 1, 'email-code': 1 });
  });

  it('is not compared with the one of which no try is left', async () => {
    for (const exhausted of SIX) {
      const guesser = new Guesser(`exhausted ${exhausted}`);
      await guesser.fail(exhausted, 5);
      const tried = await guesser.try(exhausted);
      const waiting = { taken: false, reason: 'wait', seconds: 30 };
      const wrong = { verdict: 'wrong' };
      const refused = exhausted === 'email-code' ? [waiting, wrong] : [wrong, waiting];
      assert.deepEqual(tried, { refused });
      assert.ok(!guesser.compared.includes(exhausted));
    }
  });

  it('is looked at for neither when no try of either is left', async () => {
    const guesser = new Guesser('neither');
    for (const factor of SIX) await guesser.fail(factor, 5);
    const tried = await guesser.try('totp', 'email-code');
    assert.equal(tried.accepted, undefined);
    assert.deepEqual(guesser.compared, []);
    assert.deepEqual(await guesser.failures(), { totp: 5, 'email-code': 5 });
  });

  it('right for the email code costs the authenticator nothing, and clears nothing of it', async () => {
    const guesser = new Guesser('email right');
    await guesser.fail('totp', 4);
    await guesser.fail('email-code', 3);
    assert.deepEqual(await guesser.try('email-code'), { accepted: { verdict: 'accepted' } });
    assert.deepEqual(guesser.compared, ['email-code']);
    assert.deepEqual(await guesser.failures(), { totp: 4, 'email-code': 0 });
    assert.ok((await guesser.try('totp')).accepted, 'and makes nobody wait');
  });

  it('right for the authenticator clears both', async () => {
    const guesser = new Guesser('totp right');
    await guesser.fail('totp', 4);
    await guesser.fail('email-code', 3);
    assert.ok((await guesser.try('totp')).accepted);
    assert.deepEqual(await guesser.failures(), { totp: 0, 'email-code': 0 });
  });
});

it('what was guessed while the right code was compared still counts', async () => {
  const guesser = new Guesser('meanwhile');
  await guesser.fail('totp', 1);
  const { id, rule } = counterOf('totp', guesser.whose);
  const guess = async () => (await takeAttempt(parts.store, id, rule, NOW)).taken;
  let taken = 0;
  const guessing = async (): Promise<void> => {
    taken = (await timesAtOnce(50, guess)).filter(Boolean).length;
  };
  const right = await attempt(parts.store, guesser.tries(['totp'], guessing), NOW, SILENT);
  assert.ok(right.accepted);
  assert.equal(taken, 3);
  assert.equal((await guesser.failures()).totp, 3);
});

describe('a secret with several counters', () => {
  const address = { id: 'address:many', rule: { ...CODE_RULE, suspendAt: Infinity } };
  const own = (person: string) => counterOf('totp', { person, known: undefined });
  const told: string[] = [];
  const tryIt = (person: string, verdict: 'accepted' | 'wrong' | Error) => {
    const counters = [address, own(person)];
    const compare = (): Promise<Said> =>
      verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve({ verdict });
    return attempt(parts.store, [{ counters, compare, clears: [own(person)] }], NOW, {
      refused: ([refused], stopped) =>
        told.push(refused && 'reason' in refused ? `stopped ${stopped.join()}` : 'refused'),
      suspended: async () => told.push('suspended?'),
    });
  };
  const failures = async (person: string) => [
    await countAttempts(parts.store, address.id),
    await countAttempts(parts.store, own(person).id),
  ];

  it('is a failure of each when it is wrong; accepted, it takes away those that it clears alone', async () => {
    await tryIt('several', 'wrong');
    assert.deepEqual(await failures('several'), [1, 1]);
    assert.deepEqual(told.splice(0), ['refused', 'suspended?']);
    assert.ok((await tryIt('several', 'accepted')).accepted);
    assert.deepEqual(await failures('several'), [1, 0]);
    assert.deepEqual(told, []);
  });

  it('costs the first nothing where the second stops it, and is told as what stopped', async () => {
    for (let count = 0; count < 5; count += 1)
      await takeAttempt(parts.store, own('stopped').id, CODE_RULE, NOW);
    const { refused } = (await tryIt('stopped', 'accepted')) as { refused: unknown[] };
    assert.deepEqual(refused, [{ taken: false, reason: 'wait', seconds: 30 }]);
    assert.deepEqual(await failures('stopped'), [1, 5]);
    assert.deepEqual(told.splice(0), ['stopped totp:stopped']);
  });

  it('costs nothing where there is no room to compare it, and a try where that fails', async () => {
    const [before = 0] = await failures('waits');
    for (let count = 0; count < 10; count += 1)
      await assert.rejects(tryIt('waits', new Problem('busy', { status: 503 })), Problem);
    assert.deepEqual(await failures('waits'), [before, 0]);
    await assert.rejects(tryIt('waits', new Error('broken')), /broken/u);
    assert.deepEqual(await failures('waits'), [before + 1, 1]);
  });
});

describe('what a try asks of the store', () => {
  /** The operations that pass, in their order. */
  const watched = (): { store: FreshStore['store']; asked: string[] } => {
    const asked: string[] = [];
    const store = measuredStore(parts.store, { operation: (name) => asked.push(name) }, () => 0);
    return { store, asked };
  };
  const address = { id: 'address:watched', rule: { ...CODE_RULE, suspendAt: Infinity } };
  const own = (person: string) => counterOf('totp', { person, known: undefined });
  const tryOf = (person: string, accepted?: () => Promise<unknown>): Try<Said> => ({
    counters: [address, own(person)],
    compare: async () => ({ verdict: 'accepted' }),
    clears: clearedBy('totp', { person, known: undefined }),
    ...(accepted ? { accepted } : {}),
  });

  it('is one read, a write for each that is taken, and one for each that is settled', async () => {
    const { store, asked } = watched();
    assert.ok((await attempt(store, [tryOf('watched')], NOW, SILENT)).accepted);
    assert.deepEqual(asked, ['getMany', 'update', 'update', 'update', 'update']);
  });

  it('what follows from a success is begun before what it settles is durable', async () => {
    const order: string[] = [];
    const settling: FreshStore['store'] = {
      ...watched().store,
      async update(collection, id, change) {
        const result = await parts.store.update(collection, id, change);
        order.push('written');
        return result;
      },
    };
    const accepted = async (): Promise<void> => {
      order.push('begun');
    };
    assert.ok((await attempt(settling, [tryOf('together', accepted)], NOW, SILENT)).accepted);
    const taken = ['written', 'written'];
    assert.deepEqual(order, [...taken, 'begun', 'written', 'written']);
  });

  it('nothing of another counter, where one makes wait', async () => {
    for (let count = 0; count < 5; count += 1)
      await takeAttempt(parts.store, address.id, address.rule, NOW);
    const { store, asked } = watched();
    const tried = await attempt(store, [tryOf('neighbour')], NOW, SILENT);
    assert.ok('refused' in tried);
    assert.deepEqual(asked, ['getMany', 'update']);
    assert.equal(await countAttempts(parts.store, own('neighbour').id), 0);
  });
});

it('what only an accepted secret tells is cleared, and what follows from it is done', async () => {
  const whose = { person: 'said by itself', known: undefined };
  const counter = counterOf('totp', whose);
  await takeAttempt(parts.store, counter.id, counter.rule, NOW);
  const done: string[] = [];
  const tried = await attempt(
    parts.store,
    [
      {
        counters: [],
        compare: async () => ({ verdict: 'accepted' as const, person: whose.person }),
        accepted: async ({ person }) => done.push(person),
        clears: async ({ person }) => clearedBy('passkey', { person, known: undefined }),
      },
    ],
    NOW,
    SILENT,
  );
  assert.ok(tried.accepted);
  assert.deepEqual(done, [whose.person]);
  assert.equal(await countAttempts(parts.store, counter.id), 0);
});

it('a comparison that breaks off is a failure', async () => {
  const guesser = new Guesser('broken');
  const broken = (): Promise<never> => Promise.reject(new Error('the store is away'));
  await assert.rejects(attempt(parts.store, guesser.tries(['totp'], broken), NOW, SILENT), /away/u);
  assert.deepEqual(await guesser.failures(), { totp: 1, 'email-code': 1 });
});

describe('what a proof clears', () => {
  const KNOWN = { person: 'p', known: 'browser' };
  const cleared: Readonly<Record<FactorId, string[]>> = {
    totp: ['totp:p:browser', 'email-code:p:browser'],
    passkey: ['totp:p:browser', 'email-code:p:browser'],
    'email-code': ['email-code:p:browser'],
    // The way out of a suspension: the account's too.
    'one-time-codes': [
      'one-time:p:browser',
      'totp:p:browser',
      'email-code:p:browser',
      'totp:p',
      'email-code:p',
    ],
  };
  for (const [factor, ids] of Object.entries(cleared)) {
    it(`${factor}: its own failures, and those of codes that prove no more`, () => {
      const counters = clearedBy(factor as FactorId, KNOWN);
      assert.deepEqual(
        counters.map(({ id }) => id),
        ids,
      );
    });
  }
});

it('a suspension is told for the kind of codes that it is of', async () => {
  const guesser = new Guesser('suspended');
  const { id } = counterOf('totp', guesser.whose);
  const rule = { ...CODE_RULE, pause: () => 0 };
  for (let count = 0; count < 50; count += 1) await takeAttempt(parts.store, id, rule, NOW);
  const tell = () => suspendedToTell(parts.store, guesser.whose, SIX);
  assert.deepEqual([await tell(), await tell()], [['totp'], []]);
});

it('a suspension that was not told, as its process ended, is told at the next try', async () => {
  const guesser = new Guesser('untold');
  const [, totp] = guesser.tries(['totp']);
  assert.ok(totp);
  const rule = { ...CODE_RULE, pause: () => 0 };
  const { id } = counterOf('totp', guesser.whose);
  for (let count = 0; count < 50; count += 1) await takeAttempt(parts.store, id, rule, NOW);
  const told: string[] = [];
  const suspended = async () =>
    told.push(...(await suspendedToTell(parts.store, guesser.whose, SIX)));
  const once = () => attempt(parts.store, [totp], NOW, { ...SILENT, suspended });
  assert.deepEqual(await once(), { refused: [{ taken: false, reason: 'suspended' }] });
  assert.deepEqual(told, ['totp']);
  await once();
  assert.deepEqual(told, ['totp'], 'once');
  assert.deepEqual(guesser.compared, []);
});
