/** From the policy's decision to the page that is due. */
import { FACTORS } from '../src/factors/factor.ts';
import type { SignInRecord } from '../src/oidc/sign-in-record.ts';
import type { Decision } from '../src/policy/required-steps.ts';

/** The step that is due, or how the sign-in ends. */
export type Due = { step: string; page: string } | 'finish' | 'refuse';

export function nextStep(record: Pick<SignInRecord, 'stage' | 'payload'>, decision: Decision): Due {
  if (record.stage === 'enrolled') return { step: 'totp-enrol', page: 'done' };
  if (record.payload.prompt?.name === 'consent') return { step: 'consent', page: '' };
  switch (decision.next) {
    case 'password':
      return { step: 'password', page: '' };
    case 'factor':
      return stepOf(decision.factors, 'step');
    case 'enrol':
      return stepOf(decision.factors, 'enrolStep');
    case 'done':
      return 'finish';
    case 'refuse':
      return 'refuse';
  }
}

/** The first factor that is enough is the one that is shown. */
function stepOf(factors: readonly (keyof typeof FACTORS)[], which: 'step' | 'enrolStep'): Due {
  const [first] = factors;
  const step = first && FACTORS[first][which];
  return step ? { step, page: '' } : 'refuse';
}
