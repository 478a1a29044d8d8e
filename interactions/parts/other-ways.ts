/** The other steps that would do as well, as links of a page. */
import type { FactorId } from '../../src/records/factor-id.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import { interactionPath } from '../../src/oidc/authorization/interaction-path.ts';
import type { Visit } from '../step.ts';

export interface OtherWay {
  factor: FactorId;
  href: string;
}

/** Ways to sign in with another factor that the person has. */
export function otherWays({ decision, uid, client }: Visit, present: FactorId): OtherWay[] {
  const factors = decision.next === 'factor' ? decision.factors : [];
  return factors
    .filter((factor) => factor !== present)
    .map((factor) => ({ factor, href: interactionPath(uid, client.id, factor) }));
}

/** Ways to set up another factor instead of this one. */
export function otherSetUps({ decision, uid, client }: Visit, present: FactorId): OtherWay[] {
  return enrollable(decision)
    .filter((factor) => factor !== present)
    .map((factor) => ({
      factor,
      href: interactionPath(uid, client.id, FACTORS[factor].enrolStep ?? ''),
    }));
}

function enrollable(decision: Visit['decision']): readonly FactorId[] {
  if (decision.next === 'enrol') return decision.factors;
  return decision.next === 'done' ? (decision.offer?.factors ?? []) : [];
}

/** Days until a set-up that may be put off now can't be any more; 0: it can't be now. */
export function daysToPostpone({ decision, now }: Visit): number {
  const until = decision.next === 'done' ? decision.offer?.until : undefined;
  return until === undefined ? 0 : Math.max(1, Math.ceil((until - now) / 86_400_000));
}
