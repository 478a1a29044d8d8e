import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextStep } from '../../interactions/next-step.ts';
import type { Decision, NextStep } from '../../src/policy/required-steps.ts';

const record = (stage: 'sign-in' | 'enrolled' | 'again' = 'sign-in', prompt = 'login') => ({
  stage,
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
      step: 'password',
      page: '',
    });
    assert.deepEqual(nextStep(record(), decision({ next: 'factor', factors: ['totp'] })), {
      step: 'totp',
      page: '',
    });
    assert.deepEqual(nextStep(record(), decision({ next: 'enrol', factors: ['totp'] })), {
      step: 'totp-enrol',
      page: '',
    });
    assert.equal(nextStep(record(), decision({ next: 'done', authentication })), 'finish');
    assert.equal(nextStep(record(), decision({ next: 'refuse' })), 'refuse');
  });

  it('is the wizard’s last page after an enrolment, whatever policy says by then', () => {
    const due = { step: 'totp-enrol', page: 'done' };
    assert.deepEqual(nextStep(record('enrolled'), decision({ next: 'password' })), due);
  });

  it('is the consent where the library asks for it', () => {
    assert.deepEqual(
      nextStep(record('sign-in', 'consent'), decision({ next: 'done', authentication })),
      {
        step: 'consent',
        page: '',
      },
    );
  });

  it('refuses when there is no factor left to ask for', () => {
    assert.equal(nextStep(record(), decision({ next: 'factor', factors: [] })), 'refuse');
  });
});
