/** Losing everything: what a reset takes, what it keeps, and the code that it gives. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changePerson, getPerson, type Person } from '../../src/records/person.ts';
import {
  attemptsCollection,
  CODE_RULE,
  codeCounter,
  enrolmentCodeCounter,
  oneTimeCounter,
  takeAttempt,
} from '../../src/throttling/attempts.ts';
import {
  checkEnrolmentCode,
  newEnrolmentCode,
} from '../../src/operations/factors/enrolment-code.ts';
import { enrolledFactors } from '../../src/policy/factors.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { aPerson } from '../support/people.ts';
import { addPerson, resetFactors } from '../support/operator.ts';

const NOW = 4_000_000_000_000;
const HOUR = 3_600_000;

describe('a reset of the factors', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore(NOW);
  });
  after(() => parts.close());

  const authenticator = (id: string, createdAt: number) => ({ id, secret: `s-${id}`, createdAt });
  const everything: Partial<Person> = {
    authenticators: [authenticator('new', 4)],
    pendingAuthenticator: authenticator('pending', 5),
    retiredAuthenticators: [1, 2, 3].map((at) => ({
      ...authenticator(`old${at}`, at),
      retiredAt: at,
    })),
    passkeys: [
      { id: 'k', publicKey: '', transports: [], synced: false, name: 'Key', createdAt: 1 },
    ],
    secondaryEmail: { address: 'second@other.test', verifiedAt: 1 },
    emailMfaSince: 1,
    emailBarredSince: 1,
    oneTimeCodes: { id: 'c', sealed: 's', used: [1], createdAt: 1 },
  };

  const eventsIn = ({ postings = [] }: Person) =>
    postings.flatMap((message) => ('event' in message ? [message.event.type] : []));

  async function person(login: string): Promise<Person> {
    const names = { organisation: 'acme', login, email: `${login}@acme.test`, name: login };
    const { id } = await addPerson(parts.store, { ...names, passwordHash: 'hash' }, NOW);
    await changePerson(parts.store, id, () => ({ set: everything, result: undefined }));
    return { ...aPerson(), ...(await getPerson(parts.store, id)) };
  }

  it('takes factors, trust and sessions, and tells of it, in one write', async () => {
    const { id, epoch, trustEpoch } = await person('alice');
    await resetFactors(parts, id, NOW);
    const now = await getPerson(parts.store, id);
    assert.ok(now);
    assert.deepEqual(enrolledFactors(now), []);
    assert.equal(now.pendingAuthenticator, null);
    assert.equal(
      now.emailBarredSince,
      null,
      'the administrator’s code stands for the other factor',
    );
    assert.equal(now.oneTimeCodes, null);
    assert.equal(now.emailMfaSince, null);
    assert.deepEqual(now.secondaryEmail, { address: 'second@other.test', verifiedAt: null });
    assert.equal(now.passwordHash, 'hash');
    assert.ok(now.epoch > epoch && now.trustEpoch > trustEpoch);
    assert.equal(now.enrolmentCode?.expiresAt, NOW + 24 * HOUR);
    assert.deepEqual(eventsIn(now), ['person.added', 'factors.reset']);
  });

  it('keeps the last three authenticators, to name a code of an old entry', async () => {
    const { id } = await person('bob');
    await resetFactors(parts, id, NOW);
    const now = await getPerson(parts.store, id);
    assert.deepEqual(
      now?.retiredAuthenticators.map((one) => one.id),
      ['old2', 'old3', 'new'],
    );
    assert.equal(now?.retiredAuthenticators.at(-1)?.retiredAt, NOW);
  });

  it('makes a new code each time, and the one before it is dead', async () => {
    const { id } = await person('carol');
    const first = await resetFactors(parts, id, NOW);
    const second = await resetFactors(parts, id, NOW);
    const now = await getPerson(parts.store, id);
    assert.ok(now);
    assert.equal(checkEnrolmentCode(parts.vault, now, first, NOW), 'wrong');
    assert.equal(checkEnrolmentCode(parts.vault, now, second, NOW), 'accepted');
    const kept = JSON.stringify(now);
    assert.ok(!kept.includes(second) && !kept.includes(second.replace('-', '')));
  });

  it('lifts the delays of codes', async () => {
    const { id } = await person('dora');
    const known = { person: id, known: undefined };
    const counters = [
      codeCounter(known),
      codeCounter({ person: id, known: 'browser' }),
      oneTimeCounter(known),
      enrolmentCodeCounter(id),
    ];
    for (const counter of counters) await takeAttempt(parts.store, counter, CODE_RULE, NOW);
    await resetFactors(parts, id, NOW);
    for (const counter of counters)
      assert.equal(await parts.store.get(attemptsCollection, counter), undefined, counter);
  });

  it('of nobody is refused', async () => {
    await assert.rejects(resetFactors(parts, 'nobody', NOW), { code: 'person-unknown' });
  });
});

describe('the code of a reset', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore(NOW);
  });
  after(() => parts.close());

  function made(): { code: string; check: (typed: string, now?: number) => string } {
    const { code, kept } = newEnrolmentCode(parts.vault, 'p1', NOW);
    const person = aPerson({ enrolmentCode: kept });
    return {
      code,
      check: (typed, now = NOW) => checkEnrolmentCode(parts.vault, person, typed, now),
    };
  }

  it('is ten base32 characters, however they are typed', () => {
    const { code, check } = made();
    assert.match(code, /^[A-Z2-7]{5}-[A-Z2-7]{5}$/u);
    const plain = code.replace('-', '');
    for (const typed of [code, plain, plain.toLowerCase(), ` ${[...plain].join(' ')} `])
      assert.equal(check(typed), 'accepted', typed);
  });

  it('forgives letters that look like figures, and like each other', () => {
    for (let round = 0; round < 50; round += 1) {
      const { code, check } = made();
      assert.equal(check(code.replaceAll('O', '0').replaceAll(/[IL]/gu, '1')), 'accepted', code);
      assert.equal(check(code.replaceAll('I', 'l').replaceAll('B', '8')), 'accepted', code);
      assert.equal(check(code.replaceAll('L', 'i')), 'accepted', code);
    }
  });

  it('is refused when it is wrong, of another person, or too late', () => {
    const { code, check } = made();
    const other = (code.startsWith('A') ? 'B' : 'A') + code.slice(1);
    for (const typed of [other, '', '-', code.slice(1), `${code}A`, '１２３', 'A'.repeat(10_000)])
      assert.equal(check(typed), 'wrong', typed.slice(0, 20));
    assert.equal(check(code, NOW + 24 * HOUR - 1), 'accepted');
    assert.equal(check(code, NOW + 24 * HOUR), 'expired');
    assert.equal(check(other, NOW + 24 * HOUR), 'wrong');
    const { kept } = newEnrolmentCode(parts.vault, 'p2', NOW);
    const somebody = aPerson({ enrolmentCode: kept });
    assert.equal(checkEnrolmentCode(parts.vault, somebody, code, NOW), 'wrong');
    assert.equal(checkEnrolmentCode(parts.vault, aPerson(), code, NOW), 'wrong');
  });
});
