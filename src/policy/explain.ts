/**
 * Policy, told in words: the steps of a sign-in, from nothing to its end, each with its reasons. The
 * one rule itself is asked again and again, with the proof that each step would give. Pure.
 */
import { FACTORS, type FactorId, type Proof } from '../factors/factor.ts';
import { mayEnrol, trustDays, type Who } from './requirement.ts';
import { requiredSteps, type Decision, type Situation } from './required-steps.ts';

export interface ExplainedStep {
  step: 'password' | 'factor' | 'enrolment-code' | 'enrol' | 'done' | 'refuse' | 'not-open';
  /** Factors of which one is enough. */
  factors: FactorId[];
  reasons: string[];
}

export interface Explanation {
  steps: ExplainedStep[];
  /** What the ID token would state with the first of the factors; null when it is refused. */
  token: { acr: string; amr: string[] } | null;
  /** Days for which a computer could be trusted here; 0: not at all. */
  trustDays: number;
  /** Would a trusted computer be enough instead of a factor, for this request? */
  trustIsEnough: boolean;
  /** The set-up can be put off until then (milliseconds since the epoch); null: it can't be, or needn't. */
  postponableUntil: number | null;
  mayEnrol: boolean;
}

type Asked = Omit<Situation, 'who' | 'proofs' | 'trusted' | 'enrolmentCodeShown'> & { who: Who };

/** No sign-in has more steps: password, a factor, a reset's code, a set-up, and the new factor. */
const MOST_STEPS = 8;
const COMPUTER = 'this one';

export function explain(asked: Asked): Explanation {
  const steps: ExplainedStep[] = [];
  let now: Situation = { ...asked, proofs: [], trusted: [], enrolmentCodeShown: false };
  let decision = requiredSteps(now);
  while (steps.length < MOST_STEPS) {
    steps.push(told(decision));
    const after = afterStep(now, decision);
    if (!after) break;
    now = after;
    decision = requiredSteps(now);
  }
  const done = decision.next === 'done' ? decision : undefined;
  return {
    steps,
    token: done ? { acr: done.authentication.acr, amr: done.authentication.amr } : null,
    trustDays: trustDays(asked.who, asked.client),
    trustIsEnough: trustIsEnough(asked),
    postponableUntil: done?.offer?.until ?? null,
    mayEnrol: mayEnrol(asked.who),
  };
}

function told(decision: Decision): ExplainedStep {
  const factors = 'factors' in decision ? decision.factors : [];
  return { step: decision.next, factors, reasons: decision.reasons };
}

/** The situation when the step is through; undefined at the end of the sign-in. */
function afterStep(situation: Situation, decision: Decision): Situation | undefined {
  switch (decision.next) {
    case 'password':
      return situation.who ? withProof(situation, 'password') : undefined;
    case 'enrolment-code':
      return { ...situation, enrolmentCodeShown: true };
    case 'factor':
    case 'enrol':
      return withProof(situation, decision.factors[0] ?? 'password');
    case 'done':
    case 'refuse':
    case 'not-open':
      return undefined;
  }
}

function withProof(situation: Situation, method: Proof['method']): Situation {
  return { ...situation, proofs: [...situation.proofs, { method, at: situation.now }] };
}

function trustIsEnough(asked: Asked): boolean {
  const proofs: Proof[] = [
    { method: 'password', at: asked.now },
    { method: 'trusted-computer', at: asked.now, computer: COMPUTER },
  ];
  const held = Object.values(FACTORS).some(({ held: has }) => has(asked.who.person));
  const trusted = { ...asked, proofs, trusted: [COMPUTER], enrolmentCodeShown: false };
  return held && requiredSteps(trusted).next === 'done';
}
