/** The queue of leased work, as apps are told of logouts by it (mails: test/mail/queue.test.ts). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  claimLogouts,
  logoutCollection,
  orderLogout,
  settleLogout,
  type ClaimedLogout,
} from '../../src/oidc/logout/logout-queue.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const LEASE = 120_000;

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore();
});
after(() => fresh.close());
// What a test left behind is of no use to the next one.
beforeEach(() => (fresh.clock.now += 86_400_000));

const claim = (most = 10) =>
  claimLogouts(fresh.store, { now: fresh.clock.now, lease: LEASE, most });
const order = (id: string, attempts?: number) => {
  const notice = { id, client: 'webmail', person: 'ada', orderedAt: fresh.clock.now };
  return orderLogout(fresh.store, notice, attempts);
};
const settle = (notice: ClaimedLogout, isTold: boolean) =>
  settleLogout(fresh.store, notice, isTold, fresh.clock.now);

async function claimOne(): Promise<ClaimedLogout> {
  const [notice, ...others] = await claim();
  assert.ok(notice);
  assert.deepEqual(others, []);
  return notice;
}

describe('the queue of logouts', () => {
  it('gives each entry to one of those who ask at once, and no more than they want', async () => {
    const ids = Array.from({ length: 120 }, (_, at) => `at once ${at}`);
    await Promise.all(ids.map((id) => order(id)));
    const claims = await Promise.all([claim(70), claim(70), claim(3)]);
    const claimed = claims.flat().map(({ id }) => id);
    assert.deepEqual(claimed.toSorted(), ids.toSorted());
    assert.ok(claims.every((each, at) => each.length <= [70, 70, 3][at]!));
    assert.deepEqual(await claim(), []);
  });

  it('tries again after each pause, and gives up after the last one', async () => {
    await order('down');
    for (const pause of [5_000, 30_000, 120_000, 600_000, 1_800_000]) {
      assert.equal(await settle(await claimOne(), false), 'queued');
      fresh.clock.now += pause - 1;
      assert.deepEqual(await claim(), []);
      fresh.clock.now += 1;
    }
    assert.equal(await settle(await claimOne(), false), 'failed');
    fresh.clock.now += 3_600_000;
    assert.deepEqual(await claim(), []);
    assert.equal(await order('down'), false, 'ordered again, it is known');
  });

  it('begins with the second try of what was tried elsewhere', async () => {
    await order('elsewhere', 1);
    assert.deepEqual(await claim(), []);
    fresh.clock.now += 5_000;
    assert.equal((await claimOne()).attempts, 2);
  });

  it('leases again what nobody settled; of the first claim only its success counts', async () => {
    await order('taken over');
    const first = await claimOne();
    fresh.clock.now += LEASE - 1;
    assert.deepEqual(await claim(), []);
    fresh.clock.now += 1;
    const second = await claimOne();
    assert.equal(await settle(first, false), 'queued');
    const lease = (await fresh.store.get(logoutCollection, 'taken over'))?.lease;
    assert.deepEqual(lease, { until: fresh.clock.now + LEASE }, 'still of the second');
    assert.equal(await settle(first, true), 'told');
    assert.equal(await settle(second, false), 'told');
    assert.equal(await settleLogout(fresh.store, { ...first, id: 'nobody' }, true, 0), undefined);
  });
});
