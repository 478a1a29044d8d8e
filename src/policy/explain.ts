/**
 * Policy, told in words: the steps of a sign-in, from nothing to its end, each with its reasons. The
 * one rule itself is asked again and again, with the proof that each step would give. Pure.
 */
import type { Person } from '../records/person.ts';
import { FACTOR_IDS, type FactorId } from '../records/factor-id.ts';
import type { Proof } from '../records/proof.ts';
import { FACTORS, isEnrolled } from './factors.ts';
import { allowedFactors, isActive, mayEnrol, trustDays, type Subject } from './assurance.ts';
import type { Decision, AuthenticationContext } from './authentication-context.ts';
import { requiredSteps } from './required-steps.ts';

export interface ExplainedStep {
  step: Decision['next'];
  /** Factors of which one is enough; of `password`: those that would do alone in its place. */
  factors: FactorId[];
  reasons: string[];
}

export interface Explanation {
  steps: ExplainedStep[];
  /** What the ID token would state with the first of the factors; null when it is refused. */
  token: { acr: string; amr: string[] } | null;
  /** Days for which a computer could be trusted here; 0: not at all. */
  trustDays: number;
  /** Would a trusted computer be enough instead of the factor that the person has, or has set up here? */
  trustIsEnough: boolean;
  /** The set-up can be put off until then (milliseconds since the epoch); null: it can't be, or needn't. */
  postponableUntil: number | null;
  mayEnrol: boolean;
}

type Asked = Omit<AuthenticationContext, 'who' | 'proofs' | 'trusted' | 'enrolmentCodeShown'> & {
  who: Subject;
};
type Expected = AuthenticationContext & { who: Subject };

/** No sign-in has more steps: password, a factor, a reset's code, a set-up, and both proofs anew. */
const MOST_STEPS = 8;
const COMPUTER = 'this one';

export function explain(asked: Asked): Explanation {
  const never = whyNever(asked.who.person, asked.now);
  if (never !== undefined) return refusedExplanation(asked, never);
  const steps: ExplainedStep[] = [];
  let at: Expected = { ...asked, proofs: [], trusted: [], enrolmentCodeShown: false };
  let decision = requiredSteps(at);
  while (steps.length < MOST_STEPS) {
    steps.push(told(at, decision));
    const after = afterStep(at, decision);
    if (!after) break;
    at = after;
    decision = requiredSteps(at);
  }
  const done = decision.next === 'done' ? decision : undefined;
  return {
    steps,
    token: done ? { acr: done.authentication.acr, amr: done.authentication.amr } : null,
    trustDays: trustDays(asked.who, asked.client),
    trustIsEnough: trustIsEnough({ ...asked, who: at.who }),
    postponableUntil: done?.offer?.until ?? null,
    mayEnrol: mayEnrol(asked.who),
  };
}

/** Whatever is proven: nobody signs in as them. Undefined: there is nothing of that kind. */
export function whyNever(
  person: Pick<Person, 'active' | 'activeUntil' | 'service'>,
  now: number,
): string | undefined {
  if (!person.active) return 'the person is disabled';
  if (!isActive(person, now)) return 'the date is over until which the person was active';
  return person.service ? 'the person is a service mailbox' : undefined;
}

export const NO_PASSWORD = 'no password has been set yet';

function refusedExplanation({ who, client }: Asked, reason: string): Explanation {
  return {
    steps: [{ step: 'refuse', factors: [], reasons: [reason] }],
    token: null,
    trustDays: trustDays(who, client),
    trustIsEnough: false,
    postponableUntil: null,
    mayEnrol: false,
  };
}

function told({ who, available }: Expected, decision: Decision): ExplainedStep {
  const { next, reasons } = decision;
  if (next !== 'password')
    return { step: next, factors: 'factors' in decision ? decision.factors : [], reasons };
  const factors = allowedFactors(who, available).filter(
    (id) => FACTORS[id].multiFactor && FACTORS[id].isEnrolled(who.person),
  );
  const noPassword = who.person.passwordHash === null ? [NO_PASSWORD] : [];
  return { step: next, factors, reasons: [...reasons, ...noPassword] };
}

/** The situation when the step is through; undefined at the end of the sign-in. */
function afterStep(situation: Expected, decision: Decision): Expected | undefined {
  switch (decision.next) {
    case 'password':
      return withProof(situation, 'password');
    case 'enrolment-code':
      return { ...situation, enrolmentCodeShown: true };
    case 'factor':
      return withProof(situation, decision.factors[0] ?? 'password');
    case 'enrol':
      return withFactor(situation, decision.factors[0]);
    case 'done':
    case 'refuse':
    case 'not-open':
    case 'factor-barred':
      return undefined;
  }
}

function withProof(situation: Expected, method: Proof['method']): Expected {
  return { ...situation, proofs: [...situation.proofs, { method, at: situation.now }] };
}

/** A set-up ends everything that was proven before it: the person signs in anew with the factor. */
function withFactor(situation: Expected, factor: FactorId | undefined): Expected | undefined {
  if (factor === undefined) return undefined;
  const { who, now } = situation;
  const person = { ...who.person, ...enrolled(who.person, factor, now), enrolmentCode: null };
  return { ...situation, who: { ...who, person }, proofs: [], enrolmentCodeShown: false };
}

/** What policy sees of a factor that was set up; every first one comes with what only comes along. */
function enrolled(person: Person, factor: FactorId, now: number): Partial<Person> {
  const isKept = (id: FactorId): boolean =>
    isEnrolled(person) && FACTORS[id].list(person).length > 0;
  const along = FACTOR_IDS.filter((id) => FACTORS[id].secondaryOnly && !isKept(id));
  const fields = [...along, factor].map((id) => FACTORS[id].withOneMore(person, now));
  return Object.assign({}, ...fields) as Partial<Person>;
}

function trustIsEnough(asked: Asked): boolean {
  const proofs: Proof[] = [
    { method: 'password', at: asked.now },
    { method: 'trusted-computer', at: asked.now, computer: COMPUTER },
  ];
  const trusted = { ...asked, proofs, trusted: [COMPUTER], enrolmentCodeShown: false };
  return isEnrolled(asked.who.person) && requiredSteps(trusted).next === 'done';
}
