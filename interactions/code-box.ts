/**
 * The one box that takes an authenticator code, the newest email code or a one-time code. A try is
 * taken before anything is compared; what a wrong code was is said, as only somebody who knows the
 * password comes here, and it has cost a try.
 */
import type { Person } from '../src/accounts/person.ts';
import {
  CODE_RULE,
  ONE_TIME_RULE,
  clearAttempts,
  codeCounter,
  oneTimeCounter,
  takeAttempt,
  type Counted,
} from '../src/factors/attempts.ts';
import { refusalNotice, type CodeNotice } from '../src/factors/code-notice.ts';
import { hashEmailCode, type EmailCodeVerdict } from '../src/factors/email-code.ts';
import { liftBar } from '../src/factors/email-mfa.ts';
import { FACTORS, type FactorId } from '../src/factors/factor.ts';
import { FEW_CODES, spendOneTimeCode, tenCharacters } from '../src/factors/one-time-codes.ts';
import { spendEmailCode } from '../src/factors/spend-email-code.ts';
import { sixDigits, verifyTotp, type TotpVerdict } from '../src/factors/totp.ts';
import { NOTHING_PROVEN, signInKind, type SignInRecord } from '../src/oidc/sign-in-record.ts';
import { strongestHeld, trustDays } from '../src/policy/requirement.ts';
import { countedFor, tellSuspension } from './budget.ts';
import { changeVisit, eventOf, noticeOf, postPerson, recordRefusal } from './report.ts';
import type { Visit } from './step.ts';

/** Undefined when the code was accepted and the proof is in the record. */
export type Refused = { problem: CodeNotice; status: number } | undefined;

const FORMAT: Refused = { problem: { code: 'code-format', values: {} }, status: 400 };

export async function checkCode(
  visit: Visit,
  person: Person,
  typed: { code: string; trust: boolean },
): Promise<Refused> {
  const due = visit.decision.next === 'factor' ? visit.decision.factors : [];
  const six = sixDigits(typed.code);
  const ten = tenCharacters(typed.code);
  const counted = await countedFor(visit, person.id);
  if (six !== undefined && (due.includes('totp') || due.includes('email-code')))
    return checkSixDigits(visit, person, counted, six, due, typed.trust);
  if (ten !== undefined && due.includes('one-time-codes'))
    return checkOneTimeCode(visit, person, counted, ten);
  return FORMAT;
}

async function checkSixDigits(
  visit: Visit,
  person: Person,
  counted: Counted,
  code: string,
  due: readonly FactorId[],
  trust: boolean,
): Promise<Refused> {
  const { store } = visit.parts;
  const counter = codeCounter(counted);
  const taken = await takeAttempt(store, counter, CODE_RULE, visit.now);
  if (!taken.taken) {
    await Promise.all([
      recordRefusal(visit, 'sign-in.factor', [taken.reason]),
      tellSuspension(visit, counter),
    ]);
    return { problem: refusalNotice(taken), status: 429 };
  }
  const mailed = due.includes('email-code')
    ? await tryEmailCode(visit, person, code, trust)
    : WRONG;
  const shown =
    mailed.verdict === 'wrong' && due.includes('totp')
      ? await tryTotp(visit, person, code, trust)
      : WRONG;
  if (mailed.verdict === 'accepted' || shown.verdict === 'accepted') {
    await clearAttempts(store, counter);
    return undefined;
  }
  const verdict = shown.verdict === 'wrong' ? mailed : shown;
  await recordRefusal(visit, 'sign-in.factor', [`code-${verdict.verdict}`]);
  await tellSuspension(visit, counter);
  return { problem: refusalNotice(verdict), status: 400 };
}

const WRONG = { verdict: 'wrong' } as const;

