/** The set-up of the first administrator, below its pages. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import type { MessageCarrier } from '../../src/outbox/message.ts';
import { createPasswords } from '../../src/factors/password.ts';
import { openSecret } from '../../src/factors/totp.ts';
import { completeSetUp } from '../../src/operations/installation/first-administrator.ts';
import { saveDraft, type SetUpParts } from '../../src/operations/installation/set-up-draft.ts';
import { setUpDraftCollection } from '../../src/records/under-way/set-up.ts';
import { makeSetUpLink } from '../../src/operations/installation/set-up-link.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { personCollection, type Person } from '../../src/records/person.ts';
import { valueOf, type Result } from '../../src/result.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { codeOf } from '../support/server.ts';
import { performedBy } from '../support/staff.ts';

const NOW = 4_000_000_000_000;
let fresh: FreshStore;
let parts: SetUpParts;
before(async () => {
  fresh = await openFreshStore(NOW);
  const passwords = await createPasswords({ memoryKib: 7168, passes: 1, workers: 1 });
  parts = { store: fresh.store, vault: fresh.vault, passwords };
});
after(() => fresh.close());

const FORM = { name: 'Ada', login: 'ada', email: 'ada@zoo.test', password: 'violet-kettle-9' };
const draftId = Buffer.alloc(32, 1).toString('base64url');
const refusalOf = (result: Result<unknown>): string => (result.ok ? 'done' : result.problem.code);
const told = ({ postings = [] }: MessageCarrier = {}): unknown[] =>
  postings.flatMap((message) =>
    'event' in message ? [[message.event.type, message.event.actor, message.event.address]] : [],
  );

/** With the right code, as somebody at a browser who holds a link. */
async function complete(performed: Performed, organisation: string) {
  const token = valueOf(await makeSetUpLink(parts, performedByOperator(NOW), 60));
  await saveDraft(parts, draftId, { ...FORM, organisation }, 8, NOW);
  const draft = await fresh.store.get(setUpDraftCollection, draftId);
  assert.ok(draft);
  const code = codeOf(await openSecret(fresh.vault, draft.authenticator), NOW);
  const proof = { pendingId: draft.authenticator.id, code };
  return completeSetUp(parts, performed, { token, draftId }, proof);
}

it('is nobody’s who has an account, whatever their role', async () => {
  const administrator = { id: 'administrator', role: 'administrator', active: true } as Person;
  await fresh.store.insert(personCollection, 'administrator', administrator);
  const performed = performedBy('administrator', NOW);
  assert.equal(refusalOf(await makeSetUpLink(parts, performed, 60)), 'not-allowed');
  await fresh.store.delete(personCollection, 'administrator');
  assert.equal(
    refusalOf(await complete({ ...performed, actor: { kind: 'self', id: null } }, 'Zoo')),
    'not-allowed',
  );
  assert.equal((await fresh.store.scan(organisationCollection)).items.length, 0);
});

it('makes organisation and administrator with their events, which say from where', async () => {
  const origin = { client: null, address: '192.0.2.9', userAgent: 'Browser' };
  const performed = { ...performedByOperator(NOW), origin };
  // A name without Latin letters; the organisation is there from a set-up that was broken off.
  const broken = { id: 'organisation', name: '組織', mfa: 'off' } as never;
  await fresh.store.insert(organisationCollection, 'organisation', broken);
  const outcome = await complete(performed, '組織');
  assert.equal(outcome.ok && outcome.value.verdict, 'accepted');
  const [administrator] = (await fresh.store.scan(personCollection)).items;
  assert.equal(administrator?.value.organisation, 'organisation');
  assert.deepEqual(told(administrator?.value), [
    ['person.added', 'operator', '192.0.2.9'],
    ['factor.enrolled', 'operator', '192.0.2.9'],
  ]);
  const taken = await fresh.store.get(organisationCollection, 'organisation');
  assert.deepEqual([taken?.mfa, told(taken)], ['off', []], 'as it was');
  assert.equal(refusalOf(await makeSetUpLink(parts, performedByOperator(NOW), 60)), 'set-up-done');
});
