import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sealMail, type SealedMail } from '../../src/mail/mail.ts';
import { claimDue, createMailQueue, mailCollection, settle } from '../../src/mail/queue.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { sampleValues } from './sample-values.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const lease = 10 * MINUTE;

let fresh: FreshStore;
beforeEach(async () => void (fresh = await openFreshStore()));
afterEach(() => fresh.close());

async function sealed(more: { notAfter?: number } = {}): Promise<SealedMail> {
  const values = sampleValues('email-code');
  const mail = { to: 'ada@example.net', template: 'email-code', language: 'en', values } as const;
  return sealMail(fresh.vault, mail, { orderedAt: fresh.clock.now, ...more });
}

async function order(more: { notAfter?: number } = {}): Promise<string> {
  const mail = await sealed(more);
  assert.equal(await createMailQueue(fresh.store).order(mail), true);
  return mail.id;
}

const claim = (most = 10) => claimDue(fresh.store, { now: fresh.clock.now, lease, most });
const status = (id: string) => createMailQueue(fresh.store).status(id);
const record = (id: string) => fresh.store.get(mailCollection, id);

async function claimOne() {
  const [mail, ...others] = await claim();
  assert.ok(mail);
  assert.equal(others.length, 0);
  return mail;
}

describe('ordering', () => {
  it('is done once by the mail’s id, and told once', async () => {
    let told = 0;
    const outbox = createMailQueue(fresh.store, () => (told += 1));
    const mail = await sealed();
    assert.deepEqual(
      await Promise.all([outbox.order(mail), outbox.order(mail)]).then((all) => all.toSorted()),
      [false, true],
    );
    assert.equal(told, 1);
    assert.deepEqual(await outbox.status(mail.id), { state: 'queued', answer: null });
  });

  it('of an unknown mail there is no status', async () => {
    assert.equal(await status('nobody'), undefined);
  });

  it('keeps neither address nor code in clear', async () => {
    const id = await order();
    const text = JSON.stringify(await record(id));
    assert.ok(!/ada|example|042917|K7QF|Webmail/u.test(text), text);
  });

  it('is erased by itself where nothing is ever sent', async () => {
    const id = await order();
    fresh.clock.now += 10 * DAY + 1;
    assert.equal(await status(id), undefined);
  });
});

describe('a clock that was ahead, and was set back', () => {
  const HOUR = 60 * MINUTE;
  it('keeps no mail waiting: neither one that was claimed, nor one that was to be tried again', async () => {
    fresh.clock.now += 5 * HOUR;
    const claimed = await order();
    await claimOne();
    const failed = await order();
    const again = await claimOne();
    await settle(fresh.store, again, { state: 'again', answer: null }, fresh.clock.now);
    const fresher = await order();
    fresh.clock.now -= 5 * HOUR;
    const due = await claim();
    assert.deepEqual(due.map(({ id }) => id).toSorted(), [claimed, failed, fresher].toSorted());
    assert.deepEqual(await claim(), []);
  });
});

describe('claiming', () => {
  it('gives a mail to one, until the lease ends', async () => {
    const id = await order();
    const found = await Promise.all([claim(), claim(), claim()]);
    assert.deepEqual(
      found.flat().map((mail) => mail.id),
      [id],
    );
    fresh.clock.now += lease - 1;
    assert.deepEqual(await claim(), []);
    fresh.clock.now += 1;
    assert.equal((await claimOne()).attempts, 2);
  });

  it('gives as many as asked for, codes before notices', async () => {
    const notices = await Promise.all([order(), order(), order()]);
    const code = await order({ notAfter: fresh.clock.now + MINUTE });
    const first = await claim(2);
    assert.equal(first[0]?.id, code);
    assert.equal(first.length, 2);
    const rest = await claim(10);
    const all = [...first, ...rest].map(({ id }) => id);
    assert.deepEqual(all.toSorted(), [...notices, code].toSorted());
  });

  it('never gives a code that has expired: it ends, and its body is erased', async () => {
    const id = await order({ notAfter: fresh.clock.now + MINUTE });
    fresh.clock.now += MINUTE + 1;
    assert.deepEqual(await claim(), []);
    assert.deepEqual(await status(id), { state: 'expired', answer: null });
    assert.equal((await record(id))?.sealed, null);
  });

  it('goes past any number of expired ones', async () => {
    await Promise.all(Array.from({ length: 120 }, () => order({ notAfter: fresh.clock.now })));
    fresh.clock.now += 1;
    const id = await order();
    assert.equal((await claimOne()).id, id);
  });
});

describe('settling', () => {
  for (const state of ['handed-over', 'refused', 'expired'] as const) {
    it(`${state}: the body is erased, the answer kept for a month`, async () => {
      const id = await order();
      const mail = await claimOne();
      assert.equal(
        await settle(fresh.store, mail, { state, answer: '550 5.1.1' }, fresh.clock.now),
        state,
      );
      assert.deepEqual(await status(id), { state, answer: '550 5.1.1' });
      const kept = await record(id);
      assert.equal(kept?.sealed, null);
      assert.equal(kept?.lease, null);
      fresh.clock.now += 30 * DAY - 1;
      assert.deepEqual(await claim(), []);
      assert.equal((await status(id))?.state, state);
      fresh.clock.now += 2;
      assert.equal(await status(id), undefined);
    });
  }

  it('again: the pauses grow, and after three days it has failed', async () => {
    const id = await order();
    const began = fresh.clock.now;
    const pauses: number[] = [];
    while ((await status(id))?.state === 'queued') {
      const [mail] = await claim();
      if (!mail) break;
      await settle(fresh.store, mail, { state: 'again', answer: '451' }, fresh.clock.now);
      const next = (await record(id))?.nextAt ?? assert.fail();
      pauses.push((next - fresh.clock.now) / 1000);
      fresh.clock.now = next - 1;
      assert.deepEqual(await claim(), [], 'not before its time');
      fresh.clock.now = next;
    }
    assert.deepEqual(pauses.slice(0, 7), [5, 15, 60, 300, 900, 3600, 3600]);
    assert.deepEqual(await status(id), { state: 'failed', answer: '451' });
    assert.ok(
      fresh.clock.now - began > 3 * DAY && fresh.clock.now - began < 3 * DAY + 2 * 3_600_000,
    );
    assert.equal((await record(id))?.sealed, null);
  });

  it('again: a code comes up when it has expired, not an hour later', async () => {
    const notAfter = fresh.clock.now + 20_000;
    const id = await order({ notAfter });
    for (const moved of [5_000, 15_000]) {
      await settle(
        fresh.store,
        await claimOne(),
        { state: 'again', answer: null },
        fresh.clock.now,
      );
      fresh.clock.now += moved;
    }
    await settle(fresh.store, await claimOne(), { state: 'again', answer: null }, fresh.clock.now);
    assert.equal((await record(id))?.nextAt, notAfter + 1);
  });

  it('after the lease was taken over: what is final counts, what is not does not', async () => {
    const id = await order();
    const first = await claimOne();
    fresh.clock.now += lease;
    const second = await claimOne();
    await settle(fresh.store, first, { state: 'again', answer: null }, fresh.clock.now);
    assert.deepEqual(await claim(), [], 'the second lease holds');
    await settle(fresh.store, first, { state: 'handed-over', answer: '250' }, fresh.clock.now);
    await settle(fresh.store, second, { state: 'refused', answer: '550' }, fresh.clock.now);
    assert.deepEqual(await status(id), { state: 'handed-over', answer: '250' });
  });
});
