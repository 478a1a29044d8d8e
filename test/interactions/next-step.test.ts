import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextStep } from '../../interactions/next-step.ts';
import type { Decision, NextStep } from '../../src/policy/authentication-context.ts';

const record = (stage: 'sign-in' | 'enrolled' | 'again' = 'sign-in', prompt = 'login') => ({
  stage,
  person: { id: 'p1', epoch: 1 },
  postponed: false,
  newCodes: null,
  payload: { prompt: { name: prompt, reasons: [], details: {} } },
});
const decision = (next: NextStep): Decision => ({ reasons: [], ...next });

const authentication = {
  level: 'mfa' as const,
  acr: 'urn:latchkey:acr:mfa',
  amr: ['pwd'],
  authTime: 0,
};

describe('the step that is due', () => {
  it('follows the decision', () => {
    assert.deepEqual(nextStep(record(), decision({ next: 'password' })), {
      steps: ['password', 'passkey'],
    });
    assert.deepEqual(nextStep(record(), decision({ next: 'factor', factors: ['totp'] })), {
      steps: ['totp'],
    });
    assert.deepEqual(nextStep(record(), decision({ next: 'enrol', factors: ['totp'] })), {
      steps: ['totp-enrol'],
    });
    assert.equal(nextStep(record(), decision({ next: 'done', authentication })), 'finish');
    assert.equal(nextStep(record(), decision({ next: 'refuse' })), 'refuse');
  });

  it('is the wizard’s last page after an enrolment, whatever policy says by then', () => {
    const due = { steps: ['enrolled'] };
    assert.deepEqual(nextStep(record('enrolled'), decision({ next: 'password' })), due);
  });

  it('is the consent where the library asks for it', () => {
    assert.deepEqual(
      nextStep(record('sign-in', 'consent'), decision({ next: 'done', authentication })),
      { steps: ['consent'] },
    );
  });

  it('may be any of the factors that would do, the first one is shown', () => {
    const due = nextStep(record(), decision({ next: 'factor', factors: ['totp', 'email-code'] }));
    assert.deepEqual(due, { steps: ['totp', 'email-code'] });
    const enrol = nextStep(record(), decision({ next: 'enrol', factors: ['totp', 'email-code'] }));
    assert.deepEqual(enrol, { steps: ['totp-enrol', 'email-code-enrol'] });
  });

  it('offers a set-up that can be put off, once, and only to somebody who is here', () => {
    const offer = { factors: ['totp' as const], until: 1 };
    const done = decision({ next: 'done', authentication, offer });
    assert.deepEqual(nextStep(record(), done), { steps: ['totp-enrol'] });
    assert.equal(nextStep({ ...record(), postponed: true }, done), 'finish');
    assert.equal(nextStep({ ...record(), person: null }, done), 'finish');
    const reset = { ...offer, enrolmentCode: true as const };
    assert.deepEqual(nextStep(record(), decision({ next: 'done', authentication, offer: reset })), {
      steps: ['enrolment-code'],
    });
  });

  it('offers new one-time codes before the end', () => {
    const done = decision({ next: 'done', authentication });
    assert.deepEqual(nextStep({ ...record(), newCodes: 'due' }, done), {
      steps: ['one-time-codes-new'],
    });
  });
});
