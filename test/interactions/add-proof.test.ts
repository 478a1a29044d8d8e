/** The one way of a proof into a sign-in: whose it is, what it adds, and what it must not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { addProof, type NewProof } from '../../interactions/parts/add-proof.ts';
import type { Visit } from '../../interactions/step.ts';
import { isKnown } from '../../src/devices/known-computer.ts';
import type { AuditEvent } from '../../src/audit/event.ts';
import { createKnownSignIns } from '../../src/oidc/known-sign-ins.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import { FACTOR_IDS } from '../../src/records/factor-id.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { personCollection, type Person } from '../../src/records/person.ts';
import { NOTHING_PROVEN, signInCollection, type SignInRecord } from '../../src/records/sign-in.ts';
import { measuredStore } from '../../src/server/metrics/measured-store.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { anOrganisation, aPerson } from '../support/people.ts';
import { timesAtOnce } from '../support/race.ts';

const NOW = 4_000_000_000_000;
const PASSWORD = { method: 'password', at: NOW - 5 } as const;
const SENT = { hash: 'h', address: 'a', sentAt: NOW, expiresAt: NOW + 1, used: false } as const;

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await fresh.store.insert(organisationCollection, 'acme', anOrganisation());
});
after(() => fresh.close());

interface Adding {
  whose?: Person;
  due?: string;
  /** Nobody has changed the sign-in since the visit began: its last proof ends it. */
  isAsSeen?: boolean;
  asked?: string[];
  later?: (() => Promise<void>)[];
}

/** Adds a proof of `whose` to a sign-in with that record; what it holds afterwards, and of what was told. */
async function added(
  proof: NewProof,
  record: Partial<SignInRecord>,
  { whose = alice, due = 'factor', isAsSeen = false, asked = [], later = [] }: Adding = {},
) {
  const id = randomBytes(32).toString('base64url');
  const began = { payload: {}, browser: 'b', startedAt: NOW, passkeyRound: 0, state: 'open' };
  const kept = { ...began, ...structuredClone(NOTHING_PROVEN), ...record } as SignInRecord;
  await fresh.store.insert(signInCollection, id, kept);
  const soon: string[] = [];
  const relay = {
    soon: (_: unknown, one: string) => soon.push(one),
    later: (work: () => Promise<void>) => later.push(work),
  };
  const meter = { operation: (name: string, kind: string) => asked.push(`${name} ${kind}`) };
  const visit = {
    parts: {
      store: measuredStore(fresh.store, meter, () => 0),
      vault: fresh.vault,
      config: fresh.config,
      relay,
      notices: { to: async () => [] },
      clientLabel: async ({ name }: { name: string }) => name,
      signIns: createKnownSignIns(),
      available: [...FACTOR_IDS],
      now: () => NOW,
    },
    id,
    ctx: { state: {}, get: () => '', cookies: { get: () => undefined }, querystring: '' },
    browser: 'b',
    page: 'scan',
    record: isAsSeen ? kept : { ...kept, passkeyRound: 1 },
    person: alice,
    who: { person: alice, organisation: anOrganisation() },
    client: {
      id: 'app',
      name: 'App',
      policy: { requireAcr: null, acceptTrust: true, organisations: null },
    },
    decision: { next: due, factors: ['totp', 'passkey'], reasons: [] },
    origin: { client: 'app', address: null, userAgent: null },
    now: NOW,
  } as unknown as Visit;
  const act = () => addProof(visit, whose, proof);
  const { record: answered, next } = await act();
  return { id, soon, act, answered, next, now: await fresh.store.get(signInCollection, id) };
}

const alice = aPerson({ id: 'alice', epoch: 3 });
const bob = aPerson({ id: 'bob', epoch: 1 });
const hers = { person: { id: 'alice', epoch: 3 }, proofs: [PASSWORD] };
const methods = (record: SignInRecord | undefined) => record?.proofs.map(({ method }) => method);
const told = (record: SignInRecord | undefined) =>
  (record?.postings ?? []).map((posting) => {
    const { event } = posting as unknown as { event: AuditEvent };
    const { sign_in: _, next: _next, next_factors: _factors, ...details } = event.details;
    return [event.type, details];
  });

