/** From the policy's decision to the page that is due. */
import { FACTOR_IDS, type FactorId } from '../src/records/factor-id.ts';
import { FACTORS } from '../src/policy/factors.ts';
import { SELECT_ACCOUNT } from '../src/oidc/authorization/select-account.ts';
import type { SignInRecord } from '../src/records/sign-in.ts';
import type { Decision } from '../src/policy/authentication-context.ts';
import { wantsAnother } from './visit.ts';

/** The steps that may be visited now, of which the first is shown, or how the sign-in ends. */
export type Due = { steps: string[] } | 'finish' | 'refuse';

type Standing = Pick<
  SignInRecord,
  'stage' | 'payload' | 'accountChosen' | 'postponed' | 'newCodes' | 'person'
>;

/** The password, or what says by itself who somebody is. */
const IDENTIFY: Due = {
  steps: ['password', ...FACTOR_IDS.filter((id) => FACTORS[id].multiFactor)],
};

export function nextStep(record: Standing, decision: Decision): Due {
  if (record.stage === 'enrolled') return { steps: ['enrolled'] };
  if (record.payload.prompt?.name === 'consent') return { steps: ['consent'] };
  if (hasToChoose(record)) return { steps: ['select-account'] };
  switch (decision.next) {
    case 'password':
      return IDENTIFY;
    case 'not-open':
    case 'factor-barred':
    case 'enrolment-code':
      return { steps: [decision.next] };
    case 'factor':
      return { steps: decision.factors };
    case 'enrol':
      return enrolSteps(decision.factors);
    case 'done':
      return beforeTheEnd(record, decision);
    case 'refuse':
      return 'refuse';
  }
}

/** Is there somebody to go on as, while the request wants an account to be chosen and would take theirs? */
function hasToChoose(record: Standing): boolean {
  const { prompt, session } = record.payload;
  if (prompt?.name !== SELECT_ACCOUNT || session === undefined || wantsAnother(record))
    return false;
  return record.accountChosen !== true;
}

/** Nothing is missing, but something may be offered: where the person is there to answer. */
function beforeTheEnd(record: Standing, { offer }: Extract<Decision, { next: 'done' }>): Due {
  if (!record.person) return 'finish';
  if (record.newCodes) return { steps: ['one-time-codes-new'] };
  if (!offer || record.postponed) return 'finish';
  if (offer.password) return IDENTIFY;
  return offer.enrolmentCode ? { steps: ['enrolment-code'] } : enrolSteps(offer.factors);
}

function enrolSteps(factors: readonly FactorId[]): Due {
  return { steps: factors.flatMap((id) => FACTORS[id].enrolStep ?? []) };
}