async function tryEmailCode(
  visit: Visit,
  person: Person,
  code: string,
  trust: boolean,
): Promise<EmailCodeVerdict> {
  const { parts, id, now } = visit;
  const hash = hashEmailCode(parts.vault, id, code);
  const verdict = await spendEmailCode(
    parts.store,
    id,
    { hash, now, address: person.secondaryEmail?.address },
    (record) => withProof(visit, record, person, 'email-code', trust),
    [accepted(visit, 'email-code')],
  );
  if (verdict.verdict === 'accepted') parts.poster.soon(signInKind, id);
  return verdict;
}

async function tryTotp(
  visit: Visit,
  person: Person,
  code: string,
  trust: boolean,
): Promise<TotpVerdict> {
  const held = { live: person.authenticators, retired: person.retiredAuthenticators };
  const verdict = await verifyTotp(visit.parts, held, code, visit.now);
  if (verdict.verdict === 'accepted') await proven(visit, person, 'totp', trust);
  return verdict;
}

async function checkOneTimeCode(
  visit: Visit,
  person: Person,
  counted: Counted,
  code: string,
): Promise<Refused> {
  const { parts, now } = visit;
  const counter = oneTimeCounter(counted);
  const taken = await takeAttempt(parts.store, counter, ONE_TIME_RULE, now);
  if (!taken.taken) {
    await recordRefusal(visit, 'sign-in.factor', [taken.reason]);
    return { problem: refusalNotice(taken), status: 429 };
  }
  const verdict = await spendOneTimeCode(parts, person.id, code, async (left) => [
    { event: eventOf(visit, 'one-time-code.used', { details: { left } }) },
    ...(await noticeOf(visit, 'one-time-code-used', { left })),
  ]);
  if (verdict.verdict !== 'accepted') {
    await recordRefusal(visit, 'sign-in.factor', [`one-time-${verdict.verdict}`]);
    return { problem: { code: `one-time-${verdict.verdict}`, values: {} }, status: 400 };
  }
  postPerson(visit, person.id);
  await proven(visit, person, 'one-time-codes', false, verdict.left);
  // It is also the way out of a suspension of the six-digit codes, here and for the account.
  const six = [codeCounter(counted), codeCounter({ person: person.id, known: undefined })];
  await Promise.all([counter, ...new Set(six)].map((id) => clearAttempts(parts.store, id)));
  return undefined;
}

/** Puts the proof of a factor into the sign-in's record, with its event. */
export async function proven(
  visit: Visit,
  person: Person,
  method: FactorId,
  trust: boolean,
  codesLeft?: number,
): Promise<void> {
  // A new set is a change of a factor: the code must be as strong a proof as any that the person has.
  const strong = strongestHeld(person).includes('one-time-codes');
  const few = strong && codesLeft !== undefined && codesLeft <= FEW_CODES;
  await changeVisit(
    visit,
    (record) => ({
      ...withProof(visit, record, person, method, trust),
      ...(few ? { newCodes: 'due' as const } : {}),
    }),
    [accepted(visit, method)],
  );
  await liftBar(visit.parts.store, person, method);
}

function accepted(visit: Visit, factor: FactorId): { event: ReturnType<typeof eventOf> } {
  return { event: eventOf(visit, 'sign-in.factor', { details: { factor } }) };
}

function withProof(
  visit: Visit,
  record: SignInRecord,
  person: Person,
  method: FactorId,
  trust: boolean,
): SignInRecord {
  // Somebody else has given a password here meanwhile: this proof is not theirs.
  if (record.person && record.person.id !== person.id) return record;
  // What was proven under an older epoch is void.
  const isOld = record.person !== null && record.person.epoch !== person.epoch;
  const before = isOld ? { ...record, ...structuredClone(NOTHING_PROVEN) } : record;
  const mayTrust = trust && FACTORS[method].mayTrust && daysOfTrust(visit) > 0;
  return {
    ...before,
    person: { id: person.id, epoch: person.epoch },
    proofs: [...before.proofs, { method, at: visit.now }],
    trust: mayTrust ? method : before.trust,
  };
}

/** For how many days this computer could be trusted here; 0: not at all. */
export function daysOfTrust({ who, client }: Visit): number {
  return who ? trustDays(who, client.policy) : 0;
}
