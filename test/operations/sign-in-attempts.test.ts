/** What is read out of the events of a person: which sign-ins there were, and what was decided in each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newEvent, type AuditEvent, type NewEvent } from '../../src/audit/event.ts';
import { signInAttempts } from '../../src/audit/sign-in-attempts.ts';

const AT = 1_795_996_086_819;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** So many seconds after the first. */
function event(
  seconds: number,
  type: AuditEvent['type'],
  about: Partial<NewEvent> & { browser?: string | null } = {},
): AuditEvent {
  const { browser = FIREFOX, ...rest } = about;
  return newEvent({
    type,
    at: AT + seconds * 1000,
    origin: { client: 'webmail', address: '192.0.2.1', userAgent: browser },
    person: { id: 'alice', organisation: 'acme' },
    ...rest,
  });
}

const FLOORS = ['organisation requires MFA (trusted)', 'a factor is enrolled (trusted)'];
const asked = { next: 'factor', next_factors: 'totp one-time-codes' };
const password = (seconds: number, sign_in = 'one') =>
  event(seconds, 'sign-in.password', { reasons: FLOORS, details: { sign_in, ...asked } });
const wrong = (seconds: number, reason: string, sign_in = 'one') =>
  event(seconds, 'sign-in.factor', {
    outcome: 'refused',
    reasons: [reason, ...FLOORS],
    details: { sign_in, asked: 'totp', ...asked },
  });
const right = (seconds: number, sign_in = 'one') =>
  event(seconds, 'sign-in.factor', { details: { sign_in, factor: 'totp' } });
const completed = (seconds: number, sign_in = 'one') =>
  event(seconds, 'sign-in.completed', {
    reasons: FLOORS,
    details: { sign_in, factor: 'totp', proofs: 'password totp' },
  });

const only = (events: readonly AuditEvent[]) => {
  const [attempt, ...more] = signInAttempts(events);
  assert.deepEqual(more, []);
  return attempt ?? assert.fail();
};

describe('a sign-in that was completed', () => {
  it('tells in their order what was given, asked for and why, however its events come', () => {
    const events = [completed(9), right(9), wrong(5, 'code-wrong'), password(1)];
    for (const order of [events, events.toReversed()]) {
      const attempt = only(order);
      assert.deepEqual(
        attempt.moments.map(({ kind, methods, times }) => [kind, methods.join(' '), times]),
        [
          ['given', 'password', 1],
          ['wrong', 'totp', 1],
          ['given', 'totp', 1],
          ['completed', 'password totp', 1],
        ],
      );
      const [first] = attempt.moments;
      assert.deepEqual(first?.asked, { step: 'factor', factors: ['totp', 'one-time-codes'] });
      assert.deepEqual(first?.reasons, FLOORS);
      assert.deepEqual(
        [attempt.ending, attempt.at, attempt.client],
        ['completed', AT + 9000, 'webmail'],
      );
      assert.deepEqual(attempt.decided, { step: 'done', factors: [], reasons: FLOORS });
    }
  });

  it('names the computer that stood in', () => {
    const trusted = event(0, 'sign-in.password', {
      details: { sign_in: 'one', computer: 'trusted' },
    });
    assert.deepEqual(only([trusted]).moments[0]?.methods, ['password', 'trusted-computer']);
  });

  it('of an older version is told by what stood beside the password', () => {
    const old = (factor: string) => event(0, 'sign-in.completed', { details: { factor } });
    assert.deepEqual(only([old('totp')]).moments[0]?.methods, ['password', 'totp']);
    assert.deepEqual(only([old('none')]).moments[0]?.methods, ['password']);
    assert.equal(signInAttempts([old('totp'), old('none')]).length, 2, 'each is one');
  });
});

describe('a sign-in that came to nothing', () => {
  it('goes no further than to what was asked for', () => {
    const { ending, decided } = only([password(0)]);
    assert.equal(ending, 'open');
    assert.deepEqual(decided, {
      step: 'factor',
      factors: ['totp', 'one-time-codes'],
      reasons: FLOORS,
    });
  });

  it('counts what was wrong again and again, those too that are one event with a number', () => {
    const more = wrong(600, 'wait');
    const sum = { ...more, userAgent: null, details: { ...more.details, further: 12 } };
    const events = [1, 2, 3].map((at) => wrong(at, 'code-wrong'));
    const attempt = only([password(0), ...events, wrong(4, 'wait'), sum]);
    assert.deepEqual(
      attempt.moments.map(({ kind, times }) => [kind, times]),
      [
        ['given', 1],
        ['wrong', 3],
        ['wrong', 13],
      ],
    );
    assert.deepEqual([attempt.ending, attempt.userAgent], ['refused', FIREFOX]);
  });

  it('was cancelled when something was asked for, or refused whatever is given', () => {
    const cancelled = event(2, 'sign-in.refused', {
      outcome: 'refused',
      reasons: ['the person cancelled the sign-in', ...FLOORS],
      details: { sign_in: 'one', ...asked },
    });
    const attempt = only([password(0), cancelled]);
    assert.deepEqual([attempt.ending, attempt.decided?.step], ['refused', 'factor']);
    const disabled = event(0, 'sign-in.password', {
      outcome: 'refused',
      reasons: ['the person is disabled'],
      details: { sign_in: 'two' },
    });
    assert.deepEqual(only([disabled]).decided, {
      step: 'refuse',
      factors: [],
      reasons: ['the person is disabled'],
    });
    const typed = { ...disabled, reasons: ['wrong-password'] };
    assert.equal(only([typed]).decided, undefined, 'policy was not asked');
  });
});

describe('several sign-ins', () => {
  it('at once are told apart, the newest first, and nothing else is one', () => {
    const events = [
      password(0, 'one'),
      password(1, 'two'),
      right(2, 'one'),
      completed(2, 'one'),
      event(3, 'computer.new'),
      event(4, 'sign-out'),
      wrong(5, 'code-used', 'two'),
    ];
    const attempts = signInAttempts(events);
    assert.deepEqual(
      attempts.map(({ ending, moments }) => [ending, moments.length]),
      [
        ['refused', 2],
        ['completed', 3],
      ],
    );
    assert.deepEqual(signInAttempts([]), []);
  });
});
