import { OPERATOR } from '../../src/audit/actor.ts';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { auditCollection, newEvent } from '../../src/audit/event.ts';
import { claimInstallation } from '../../src/migration/installation.ts';
import { totpStepsCollection } from '../../src/records/factors/totp-steps.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { createPatient } from '../../src/migration/patient.ts';
import { MARKER, markerCollection } from '../../src/migration/marker.ts';
import { digestOf } from '../../src/migration/digest.ts';
import {
  forgetMigration,
  migrate,
  type MigrationParts,
  type Phase,
  type Side,
} from '../../src/migration/migrate.ts';
import type { Store } from '../../src/storage/store.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

describe('a migration', () => {
  let from: FreshStore;
  let to: FreshStore;
  beforeEach(async () => {
    [from, to] = [await openFreshStore(), await openFreshStore()];
    await claimInstallation(from.store, 'production', from.clock.now);
    for (let n = 0; n < 2_500; n += 1) void addEvent(from, n);
    await addEvent(from, 2_500);
  });
  afterEach(async () => {
    await from.close();
    await to.close();
  });

  async function addEvent({ store, clock }: FreshStore, n: number): Promise<void> {
    const about = { origin: OPERATOR_ORIGIN, actor: OPERATOR, details: { n } };
    const event = newEvent({ type: 'person.changed', at: clock.now, ...about });
    await store.insert(auditCollection, event.id, event, { expiresAt: clock.now + 1_000 + n });
  }

  const side = ({ store, clock }: FreshStore, name: string): Side => ({
    store,
    name,
    freeze: (at) => void (clock.now = at ?? clock.now),
  });
  const parts = (more: Partial<MigrationParts> = {}): MigrationParts => ({
    from: side(from, 'old'),
    to: side(to, 'new'),
    kinds: COLLECTIONS,
    stop: new AbortController().signal,
    now: () => from.clock.now,
    onProgress() {},
    onRetry: (reason) => assert.fail(reason),
    ...more,
  });
  const markerOf = (store: Store) => store.get(markerCollection, MARKER);

  it('tells how far it is, and marks the old store', async () => {
    const told = new Map<Phase, [number, number]>();
    const compared = await migrate(
      parts({ onProgress: (phase, done, total) => void told.set(phase, [done, total]) }),
    );
    assert.deepEqual(told.get('copying'), [2_502, 2_502]);
    assert.deepEqual(told.get('comparing'), [5_004, 5_004]);
    const events = compared.find(({ kind }) => kind === auditCollection.name);
    assert.equal(events?.to.documents, 2_501);
    assert.deepEqual(events.from, events.to);
    const at = from.clock.now;
    const marker = { role: 'source', target: 'new', state: 'moved', at };
    assert.deepEqual(await markerOf(from.store), marker);
    assert.equal(await markerOf(to.store), undefined);
    await claimInstallation(to.store, 'production', 0);
    await assert.rejects(claimInstallation(from.store, 'production', 0), /was moved to new/u);
  });

  it('what has expired stays behind, what expires meanwhile makes no difference', async () => {
    from.clock.now += 1_500;
    to.clock.now = from.clock.now;
    const onProgress = (phase: Phase): void => {
      if (phase === 'copying') from.clock.now += 1;
    };
    const compared = await migrate(parts({ onProgress }));
    const events = compared.find(({ kind }) => kind === auditCollection.name);
    assert.ok(events && events.to.documents > 1_900 && events.to.documents <= 2_000);
    assert.deepEqual(events.from, events.to);
  });

  it('broken off, it goes on with what is left', async () => {
    const half = new AbortController();
    const breakOff = (phase: Phase, done: number): void => {
      if (phase === 'copying' && done >= 1_000) half.abort();
    };
    await assert.rejects(migrate(parts({ onProgress: breakOff, stop: half.signal })));
    const told: string[] = [];
    const onProgress = (phase: Phase, done: number, total: number): void =>
      void told.push(`${phase} ${done} of ${total}`);
    const compared = await migrate(parts({ onProgress }));
    assert.equal(told[0], 'copying 1000 of 1502');
    assert.ok(told.includes('copying 1502 of 1502'));
    assert.equal(told.at(-1), 'comparing 5004 of 5004');
    assert.ok(compared.every(({ from: one, to: other }) => one.checksum === other.checksum));
  });

  it('broken off between the last two marks, it can still be finished', async () => {
    await migrate(parts());
    const done = Object.fromEntries(COLLECTIONS.map(({ name }) => [name, null]));
    await to.store.insert(markerCollection, MARKER, { role: 'target', source: 'old', done });
    await migrate(parts());
    await claimInstallation(to.store, 'production', 0);
  });

  it('given up while it runs, it does not end as if the old store had been left alone', async () => {
    let given: Promise<boolean> | undefined;
    const onProgress = (phase: Phase): void => {
      if (phase === 'comparing') given ??= forgetMigration(from.store);
    };
    await assert.rejects(migrate(parts({ onProgress })), /given up meanwhile/u);
    await given;
    await assert.rejects(claimInstallation(to.store, 'production', 0), /has not finished/u);
    await migrate(parts());
    await claimInstallation(to.store, 'production', 0);
  });

  it('an expiry between two milliseconds is the same on every engine', async () => {
    const at = from.clock.now;
    const kept = at + 5_000;
    for (const [{ store }, expiresAt] of [
      [from, kept - 0.5],
      [to, kept],
    ] as const)
      await store.put(totpStepsCollection, 'p', { steps: [] } as never, { expiresAt });
    const watch = { patient: createPatient(parts()), onProgress() {} };
    const [one, other] = [
      await digestOf(from.store, totpStepsCollection, watch),
      await digestOf(to.store, totpStepsCollection, watch),
    ];
    assert.deepEqual(one, other);
  });

  it('a source that changes meanwhile is found out, and nobody can use half of it', async () => {
    let changed: Promise<void> | undefined;
    const onProgress = (phase: Phase, done: number, total: number): void => {
      if (phase === 'copying' && done === total - 1) changed ??= addEvent(from, 9_999);
    };
    await assert.rejects(migrate(parts({ onProgress })), /audit_event: 2502 there, 2501 here/u);
    await changed;
    await assert.rejects(claimInstallation(to.store, 'production', 0), /has not finished/u);
    await assert.rejects(claimInstallation(from.store, 'production', 0), /has not finished/u);
  });

  it('a document that differs is found out, not only one that is missing', async () => {
    let changed: Promise<unknown> | undefined;
    const onProgress = (phase: Phase, done: number, total: number): void => {
      if (phase !== 'copying' || done !== total - 1 || changed) return;
      changed = from.store.scan(auditCollection, { limit: 1 }).then(({ items: [first] }) => {
        const details = { n: -1 };
        const value = { ...first!.value, details };
        return from.store.put(auditCollection, first!.id, value, { expiresAt: first!.expiresAt });
      });
    };
    await assert.rejects(migrate(parts({ onProgress })), /audit_event: 2501 there, 2501 here/u);
    await changed;
  });
});