describe('a second factor', () => {
  it('stands behind the password, with its event in the same write', async () => {
    const { now, soon, id } = await added({ method: 'totp' }, hers);
    assert.deepEqual(methods(now), ['password', 'totp']);
    assert.deepEqual(told(now), [['sign-in.factor', { factor: 'totp' }]]);
    assert.deepEqual(soon, [id]);
  });

  it('of somebody else than who gave the password here meanwhile is no proof', async () => {
    const { now } = await added(
      { method: 'totp' },
      { person: { id: 'bob', epoch: 1 }, proofs: [PASSWORD] },
    );
    assert.deepEqual([methods(now), told(now)], [['password'], []]);
  });

  it('does not take the last page of a set-up away', async () => {
    const { now } = await added({ method: 'passkey' }, { ...hers, stage: 'enrolled' });
    assert.deepEqual([now?.stage, methods(now), told(now)], ['enrolled', ['password'], []]);
  });

  it('voids what was proven under an older epoch', async () => {
    const old = { person: { id: 'alice', epoch: 2 }, proofs: [PASSWORD], enrolmentCodeShown: true };
    const { now } = await added({ method: 'totp' }, old);
    assert.deepEqual(
      [methods(now), now?.person?.epoch, now?.enrolmentCodeShown],
      [['totp'], 3, false],
    );
  });

  it('is trusted on this computer where that was chosen, and may be', async () => {
    const trust = async (method: 'totp' | 'one-time-codes', chosen: boolean) =>
      (await added({ method, trust: chosen }, hers)).now?.trust;
    assert.equal(await trust('totp', true), 'totp');
    assert.equal(await trust('totp', false), null);
    assert.equal(
      await trust('one-time-codes', true),
      null,
      'nobody trusts a computer with a backup code',
    );
  });

  it('offers a new set with the last codes, where they are as strong as anything that there is', async () => {
    const with_ = (id: 'totp' | 'passkey') => {
      const codes = FACTORS['one-time-codes'].withOneMore(alice, NOW);
      return { ...alice, ...FACTORS[id].withOneMore(alice, NOW), ...codes };
    };
    const due = async (whose: Person, left: number) => {
      const { now, soon } = await added({ method: 'one-time-codes', left }, hers, { whose });
      assert.ok(soon.includes('alice'), 'what was told of the code rides in the person');
      return now?.newCodes;
    };
    assert.equal(await due(with_('totp'), 2), 'due');
    assert.equal(await due(with_('totp'), 3), null);
    assert.equal(await due(with_('passkey'), 1), null);
  });

  it('that is kept in the sign-in is spent with it, once; where it can’t be, nothing is proven', async () => {
    const spend = (record: SignInRecord) => {
      const [code] = record.emailCodes;
      if (!code || code.used) return undefined;
      return { ...record, emailCodes: [{ ...code, used: true }] };
    };
    const codes = [{ ...SENT, reference: 'R', mail: 'm' }];
    const { now, act, id } = await added(
      { method: 'email-code', spend },
      { ...hers, emailCodes: codes },
    );
    assert.deepEqual(methods(now), ['password', 'email-code']);
    await timesAtOnce(4, act);
    const after_ = await fresh.store.get(signInCollection, id);
    assert.deepEqual([methods(after_), told(after_).length], [['password', 'email-code'], 1]);
  });

  it('lifts the bar of codes by mail, but for these themselves', async () => {
    const barred = { ...alice, emailBarredSince: 5 };
    await fresh.store.insert(personCollection, 'alice', barred);
    const since = async (method: 'totp' | 'email-code') => {
      await added({ method }, hers, { whose: barred });
      return (await fresh.store.get(personCollection, 'alice'))?.emailBarredSince;
    };
    assert.equal(await since('email-code'), 5);
    assert.equal(await since('totp'), null);
  });
});

describe('what says by itself who somebody is', () => {
  const others = { person: { id: 'bob', epoch: 1 }, proofs: [PASSWORD], trust: 'totp' } as const;
  it('begins anew for somebody else: nothing of theirs stays', async () => {
    for (const method of ['password', 'passkey'] as const) {
      const { now } = await added(
        { method, trust: true },
        { ...others, proofs: [PASSWORD] },
        { due: 'password' },
      );
      assert.deepEqual(
        [methods(now), now?.person, now?.trust],
        [[method], hers.person, null],
        method,
      );
    }
  });

  it('is told as such: a passkey alone, a password with the computer that came with it', async () => {
    const alone = await added({ method: 'passkey', key: 'swk' }, {}, { due: 'password' });
    assert.deepEqual(told(alone.now), [['sign-in.factor', { factor: 'passkey', alone: true }]]);
    assert.equal(alone.now?.proofs[0]?.key, 'swk');
    const second = await added({ method: 'passkey' }, hers);
    assert.deepEqual(told(second.now), [['sign-in.factor', { factor: 'passkey', alone: false }]]);
    const also = [{ method: 'trusted-computer', at: NOW, computer: 'c' }] as const;
    const trusted = await added({ method: 'password', also }, { stage: 'again' });
    assert.deepEqual(told(trusted.now), [['sign-in.password', { computer: 'trusted' }]]);
    assert.deepEqual(methods(trusted.now), ['password', 'trusted-computer']);
    assert.equal(trusted.now?.stage, 'sign-in');
  });

  it('leaves what was begun in the session of the same person', async () => {
    const { now } = await added({ method: 'password' }, { newCodes: 'wanted' });
    assert.equal(now?.newCodes, 'wanted');
    const { now: bobs } = await added(
      { method: 'password' },
      { newCodes: 'wanted' },
      { whose: bob },
    );
    assert.equal(bobs?.newCodes, null);
  });

  it('is nothing where the sign-in is no longer open', async () => {
    const { answered, now, soon } = await added({ method: 'password' }, { state: 'finished' });
    assert.deepEqual([answered, methods(now), soon], [undefined, [], []]);
  });
});

