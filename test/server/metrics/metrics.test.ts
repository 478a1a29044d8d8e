/** What is measured, under which names and labels. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPasswords } from '../../../src/factors/password.ts';
import { OPERATOR_ORIGIN } from '../../../src/net/request-origin.ts';
import { newEvent, type NewEvent } from '../../../src/audit/event.ts';
import { createMetrics } from '../../../src/server/metrics/metrics.ts';
import { labelled, parse, seriesOf } from './text.ts';

const event = (about: Pick<NewEvent, 'type'> & Partial<NewEvent>) =>
  newEvent({ at: 0, origin: OPERATOR_ORIGIN, ...about });

describe('the metrics', () => {
  it('each have a help and a type, and tell of memory, CPU and event loop', async () => {
    const metrics = parse(await createMetrics().read());
    for (const [name, { help, type }] of metrics) {
      assert.ok(help.length > 10, name);
      assert.match(type, /^(?:counter|gauge|histogram)$/u, name);
    }
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
      'latchkey_http_request_duration_seconds',
      'latchkey_store_operation_duration_seconds',
      'latchkey_store_retries_total',
      'latchkey_mail_outbox_oldest_age_seconds',
    ])
      assert.ok(metrics.has(name), name);
  });

  it('are each server’s own', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.store.retry('contention');
    assert.deepEqual(labelled(await one.read(), 'latchkey_store_retries_total'), {
      'reason="contention"': 1,
    });
    assert.deepEqual(labelled(await other.read(), 'latchkey_store_retries_total'), {});
  });

  it('tell the queue of hashes, their time, and those refused', async () => {
    const metrics = createMetrics();
    const cost = { memoryKib: 7168, passes: 1, workers: 1 };
    const passwords = await createPasswords(cost, metrics.hashes);
    const value = async (name: string) => seriesOf(await metrics.read()).get(name);
    const hashes = Promise.allSettled(Array.from({ length: 80 }, () => passwords.hash('x y z')));
    assert.ok(Number(await value('latchkey_password_hashes_running')) >= 1);
    assert.equal(await value('latchkey_password_hashes_waiting'), 64);
    const refused = (await hashes).filter(({ status }) => status === 'rejected').length;
    assert.ok(refused > 0);
    assert.equal(await value('latchkey_password_hashes_refused_total'), refused);
    assert.equal(await value('latchkey_password_hash_duration_seconds_count'), 80 - refused);
    assert.equal(await value('latchkey_password_hashes_running'), 0);
    assert.equal(await value('latchkey_password_hashes_waiting'), 0);
  });
});

describe('the metrics of sign-ins', () => {
  const completedWith = (factor: string) =>
    ({ type: 'sign-in.completed', details: { factor } }) as const;
  const refused = (...reasons: string[]) => ({ outcome: 'refused' as const, reasons });
  const table: [string, Parameters<typeof event>[0], string][] = [
    ['a password', completedWith('none'), 'none'],
    ['a trusted computer', completedWith('trusted-computer'), 'trusted-computer'],
    ['a code by mail', completedWith('email-code'), 'email-code'],
    ['an authenticator', completedWith('totp'), 'totp'],
    ['a one-time code', completedWith('one-time-codes'), 'one-time-codes'],
    ['a passkey', completedWith('passkey'), 'passkey'],
    ['what nobody knows', completedWith('made-up'), 'none'],
  ];
  for (const [title, about, factor] of table) {
    it(`completed with ${title}: ${factor}`, async () => {
      const metrics = createMetrics();
      metrics.recorded(event(about));
      assert.deepEqual(labelled(await metrics.read(), 'latchkey_sign_ins_total'), {
        [`outcome="completed",factor="${factor}"`]: 1,
      });
    });
  }

  const checks: [Parameters<typeof event>[0], string, string][] = [
    [{ type: 'sign-in.password' }, 'accepted', 'password'],
    [{ type: 'sign-in.password', ...refused('wrong-password') }, 'wrong', 'password'],
    [{ type: 'sign-in.password', ...refused('wait') }, 'delayed', 'password'],
    [{ type: 'sign-in.factor', details: { factor: 'totp' } }, 'accepted', 'totp'],
    [{ type: 'sign-in.factor', details: { factor: 'email-code' } }, 'accepted', 'email-code'],
    [{ type: 'sign-in.factor', details: { factor: 'made up' } }, 'accepted', 'code'],
    [{ type: 'sign-in.factor', ...refused('code-used') }, 'wrong', 'code'],
    [{ type: 'sign-in.factor', ...refused('one-time-wrong') }, 'wrong', 'one-time-codes'],
    [{ type: 'sign-in.factor', ...refused('passkey-unknown') }, 'wrong', 'passkey'],
    [{ type: 'sign-in.factor', ...refused('suspended') }, 'delayed', 'code'],
  ];
  for (const [about, outcome, factor] of checks) {
    it(`${about.type} ${about.reasons?.join() ?? ''}: ${outcome} ${factor}`, async () => {
      const metrics = createMetrics();
      metrics.recorded(event(about));
      assert.deepEqual(labelled(await metrics.read(), 'latchkey_sign_in_checks_total'), {
        [`outcome="${outcome}",factor="${factor}"`]: 1,
      });
      assert.deepEqual(labelled(await metrics.read(), 'latchkey_sign_ins_total'), {});
    });
  }

  it('leave out what is no sign-in', async () => {
    const metrics = createMetrics();
    metrics.recorded(event({ type: 'sign-in.refused', ...refused('cancelled') }));
    metrics.recorded(event({ type: 'sign-out' }));
    metrics.recorded(event({ type: 'code.sent' }));
    const text = await metrics.read();
    assert.deepEqual(labelled(text, 'latchkey_sign_ins_total'), {
      'outcome="refused",factor="none"': 1,
    });
    assert.deepEqual(labelled(text, 'latchkey_sign_in_checks_total'), {});
  });
});
