/** What is done to the whole installation: the operator's alone, and recorded where no document can carry it. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import { markRestored } from '../../src/operations/installation/mark-restored.ts';
import {
  countAlive,
  revokeEverything,
} from '../../src/operations/installation/revoke-everything.ts';
import { makeLink } from '../../src/records/link.ts';
import { MESSAGE_CARRIERS } from '../../src/server/outbox.ts';
import type { Collection } from '../../src/storage/store.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
const operator = performedByOperator(NOW);
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
  await makeLink(fresh, { purpose: 'set-up' }, 60, NOW);
});
after(() => fresh.close());

const parts = () => ({ store: fresh.store, auditRetention: 60, now: () => NOW + 7 });
const events = async () => {
  const { items } = await fresh.store.scan(auditCollection);
  return items
    .map(({ value: { at, type, actor, reasons, details } }) => ({
      at,
      type,
      actor,
      reasons,
      details,
    }))
    .toSorted((a, b) => a.at - b.at || b.type.localeCompare(a.type));
};
const NUMBERS = {
  people: 5,
  one_time_codes: 0,
  application_passcodes: 0,
  enrolment_codes: 0,
  links: 1,
  email_codes: 0,
  mails: 0,
  client_tokens: 0,
};

it('is no administrator’s', async () => {
  const admin = performedBy('administrator', NOW);
  const choice = { choice: 'revoke' } as const;
  const writes = await writesOf(fresh.store, async () => {
    for (const act of [
      () => countAlive(parts(), admin),
      () => revokeEverything(parts(), admin),
      () => markRestored(parts(), admin, choice),
    ]) {
      const result = await act();
      assert.equal(result.ok ? 'done' : result.problem.code, 'not-allowed');
    }
  });
  assert.deepEqual(writes, []);
});

it('ends mails in whatever they ride in, also in what was removed', async () => {
  const own = await openFreshStore(NOW);
  const mail = (id: string) => ({ mail: { id } as never });
  const event = { event: { id: 'e' } as never };
  // Of these, nothing is told by mail.
  const silent = [
    'client',
    'device_code',
    'group',
    'link',
    'profile',
    'refusal_window',
    'resource',
  ];
  const carriers = MESSAGE_CARRIERS.filter(
    ({ name }) => !silent.includes(name),
  ) as readonly Collection<any>[];
  const idIn = ({ key }: { key: string }) => (key === 'hash' ? 'A'.repeat(43) : 'carrier');
  try {
    for (const kind of carriers) {
      const least = { gone: true as const, payload: {}, emailCodes: [] };
      const postings = [mail(kind.name), event];
      await own.store.put(kind, idIn(kind), { ...least, postings });
    }
    const revoked = await revokeEverything({ ...parts(), store: own.store }, operator);
    assert.equal(revoked.ok && revoked.value.mails, carriers.length);
    for (const kind of carriers)
      assert.deepEqual((await own.store.get(kind, idIn(kind)))?.postings, [event], kind.name);
  } finally {
    await own.close();
  }
});

it('is recorded first, and with its numbers when it is done', async () => {
  const kept = await markRestored(parts(), operator, { choice: 'keep', madeAt: 5 });
  assert.deepEqual(kept, { ok: true, value: undefined });
  const alive = await countAlive(parts(), operator);
  const revoked = await markRestored(parts(), { ...operator, now: NOW + 1 }, { choice: 'revoke' });
  assert.deepEqual(revoked, alive);
  const by = { actor: 'operator', reasons: [] as string[] };
  const restored = { type: 'store.restored', ...by };
  const everything = { type: 'everything.revoked', ...by };
  assert.deepEqual(await events(), [
    { at: NOW, ...restored, details: { choice: 'keep', made_at: 5 } },
    { at: NOW + 1, ...restored, details: { choice: 'revoke' } },
    { at: NOW + 1, ...everything, reasons: ['begun'], details: {} },
    { at: NOW + 7, ...everything, reasons: ['finished'], details: NUMBERS },
  ]);
});