describe('the last proof that a sign-in needs', () => {
  const seen = { isAsSeen: true };
  const toldTypes = (record: SignInRecord | undefined) => told(record).map(([type]) => type);

  it('ends it in the same write, with what is told of that; the computer is remembered afterwards', async () => {
    const later: (() => Promise<void>)[] = [];
    const asked: string[] = [];
    const { now, next, soon, id } = await added({ method: 'totp', computer: null }, hers, {
      ...seen,
      later,
      asked,
    });
    assert.equal(now?.state, 'finished');
    assert.deepEqual(methods(now), ['password', 'totp']);
    assert.deepEqual(toldTypes(now), ['sign-in.factor', 'sign-in.completed', 'computer.new']);
    const { login, signIn } = now.payload.result ?? {};
    assert.equal(login?.accountId, 'alice');
    assert.deepEqual((signIn as { proofs: unknown }).proofs, now.proofs);
    assert.deepEqual([next?.record.state, next?.page, soon], ['finished', '', [id]]);
    assert.deepEqual(
      asked.filter((name) => name.endsWith(' interaction')),
      ['update interaction'],
    );
    assert.ok(!asked.includes('get known_computer'), 'it was looked at before');
    for (const work of later) await work();
    assert.ok(await isKnown(fresh, 'alice', 'b'));
  });

  it('ends nothing that somebody has changed meanwhile: it is looked at anew', async () => {
    const { now, next } = await added({ method: 'totp' }, hers);
    assert.deepEqual([now?.state, methods(now)], ['open', ['password', 'totp']]);
    assert.deepEqual(toldTypes(now), ['sign-in.factor']);
    assert.equal(next, undefined);
  });

  it('is told as what was seen, also where its messages have left meanwhile', async () => {
    const postings = [{ memberships: { id: 'm', person: 'alice', groups: [] } }];
    const { now, act, id } = await added({ method: 'password' }, { postings }, seen);
    assert.deepEqual([now?.state, now?.postings?.length], ['open', 2]);
    await fresh.store.update(signInCollection, id, (record) => {
      assert.ok(record);
      const { postings: _, ...rest } = record;
      return { put: { ...rest, posted: true as const, proofs: [], person: null }, result: null };
    });
    assert.ok((await act()).next);
  });

  it('keeps it as long as a sign-in may take, counted from its begin, and no longer with the next', async () => {
    const until = async (id: string): Promise<number | undefined> => {
      const { items } = await fresh.store.scan(signInCollection, { limit: 1000 });
      return items.find((entry) => entry.id === id)?.expiresAt;
    };
    const first = await added({ method: 'password' }, {});
    assert.equal(first.now?.posted, true);
    const lifetime = fresh.config.lifetimes.sign_in * 1000;
    assert.equal(await until(first.id), NOW + lifetime);
    const later = await added({ method: 'password' }, { posted: true });
    assert.equal(await until(later.id), undefined, 'as it was');
  });

  it('is none where more is due, and the visit goes on with what that is', async () => {
    const holds = { ...alice, ...FACTORS.totp.withOneMore(alice, NOW) };
    const { now, next } = await added({ method: 'password' }, {}, { ...seen, whose: holds });
    assert.equal(now?.state, 'open');
    assert.deepEqual([next?.decision.next, next?.person?.id], ['factor', 'alice']);
    assert.deepEqual(next?.record, now);
  });

  it('is looked at anew where it has changed the person', async () => {
    for (const more of [{ left: 3 }, { temporary: true as const }]) {
      const { now, next } = await added({ method: 'one-time-codes', ...more }, hers, seen);
      assert.deepEqual([now?.state, next], ['open', undefined]);
    }
  });

  it('ends it once, of twenty at once', async () => {
    const { act, id } = await added({ method: 'totp', computer: null }, hers, seen);
    const answers = await timesAtOnce(20, act);
    assert.ok(answers.every(({ record, next }) => record === undefined && next === undefined));
    const now = await fresh.store.get(signInCollection, id);
    assert.deepEqual(toldTypes(now), ['sign-in.factor', 'sign-in.completed', 'computer.new']);
  });
});
