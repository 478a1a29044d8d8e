/**
 * The one box that takes an authenticator code, the newest email code or a one-time code. A try is
 * taken before anything is compared; what a wrong code was is said, as only somebody who knows the
 * password comes here, and it has cost a try.
 */
import type { Person } from '../../src/records/person.ts';
import { attempt, clearedBy, counterOf } from '../../src/throttling/attempt.ts';
import type { Counted, NotTaken } from '../../src/throttling/attempts.ts';
import { refusalNotice, type CodeNotice } from '../../src/factors/code-notice.ts';
import { hashEmailCode, type EmailCodeVerdict } from '../../src/factors/email-code.ts';
import { liftBar } from '../../src/operations/factors/email-codes.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import { FACTORS } from '../../src/policy/factors.ts';
import {
  FEW_CODES,
  spendOneTimeCode,
  tenCharacters,
  type OneTimeVerdict,
} from '../../src/factors/one-time-codes.ts';
import { spendEmailCode } from '../../src/factors/spend-email-code.ts';
import { sixDigits, verifyTotp, type TotpVerdict } from '../../src/factors/totp.ts';
import { NOTHING_PROVEN, signInCollection, type SignInRecord } from '../../src/records/sign-in.ts';
import { strongestHeld, trustDays } from '../../src/policy/assurance.ts';
import { countedFor, tellSuspension } from './attempts.ts';
import { changeVisit, eventOf, noticeOf, postPerson, recordRefusal } from './report.ts';
import type { Visit } from '../step.ts';

/** Undefined when the code was accepted and the proof is in the record. */
export type Refused = { problem: CodeNotice; status: number } | undefined;

const FORMAT: Refused = { problem: { code: 'code-format', values: {} }, status: 400 };

/** `page`: of which factor the page is that it was typed on. */
export async function checkCode(
  visit: Visit,
  person: Person,
  typed: { code: string; trust: boolean; page: FactorId },
): Promise<Refused> {
  const due = visit.decision.next === 'factor' ? visit.decision.factors : [];
  const six = sixDigits(typed.code);
  const ten = tenCharacters(typed.code);
  const counted = await countedFor(visit, person.id);
  if (six !== undefined && (due.includes('totp') || due.includes('email-code')))
    return checkSixDigits(visit, person, counted, six, due, typed);
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
  { trust, page }: { trust: boolean; page: FactorId },
): Promise<Refused> {
  const compares: Record<SixDigits, () => Promise<EmailCodeVerdict | TotpVerdict>> = {
    'email-code': () => tryEmailCode(visit, person, code, trust),
    totp: () => tryTotp(visit, person, code, trust),
  };
  const ids = (['email-code', 'totp'] as const).filter((id) => due.includes(id));
  const tries = ids.map((id) => ({
    counter: counterOf(id, counted),
    compare: compares[id],
    clears: clearedBy(id, counted),
  }));
  const tried = await attempt(visit.parts.store, tries, visit.now);
  if (tried.accepted) return undefined;
  const { told, reason } = judge(tried.refused, ids.indexOf(page as SixDigits));
  await Promise.all([
    recordRefusal(visit, 'sign-in.factor', [reason]),
    tellSuspension(visit, counted, ids),
  ]);
  return { problem: refusalNotice(told), status: 'reason' in told ? 429 : 400 };
}

type SixDigits = 'email-code' | 'totp';
type Six = Exclude<EmailCodeVerdict | TotpVerdict, { verdict: 'accepted' }> | NotTaken;

/**
 * What the page says, and what is recorded. A code that was recognised goes before one that is merely
 * wrong; else the page (`own`: its place among them) tells what became of its own kind of code.
 */
function judge(refused: readonly Six[], own: number): { told: Six; reason: string } {
  const compared = refused.filter((one) => 'verdict' in one);
  const recognised = compared.find(({ verdict }) => verdict !== 'wrong');
  const told = recognised ?? refused[own] ?? compared[0] ?? refused[0];
  if (!told) throw new Error('Nothing was tried.');
  const [worst] = recognised ? [recognised] : compared;
  return { told, reason: worst ? `code-${worst.verdict}` : 'reason' in told ? told.reason : '' };
}

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
  if (verdict.verdict === 'accepted') parts.relay.soon(signInCollection, id);
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
  const compare = async (): Promise<OneTimeVerdict> => {
    const verdict = await spendOneTimeCode(visit.parts, person.id, code, async (left) => [
      { event: eventOf(visit, 'one-time-code.used', { details: { left } }) },
      ...(await noticeOf(visit, 'one-time-code-used', { left })),
    ]);
    if (verdict.verdict !== 'accepted') return verdict;
    postPerson(visit, person.id);
    await proven(visit, person, 'one-time-codes', false, verdict.left);
    return verdict;
  };
  const counter = counterOf('one-time-codes', counted);
  const clears = clearedBy('one-time-codes', counted);
  const tried = await attempt(visit.parts.store, [{ counter, compare, clears }], visit.now);
  const [refused] = tried.accepted ? [] : tried.refused;
  if (!refused) return undefined;
  const taken = 'verdict' in refused;
  const reason = taken ? `one-time-${refused.verdict}` : refused.reason;
  await recordRefusal(visit, 'sign-in.factor', [reason]);
  return taken
    ? { problem: { code: reason, values: {} }, status: 400 }
    : { problem: refusalNotice(refused), status: 429 };
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
